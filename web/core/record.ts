/**
 * A record: one explanation as a JSON file, with everything that is needed to repeat it bit for bit and to tell whether that succeeded.
 * Arrays are float32, little-endian, in base64, each with the SHA-256 of these bytes.
 */
import {fromBase64, toBase64} from './base64.ts';
import {sha256} from './hash.ts';
import type {Explanation, Fact, NdArray} from './types.ts';

export const recordFormat = 'whylight-explanation';
export const recordVersion = 1;

export interface PackedArray {
  shape: number[];
  sha256: string;
  float32: string;
}

export interface ExplanationRecord {
  format: typeof recordFormat;
  formatVersion: number;
  /** when, as ISO 8601 has it */
  saved: string;
  /** `sha256`: of the wasm file */
  engine: {version: string; build: string; sha256?: string};
  model: {
    name: string;
    title: string;
    /** of the ONNX file's bytes */
    sha256: string;
    /** how pixels of a model without a card were scaled, a name of `scalings` */
    scaling?: string;
  };
  input: PackedArray & {
    /** a sample's file name, or what kind of input it was */
    name: string;
    title: string;
    credit: string;
  };
  request: {
    method: string;
    /** as asked: "top", "281" or "281:285" */
    target: string;
    settings: Record<string, string>;
    seed: number;
    inject?: Record<string, PackedArray>;
  };
  result: PackedArray & {
    /** as indices */
    target: string;
    /** the target's name, where the model has names */
    label?: string;
    layer: string;
    baseline: string;
    /** all that were in force */
    settings: Record<string, string>;
    facts: Fact[];
    standardError?: PackedArray;
  };
  method?: {title: string; paper: string};
  outputs?: PackedArray;
  scores?: {
    metric: string;
    value: number | null;
    missing: string;
    settings: Record<string, string>;
    facts: Fact[];
  }[];
  /** how the map was drawn; changes no number */
  view?: Record<string, unknown>;
}

function bytesOf(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 4);
  const view = new DataView(bytes.buffer);
  data.forEach((value, place) => view.setFloat32(place * 4, value, true));
  return bytes;
}

/** The SHA-256 of an array's values. */
export function hashOf({data}: NdArray): Promise<string> {
  return sha256(bytesOf(data));
}

export async function pack({shape, data}: NdArray): Promise<PackedArray> {
  const bytes = bytesOf(data);
  return {shape: [...shape], sha256: await sha256(bytes), float32: toBase64(bytes)};
}

/** Reads an array back; `where` is what errors call it. Throws when its values do not fit its hash or its shape. */
export async function unpack(packed: PackedArray, where: string): Promise<NdArray> {
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(packed.float32);
  } catch {
    throw new Error(`${where}: its values are not base64`);
  }
  const count = packed.shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== count * 4)
    throw new Error(`${where}: its shape (${packed.shape.join(', ')}) takes ${count * 4} bytes, found ${bytes.length}`);
  if ((await sha256(bytes)) !== packed.sha256)
    throw new Error(`${where}: has been changed since it was saved, its values do not fit its SHA-256`);
  const view = new DataView(bytes.buffer);
  return {
    shape: packed.shape,
    data: Float32Array.from({length: count}, (_, place) => view.getFloat32(place * 4, true)),
  };
}

/** What a record is made of; optional parts are left out where they are not known. */
export interface RecordParts extends Pick<ExplanationRecord, 'model' | 'method' | 'scores' | 'view'> {
  engine: {version: string; build: string; sha256: string | undefined};
  input: NdArray;
  inputFrom: Omit<ExplanationRecord['input'], keyof PackedArray>;
  seed: number;
  inject?: Record<string, NdArray>;
  explanation: Explanation;
  label?: string;
  outputs?: Float32Array;
}

/** The record of an explanation; it asks for the target and all settings as they were in force. */
export async function makeRecord(parts: RecordParts): Promise<ExplanationRecord> {
  const {engine, model, method: row, input, inputFrom, seed, inject, explanation, label, outputs, scores, view} = parts;
  const {method, target, layer, baseline, settings, facts, standardError} = explanation;
  const injected = Object.entries(inject ?? {});
  const packed = await Promise.all(injected.map(async ([name, array]) => [name, await pack(array)] as const));
  return {
    format: recordFormat,
    formatVersion: recordVersion,
    saved: new Date().toISOString(),
    engine: {version: engine.version, build: engine.build, ...(engine.sha256 ? {sha256: engine.sha256} : {})},
    model,
    ...(row ? {method: row} : {}),
    request: {method, target, settings, seed, ...(packed.length > 0 ? {inject: Object.fromEntries(packed)} : {})},
    input: {...inputFrom, ...(await pack(input))},
    result: {
      target,
      ...(label ? {label} : {}),
      layer,
      baseline,
      settings,
      facts,
      ...(await pack(explanation)),
      ...(standardError ? {standardError: await pack(standardError)} : {}),
    },
    ...(outputs ? {outputs: await pack({shape: [1, outputs.length], data: outputs})} : {}),
    ...(scores ? {scores} : {}),
    ...(view ? {view} : {}),
  };
}

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === 'string';
const words: Check = (value) => typeof value === 'object' && value !== null && Object.values(value).every(text);
const sizes: Check = (value) => Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0);

