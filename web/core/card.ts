/** Reads `card.json` as models/README.md describes it into the Card that the rest of the code uses. */
import type {Card, Sample} from './types.ts';

/** card.json as it lies beside a model; labels may be in a file of their own. */
interface CardFile extends Omit<Card, 'input' | 'labels' | 'source'> {
  sources?: {what: string; package: string; licence: string}[];
  source?: string;
  input: {
    name: string;
    kind: Card['input']['kind'];
    layout?: string;
    shape: (number | null)[];
    range?: [number, number];
    mean?: number[];
    scale?: number[];
    resize?: number | {shortSide: number};
    drawing?: {box: number; centre: string};
  };
  labels: string[] | string;
  samples: Sample[];
}

/**
 * In a Card a value is 0 to 255 for images and 0 to 1 for digits; the file may count in another range. Model input is
 * (value - mean) / scale either way.
 */
function readInput({range, mean, scale, resize, layout, shape, drawing, ...input}: CardFile['input']): Card['input'] {
  const unit = input.kind === 'image' ? 255 : 1;
  const [low, high] = range ?? [0, unit];
  const factor = unit / (high - low);
  const sizes = shape.map((size) => size ?? 1);
  const nhwc = layout?.toLowerCase() === 'nhwc';
  const channels = (nhwc ? sizes.at(-1) : sizes[1]) ?? 1;
  const spatial = nhwc ? sizes.slice(1, -1) : sizes.slice(2);
  const each = (values: number[] | undefined, fallback: number) =>
    Array.from({length: channels}, (_, channel) => values?.[channel] ?? values?.[0] ?? fallback);
  const shortSide = typeof resize === 'object' ? resize.shortSide : resize;
  return {
    name: input.name,
    kind: input.kind,
    shape: sizes,
    mean: each(mean, low).map((value) => (value - low) * factor),
    scale: each(scale, 1).map((value) => value * factor),
    layout: nhwc ? 'nhwc' : 'nchw',
    crop: Math.min(...spatial),
    ...(shortSide === undefined ? {} : {resize: shortSide}),
    ...(drawing ? {drawing: {box: drawing.box}} : {}),
  };
}

/** There is no card at an address; that one need not be there may be all the same. */
export class NoCard extends Error {}

/** A Card from the parsed card.json; `labels` are those of the file that it names, where it names one. */
export function readCard(file: unknown, labels?: string[]): Card {
  const {input, sources, source, labels: own, ...rest} = (file ?? {}) as CardFile;
  if (!Array.isArray(input?.shape) || !(labels ?? own)) throw new Error('card: lacks input.shape or labels');
  return {
    ...rest,
    source: source ?? (sources ?? []).map(({what, package: from}) => `${what}: ${from}`).join('; '),
    input: readInput(input),
    labels: labels ?? (Array.isArray(own) ? own : []),
  };
}

async function fetchJson(url: URL, signal: AbortSignal | undefined): Promise<unknown> {
  const response = await fetch(url, signal ? {signal} : {}).catch((error: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw new NoCard(`card: cannot be fetched from ${url.href}, found ${String(error)}`);
  });
  if (!response.ok) throw new NoCard(`card: cannot be fetched from ${url.href}, found status ${response.status}`);
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/html')) throw new NoCard(`card: found a web page instead, at ${url.href}`);
  return response.json().catch(() => {
    throw new Error(`card: is not JSON, at ${url.href}`);
  });
}

/** Fetches a card and the labels that it names. */
export async function loadCard(url: string | URL, signal?: AbortSignal): Promise<Card> {
  const where = new URL(url, typeof document === 'object' ? document.baseURI : undefined);
  const file = (await fetchJson(where, signal)) as CardFile;
  if (typeof file.labels !== 'string') return readCard(file);
  return readCard(file, (await fetchJson(new URL(file.labels, where), signal)) as string[]);
}
