/** The models and pictures that come with the page. */
import {loadCard, readCard} from '../core/card.ts';
import {fetchBeside, fetchModel} from '../core/fetch.ts';
import type {Card, Engine, Model, OpenOptions, Sample} from '../core/types.ts';
import type {GalleryItem} from '../element/index.ts';
import {inputs as words} from '../strings/english.ts';
import {isKept, keptFiles} from './keeping.ts';

/** A line of models/index.json: names the card's file, or (once built) holds what is in it. */
interface Line {
  name: string;
  card?: string | object;
}

async function fetchJson(address: string): Promise<unknown> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: cannot be fetched, found status ${response.status}`);
  return response.json();
}

async function cardOf({name, card = `${name}/card.json`}: Line): Promise<Card> {
  return {...(typeof card === 'string' ? await loadCard(`models/${card}`) : readCard(card)), name};
}

/** Every card that models/index.json names, in its order. */
export async function fetchCards(): Promise<Card[]> {
  return Promise.all(((await fetchJson('models/index.json')) as Line[]).map(cardOf));
}

export function modelAddress(card: Card): string {
  return new URL(`models/${card.name}/${card.file ?? 'model.onnx'}`, document.baseURI).href;
}

/** A model's bytes and what else opening it takes: fetched, or read from where the person's own are kept. */
export async function modelFiles(
  card: Card,
  onProgress: (share: number) => void = () => undefined,
): Promise<{bytes: Uint8Array; options: OpenOptions}> {
  if (isKept(card)) {
    const {bytes, extras} = await keptFiles(card);
    const {beside, ...rest} = extras;
    return {bytes, options: {...rest, beside: (name) => Promise.resolve(beside.get(name))}};
  }
  const address = modelAddress(card);
  const bytes = await fetchModel(address, card, {onProgress});
  return {bytes, options: {beside: (name) => fetchBeside(address, name, {})}};
}

export async function openCard(engine: Engine, card: Card, onProgress?: (share: number) => void): Promise<Model> {
  const {bytes, options} = await modelFiles(card, onProgress);
  return engine.open(bytes, card, options);
}

function creditOf({credit, licence}: Sample): string {
  return [credit, licence && words.licence(licence)].filter(Boolean).join(', ');
}

const fetched = new Map<string, Promise<Blob>>();

async function fetchBlob(address: string): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: cannot be fetched, found status ${response.status}`);
  return response.blob();
}

/** A sample's file; fetched once, so that choosing it later asks nobody. */
export function sampleBlob(card: Card, sample: Sample): Promise<Blob> {
  const address = `models/${card.name}/samples/${sample.file}`;
  let blob = fetched.get(address);
  if (!blob) {
    blob = fetchBlob(address);
    fetched.set(address, blob);
    blob.catch(() => fetched.delete(address));
  }
  return blob;
}

const urls = new Map<Blob, string>();

const placeOf = (sample: Sample): GalleryItem => {
  return {id: sample.file, title: sample.title, url: undefined, credit: creditOf(sample)};
};

/** The pictures' places, while they are on their way. */
export function placesOf(card: Card): GalleryItem[] {
  return card.samples.map(placeOf);
}

/** The pictures that could be fetched; throws when none could. */
export async function galleryOf(card: Card): Promise<GalleryItem[]> {
  const asked = card.samples.map(async (sample) => {
    const blob = await sampleBlob(card, sample);
    if (!urls.has(blob)) urls.set(blob, URL.createObjectURL(blob));
    return {...placeOf(sample), url: urls.get(blob)};
  });
  const found = await Promise.allSettled(asked);
  const gallery = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  return gallery.length > 0 ? gallery : Promise.all(asked);
}

export function sampleCredit(sample: Sample): string {
  return creditOf(sample);
}