/** What a record must hold for being repeated. */
const needed: readonly (readonly [path: string, check: Check])[] = [
  ['engine.version', text],
  ['engine.build', text],
  ['model.name', text],
  ['model.title', text],
  ['model.sha256', text],
  ['input.name', text],
  ['input.shape', sizes],
  ['input.sha256', text],
  ['input.float32', text],
  ['request.method', text],
  ['request.target', text],
  ['request.settings', words],
  ['request.seed', (value) => Number.isSafeInteger(value)],
  ['result.target', text],
  ['result.shape', sizes],
  ['result.sha256', text],
  ['result.float32', text],
];

/** A record from a file's text; `where` is what errors call it. Throws one sentence for anything that is not a record. */
export function readRecord(content: string, where: string): ExplanationRecord {
  let found: unknown;
  try {
    found = JSON.parse(content);
  } catch {
    throw new Error(`${where}: is not JSON, or has been cut off`);
  }
  const record = found as Partial<ExplanationRecord> | null;
  if (record?.format !== recordFormat)
    throw new Error(`${where}: is not an explanation that Whylight saved, its "format" is not "${recordFormat}"`);
  if (record.formatVersion !== recordVersion)
    throw new Error(
      `${where}: is of format version ${String(record.formatVersion)}, and ${recordVersion} is read here`,
    );
  for (const [path, check] of needed) {
    const value = path
      .split('.')
      .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], record);
    if (!check(value)) throw new Error(`${where}: cannot be repeated, "${path}" is missing or not what it should be`);
  }
  return record as ExplanationRecord;
}

/** How a map that was made again compares with the one saved. */
export interface Comparison {
  identical: boolean;
  /** values that there are, and how many are other bits */
  values: number;
  different: number;
  /** the largest difference, as a share of the saved map's largest magnitude */
  share: number;
  /** empty, or why they cannot be compared value by value */
  obstacle: string;
}

export function compareMaps(saved: NdArray, again: NdArray): Comparison {
  const values = saved.data.length;
  if (saved.shape.join() !== again.shape.join()) {
    const obstacle = `the map has shape (${again.shape.join(', ')}) instead of (${saved.shape.join(', ')})`;
    return {identical: false, values, different: values, share: Infinity, obstacle};
  }
  const bits = ({data}: NdArray) => new Uint32Array(Float32Array.from(data).buffer);
  const [before, after] = [bits(saved), bits(again)];
  let different = 0;
  let most = 0;
  let largest = 0;
  for (let place = 0; place < values; ++place) {
    largest = Math.max(largest, Math.abs(saved.data[place]!));
    if (before[place] === after[place]) continue;
    different += 1;
    most = Math.max(most, Math.abs(saved.data[place]! - again.data[place]!));
  }
  return {identical: different === 0, values, different, share: most / (largest || 1), obstacle: ''};
}

/** What differs between how a record was made and how it is repeated: each a half sentence that names both. */
export function differences(
  record: ExplanationRecord,
  here: {version: string; build: string; sha256: string | undefined; model: string},
): string[] {
  const short = (hash: string) => `${hash.slice(0, 8)}…`;
  const {engine, model} = record;
  const known = engine.sha256 !== undefined && here.sha256 !== undefined;
  const alike = engine.version === here.version && engine.build === here.build;
  return [
    ...(model.sha256 === here.model
      ? []
      : [`the model is another file (SHA-256 ${short(here.model)}, saved ${short(model.sha256)})`]),
    ...(engine.version === here.version ? [] : [`the engine is version ${here.version}, saved with ${engine.version}`]),
    ...(engine.build === here.build ? [] : [`the engine's build is “${here.build}”, saved with “${engine.build}”`]),
    ...(alike && known && engine.sha256 !== here.sha256 ? ["the engine's wasm file is another one"] : []),
  ];
}
