/** Loads the wasm module, in a browser, a worker or Node, and turns its exceptions into Errors. */
import {unpack, type Assets, type Embedded} from './assets.ts';
import {check, wasmSha256} from './digest.ts';
import {inNode} from './node.ts';
import type {Catalogue, Curve, Fact, ModelDescription, NdArray} from './types.ts';

export type Build = 'simd' | 'relaxed';

/** A request as the bindings read it: every field present, arrays that are not given undefined. */
export interface WasmRequest {
  name: string;
  target: string;
  settings: Record<string, string>;
  seed: number;
  inject: Record<string, NdArray>;
  attribution: NdArray | undefined;
  mask: NdArray | undefined;
  method: string;
  methodSettings: Record<string, string>;
}

export interface Begun {
  job: number;
  chunks: number;
  target: string;
  settings: Record<string, string>;
}

export interface RawExplanation {
  values: NdArray;
  layer: string;
  facts: Fact[];
  standardError: NdArray | undefined;
  baseline: string;
}

export interface RawScore {
  value: number | null;
  missing: string;
  curves: Curve[];
  facts: Fact[];
  evaluations: number;
}

/** What runs backward in a profile. */
export type Way = 'gradient' | 'lrp' | 'none';

export interface RawStep {
  name: string;
  operator: string;
  shape: number[];
  layout: 'plain' | 'channels-last';
  /** multiply-adds */
  forward: number;
  backward: number;
  flows: boolean;
}

export interface RawProfile {
  rows: number;
  steps: RawStep[];
  /** milliseconds: of each round every step's forward pass, then every step's backward pass */
  times: Float32Array;
}

/** What chunks of a job gave, by their numbers; undefined where that is not known. */
export type Partials = readonly (Float32Array | undefined)[];

/** The C++ class of src/wasm/explainer.hpp; `delete` frees it. */
export interface WasmExplainer {
  describe(): ModelDescription;
  predict(batch: NdArray): NdArray;
  activations(batch: NdArray, layer: string): NdArray;
  limitMemory(megabytes: number): void;
  resolve(row: NdArray, target: string): string;
  beginExplain(row: NdArray, request: WasmRequest): Begun;
  beginEvaluate(row: NdArray, request: WasmRequest): Begun;
  /** What the chunk gives stays in this instance for `finish…` if `keep` says so, and is handed out otherwise. */
  runChunk(job: number, chunk: number, keep: boolean): Float32Array | undefined;
  /** `elsewhere`: what chunks gave that another instance ran, by their numbers; those missing were or are run here. */
  finishExplain(job: number, elsewhere: Partials): RawExplanation;
  finishEvaluate(job: number, elsewhere: Partials): RawScore;
  end(job: number): void;
  perturbed(row: NdArray, request: WasmRequest, share: number): NdArray;
  profile(batch: NdArray, way: Way, rounds: number, milliseconds: number): RawProfile;
  delete(): void;
}

/** The files beside a model (ONNX's external data), by name. */
export interface Beside {
  get(name: string): Uint8Array | undefined;
}

interface WasmModule {
  catalogue(): Omit<Catalogue, 'version'>;
  tilePeak(): number;
  open(bytes: Uint8Array, shape: number[], beside: Beside): WasmExplainer | null;
  stackSave(): number;
  stackRestore(stack: number): void;
  getExceptionMessage(error: unknown): [string, string];
  decrementExceptionRefcount(error: unknown): void;
}

type InstantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => object;
/** The module's script, which Emscripten writes: alike for both builds but for the name of the wasm file, which it is not asked for. */
export type Factory = (options: {instantiateWasm: InstantiateWasm}) => Promise<WasmModule>;

// (module (func (result v128) (f32x4.relaxed_madd (i8x16.splat (i32.const 0)) … )))
const relaxedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65,
  0, 253, 15, 253, 133, 2, 11,
]);

/** The faster build that this machine can run. */
export function bestBuild(): Build {
  return WebAssembly.validate(relaxedProbe) ? 'relaxed' : 'simd';
}

/** What was compiled: another build than asked for where that one's file could not be had, but one within a script could. */
export interface Compiled {
  module: WebAssembly.Module;
  build: Build;
  /** of the wasm file, which is that of this version; undefined where that could not be checked */
  sha256: string | undefined;
}

