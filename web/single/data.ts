/** What one file holds of an explanation: numbers and pictures beside what is written here. */
import type {Card, Catalogue, Explanation, ModelDescription, NdArray, Score} from '../core/types.ts';
import type {Picture} from '../core/image.ts';
import type {View} from '../element/view.ts';

/** Where the picture is from. */
export interface Origin {
  title: string;
  credit: string;
  note: string;
}

/** What was asked for: options that are not said are the catalogue's. */
export interface Asked {
  method: string;
  settings: Record<string, string>;
  seed: number;
}

/** An explanation with all that it was made from and what was found out about it. */
export interface Saved {
  card: Card;
  catalogue: Catalogue;
  description: ModelDescription;
  /** the network's row, and the picture that it stands for, as the network sees it (digits light on dark) */
  input: NdArray;
  picture: Picture;
  origin: Origin;
  asked: Asked;
  outputs: Float32Array;
  explanation: Explanation;
  scores: readonly Score[];
  view: View;
}

/** As it is written into the file: arrays are in blocks of their own, and times, which differ from run to run, are 0. */
export type Written = Omit<Saved, 'input' | 'picture' | 'outputs' | 'explanation'> & {
  explanation: Omit<Explanation, 'data' | 'standardError'>;
};

/** What makes the file live. */
export interface Live {
  /** the ONNX file, and those beside it that hold weights of it */
  bytes: Uint8Array;
  beside: ReadonlyMap<string, Uint8Array>;
  /** the workers' script */
  worker: string;
  /** the module's simd build, which every machine can run */
  wasm: Uint8Array;
}

/** What every such file has in common, made by the build: dist/single.json. The hashes are what a policy allows. */
export interface Shell {
  script: string;
  scriptHash: string;
  style: string;
  styleHash: string;
}

/** Names of the blocks that hold bytes; a file beside the model is under "beside:" and its name. */
export type Block = 'outputs' | 'map' | 'input' | 'model' | 'worker' | 'wasm';

/** Ids in the file. */
export const ids = {saved: 'saved', picture: 'picture', data: 'explanation'} as const;
