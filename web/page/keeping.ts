/** A person's own models, kept in this browser when asked for: the page stores them itself, with or without the rest of it kept offline. */
import type {Card} from '../core/types.ts';

/** What goes with a model's file: the files of its weights, and the shape of its input where the file leaves that open. */
export interface Extras {
  beside: Map<string, Uint8Array>;
  shape?: number[];
}

/** What is stored about a model beside its files. */
interface Description {
  card: KeptCard;
  shape?: number[];
  beside: string[];
}

export interface KeptCard extends Card {
  /** bytes of all its files */
  stored: number;
}

const prefix = 'kept-';
const folder = (): string => new URL('./', document.baseURI).href;
const cacheName = (): string => `whylight-own-models-${folder()}`;
const addressOf = (name: string, file: string): string => `${folder()}kept-models/${name}/${encodeURIComponent(file)}`;
const descriptionFile = '.json'; // no file of a model has this name
const modelFile = '.onnx';

/** Only pages from https or from this machine may store. */
export const canKeep = (): boolean => 'caches' in globalThis;

export const isKept = (card: Card | undefined): card is KeptCard => card?.name.startsWith(prefix) ?? false;

async function read(cache: Cache, name: string, file: string): Promise<Response> {
  const found = await cache.match(addressOf(name, file));
  if (!found) throw new Error('model: is kept no longer, open its file again');
  return found;
}

/** The cards of those that are kept, in the order of their titles; none where nothing can be stored. */
export async function keptCards(): Promise<Card[]> {
  try {
    if (!canKeep() || !(await caches.has(cacheName()))) return [];
    const cache = await caches.open(cacheName());
    const all = (await cache.keys()).filter(({url}) => url.endsWith(`/${encodeURIComponent(descriptionFile)}`));
    const read = async (request: Request) => ((await (await cache.match(request))!.json()) as Description).card;
    return (await Promise.all(all.map(read))).sort((one, other) => one.title.localeCompare(other.title));
  } catch {
    return []; // the browser forbids storing here
  }
}

/** Stores a model; gives its card, whose name is made of what is in the file. Rejects when there is no room. */
export async function keepModel(card: Card, bytes: Uint8Array, {beside, shape}: Extras): Promise<KeptCard> {
  const files = new Map([[modelFile, bytes], ...beside]);
  const stored = [...files.values()].reduce((sum, file) => sum + file.length, 0);
  const kept: KeptCard = {...card, name: prefix + card.sha256!.slice(0, 12), stored};
  const description: Description = {card: kept, beside: [...beside.keys()], ...(shape ? {shape} : {})};
  const cache = await caches.open(cacheName());
  try {
    for (const [file, content] of files)
      await cache.put(addressOf(kept.name, file), new Response(content as Uint8Array<ArrayBuffer>));
    await cache.put(addressOf(kept.name, descriptionFile), new Response(JSON.stringify(description)));
  } catch (error) {
    await forgetModel(kept.name);
    throw error;
  }
  void navigator.storage?.persist?.().catch(() => false); // asks the browser not to make room at its cost
  return kept;
}

/** All files of one that is kept. */
export async function keptFiles({name}: Card): Promise<{bytes: Uint8Array; extras: Extras}> {
  const cache = await caches.open(cacheName());
  const bytesOf = async (file: string) => new Uint8Array(await (await read(cache, name, file)).arrayBuffer());
  const {beside: names, shape} = (await (await read(cache, name, descriptionFile)).json()) as Description;
  const beside = new Map(await Promise.all(names.map(async (file) => [file, await bytesOf(file)] as const)));
  return {bytes: await bytesOf(modelFile), extras: {beside, ...(shape ? {shape} : {})}};
}

/** Deletes one, and with the last of them the place where they were. */
export async function forgetModel(name: string): Promise<void> {
  const cache = await caches.open(cacheName());
  for (const request of await cache.keys())
    if (request.url.startsWith(addressOf(name, ''))) await cache.delete(request);
  if ((await cache.keys()).length === 0) await caches.delete(cacheName());
}
