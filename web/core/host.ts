/** What runs in a worker: models and jobs over one wasm instance. All plain data, so that it can be called from afar. */
import type {Catalogue, ModelDescription, NdArray} from './types.ts';
import {
  Wasm,
  type Begun,
  type Factory,
  type Partials,
  type RawExplanation,
  type RawProfile,
  type RawScore,
  type Way,
  type WasmExplainer,
  type WasmRequest,
} from './wasm.ts';

export type JobKind = 'explain' | 'evaluate';

/** A model cannot be opened without that file beside it. */
export interface Missing {
  missing: string;
  message: string;
}

interface RunningJob {
  explainer: WasmExplainer;
  kind: JobKind;
  number: number; // the explainer's own
}

/** Models and jobs are numbered by the caller, alike in every worker. */
export class Host {
  private wasm: Wasm | undefined;
  private readonly models = new Map<number, WasmExplainer>();
  private readonly jobs = new Map<number, RunningJob>();

  constructor(private readonly factory: Factory) {}

  async start(compiled: WebAssembly.Module): Promise<void> {
    this.wasm = await Wasm.start(compiled, this.factory);
  }

  catalogue(): Omit<Catalogue, 'version'> {
    return this.instance().catalogue();
  }

  /** The file and those beside it stay out of wasm memory: what is read of them goes straight to where it is used. */
  open(
    model: number,
    bytes: Uint8Array,
    shape: number[],
    beside: Map<string, Uint8Array>,
    memoryLimit?: number,
  ): ModelDescription | Missing {
    let missing: string | undefined;
    const get = (name: string) => {
      const found = beside.get(name);
      if (!found) missing ??= name;
      return found;
    };
    let explainer: WasmExplainer;
    try {
      explainer = this.instance().open(bytes, shape, {get});
    } catch (error) {
      if (missing === undefined || !(error instanceof Error)) throw error;
      return {missing, message: error.message};
    }
    try {
      if (memoryLimit !== undefined) this.guard(() => explainer.limitMemory(memoryLimit));
      const description = this.guard(() => explainer.describe());
      this.models.set(model, explainer);
      return description;
    } catch (error) {
      explainer.delete();
      throw error;
    }
  }

  close(model: number): void {
    const explainer = this.models.get(model);
    for (const [job, running] of this.jobs) if (running.explainer === explainer) this.jobs.delete(job);
    this.models.delete(model);
    explainer?.delete();
  }

  predict(model: number, batch: NdArray): NdArray {
    const explainer = this.model(model);
    return this.guard(() => explainer.predict(batch));
  }

  activations(model: number, batch: NdArray, layer: string): NdArray {
    const explainer = this.model(model);
    return this.guard(() => explainer.activations(batch, layer));
  }

  begin(model: number, job: number, kind: JobKind, row: NdArray, request: WasmRequest): Begun {
    const explainer = this.model(model);
    const begun = this.guard(() =>
      kind === 'explain' ? explainer.beginExplain(row, request) : explainer.beginEvaluate(row, request),
    );
    this.jobs.set(job, {explainer, kind, number: begun.job});
    return begun;
  }

  /** Runs a chunk and keeps what it gives for `finish`, or hands it out for a `finish` elsewhere. */
  chunk(job: number, index: number, keep: boolean): Float32Array | undefined {
    const {explainer, number} = this.job(job);
    return this.guard(() => explainer.runChunk(number, index, keep));
  }

  /** `elsewhere`: what chunks gave that were run elsewhere, by their numbers; what is neither there nor kept is run now. */
  finish(job: number, elsewhere: Partials): RawExplanation | RawScore {
    const {explainer, kind, number} = this.job(job);
    return this.guard(() =>
      kind === 'explain' ? explainer.finishExplain(number, elsewhere) : explainer.finishEvaluate(number, elsewhere),
    );
  }

  end(job: number): void {
    const running = this.jobs.get(job);
    this.jobs.delete(job);
    running?.explainer.end(running.number);
  }

  perturbed(model: number, row: NdArray, request: WasmRequest, share: number): NdArray {
    const explainer = this.model(model);
    return this.guard(() => explainer.perturbed(row, request, share));
  }

  profile(model: number, batch: NdArray, way: Way, rounds: number, milliseconds: number): RawProfile {
    const explainer = this.model(model);
    return this.guard(() => explainer.profile(batch, way, rounds, milliseconds));
  }

  /** GFLOP/s of the bare register tile. */
  tilePeak(): number {
    return this.instance().tilePeak();
  }

  /** Bytes that the memory of all models has grown to. */
  memory(): number {
    return this.instance().memory;
  }

  private guard<Result>(call: () => Result): Result {
    return this.instance().guard(call);
  }

  private instance(): Wasm {
    if (!this.wasm) throw new Error('engine: has not been started');
    return this.wasm;
  }

  private model(model: number): WasmExplainer {
    const explainer = this.models.get(model);
    if (!explainer) throw new Error('model: has been closed');
    return explainer;
  }

  private job(job: number): RunningJob {
    const running = this.jobs.get(job);
    if (!running) throw new Error('job: has ended');
    return running;
  }
}