async function fetchWasm(url: URL): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`engine: cannot be fetched from ${url.href}, found status ${response.status}`);
  if (response.headers.get('content-type')?.startsWith('text/html'))
    throw new Error(`engine: cannot be fetched from ${url.href}, found a web page instead`);
  return response;
}

/** Whether a file is the one that this script was built with: another version's would fail later, and in no clear words. */
async function checkWasm(bytes: Uint8Array | ArrayBuffer, url: URL, build: Build): Promise<string | undefined> {
  const found = await check(bytes, wasmSha256?.[build], `engine: not the file of this version at ${url.href}`);
  return wasmSha256 && found;
}

async function compileEmbedded(embedded: Embedded, url: URL): Promise<Compiled> {
  const bytes = await unpack(embedded);
  return {module: await WebAssembly.compile(bytes), build: 'simd', sha256: await checkWasm(bytes, url, 'simd')};
}

/** Compiles a build's wasm, once for all workers. */
export async function compile(assets: Assets, build: Build): Promise<Compiled> {
  const url = assets[build];
  if (assets.only) return compileEmbedded(assets.only, url);
  if (url.protocol === 'file:' && inNode) {
    const {readFile} = process.getBuiltinModule('node:fs/promises');
    const bytes = await readFile(url);
    return {module: await WebAssembly.compile(bytes), build, sha256: await checkWasm(bytes, url, build)};
  }
  let response: Response;
  try {
    response = await fetchWasm(url);
  } catch (error) {
    const embedded = await assets.embedded?.().catch(() => undefined);
    if (!embedded) throw error;
    return compileEmbedded(embedded, url);
  }
  const streamed = response.headers.get('content-type')?.startsWith('application/wasm') ?? false;
  const bytes = response.clone().arrayBuffer(); // compiled and checked side by side, as they arrive
  const compiling = streamed ? WebAssembly.compileStreaming(response) : bytes.then((all) => WebAssembly.compile(all));
  const checking = bytes.then((all) => checkWasm(all, url, build));
  compiling.catch(() => undefined); // what is not the right file need not be wasm at all
  const sha256 = await checking;
  return {module: await compiling, build, sha256};
}

/** One instance of the module. Its calls throw Errors with the C++ message, and leave the instance as it was. */
export class Wasm {
  private constructor(
    private readonly module: WasmModule,
    private readonly instance: WebAssembly.Instance,
  ) {}

  static async start(compiled: WebAssembly.Module, factory: Factory): Promise<Wasm> {
    let instance: WebAssembly.Instance | undefined;
    const instantiateWasm: InstantiateWasm = (imports, done) => {
      void WebAssembly.instantiate(compiled, imports).then((made) => done((instance = made)));
      return {};
    };
    return new Wasm(await factory({instantiateWasm}), instance!);
  }

  /** Bytes of its memory, which never shrinks. */
  get memory(): number {
    const memory = Object.values(this.instance.exports).find((one) => one instanceof WebAssembly.Memory);
    return memory?.buffer.byteLength ?? 0;
  }

  tilePeak(): number {
    return this.guard(() => this.module.tilePeak());
  }

  catalogue(): Omit<Catalogue, 'version'> {
    return this.guard(() => this.module.catalogue());
  }

  open(bytes: Uint8Array, shape: number[], beside: Beside = new Map<string, Uint8Array>()): WasmExplainer {
    const explainer = this.guard(() => this.module.open(bytes, shape, beside));
    if (!explainer) throw new Error('model: cannot be opened');
    return explainer;
  }

  /**
   * A C++ exception leaves the wasm stack pointer where it was thrown: without putting it back, a few thousand of them
   * would overwrite static data.
   */
  guard<Result>(call: () => Result): Result {
    const stack = this.module.stackSave();
    try {
      return call();
    } catch (error) {
      if (!isWasmException(error)) throw error;
      const [type, text] = this.module.getExceptionMessage(error);
      this.module.decrementExceptionRefcount(error);
      this.module.stackRestore(stack);
      throw new Error(type === 'St9bad_alloc' ? 'engine: not enough memory for this model and input' : text, {
        cause: error,
      });
    }
  }
}

function isWasmException(error: unknown): boolean {
  const {Exception} = WebAssembly as unknown as {Exception: new () => object};
  return error instanceof Exception;
}
