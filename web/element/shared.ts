/** What all figures of a document share: one engine, one copy of each model. */
import {loadCard, NoCard} from '../core/card.ts';
import {deriveCard} from '../core/derive.ts';
import {decodeImage, type Picture} from '../core/image.ts';
import type {Card, Catalogue, Engine, Model} from '../core/types.ts';
import {Whylight, type StartOptions} from '../core/whylight.ts';

/** A model as figures use it. */
export interface Loaded {
  model: Model;
  card: Card;
}

let starting: Promise<Engine> | undefined;
let how: StartOptions = {};

/** How the engine of this document is started once it is needed. */
export function startWith(options: StartOptions): void {
  how = options;
}

/** The engine of this document, started when first needed; after a failure the next figure tries again. */
export function sharedEngine(): Promise<Engine> {
  if (!starting) {
    const begun = Whylight.start(how);
    starting = begun;
    begun.catch(() => (starting = undefined));
  }
  return starting;
}

/** Kept while it is under way and afterwards, but for failures. */
function kept<Value>(values: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const known = values.get(key);
  if (known) return known;
  const made = make();
  values.set(key, made);
  made.catch(() => values.delete(key));
  return made;
}

const nameOf = (address: string): string => decodeURIComponent(new URL(address).pathname.split('/').at(-1) ?? '');

/** A card says how pictures become input and what outputs mean; one that is not named may be missing. */
async function cardOf(address: string, card: string): Promise<Card | undefined> {
  if (card) return loadCard(card);
  if (!URL.canParse('card.json', address)) return undefined; // nothing is beside what lies in the page's memory
  return loadCard(new URL('card.json', address)).catch((error: unknown) => {
    if (error instanceof NoCard) return undefined;
    throw error;
  });
}

async function load(address: string, card: string, onProgress: (share: number) => void): Promise<Loaded> {
  const [engine, found] = await Promise.all([sharedEngine(), cardOf(address, card)]);
  const model = await engine.open(address, found, {onProgress, ...(found ? {shape: found.input.shape} : {})});
  return {model, card: found ?? deriveCard('own', nameOf(address), model.description)};
}

const models = new Map<string, Promise<Loaded>>();
const watching = new Map<string, Set<(share: number) => void>>();

/** The model at an address with its card: the one named, else card.json beside it, else what its file tells. */
export async function sharedModel(
  model: string,
  card: string,
  onProgress: (share: number) => void = () => undefined,
): Promise<Loaded> {
  const address = new URL(model, document.baseURI).href;
  const key = `${address} ${card && new URL(card, document.baseURI).href}`;
  const told = watching.get(key) ?? new Set();
  watching.set(key, told.add(onProgress));
  try {
    return await kept(models, key, () => load(address, card, (share) => told.forEach((tell) => tell(share))));
  } finally {
    told.delete(onProgress);
  }
}

let catalogue: Promise<Catalogue> | undefined;

export function sharedCatalogue(): Promise<Catalogue> {
  if (!catalogue) {
    catalogue = sharedEngine().then((engine) => engine.catalogue());
    catalogue.catch(() => (catalogue = undefined));
  }
  return catalogue;
}

const pictures = new Map<string, Promise<Picture>>();

async function fetchPicture(address: string): Promise<Picture> {
  const response = await fetch(address).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : 'no answer';
    throw new Error(`picture: cannot be fetched from ${address}, ${reason}`);
  });
  if (!response.ok) throw new Error(`picture: cannot be fetched from ${address}, found status ${response.status}`);
  const blob = await response.blob();
  return decodeImage(blob).catch(() => {
    throw new Error(`picture: found ${blob.type || 'something else'} instead of a picture, at ${address}`);
  });
}

/** The picture at an address, fetched once. */
export function sharedPicture(source: string): Promise<Picture> {
  const address = new URL(source, document.baseURI).href;
  return kept(pictures, address, () => fetchPicture(address));
}
