/** The package's engine: models over a pool of workers. The interfaces are in types.ts. */
import {transfer} from 'comlink';
import {assetsHere, assetsIn, type Embedded} from './assets.ts';
import {check} from './digest.ts';
import {fetchBeside, fetchModel} from './fetch.ts';
import type {JobKind} from './host.ts';
import {startHere, startWorker, type HostApi, type HostLane} from './lane.ts';
import {inNode} from './node.ts';
import {Pool} from './pool.ts';
import {cutRounds, summarise} from './profile.ts';
import type {
  CallOptions,
  Card,
  Catalogue,
  Engine,
  EvaluateRequest,
  ExplainRequest,
  Explanation,
  Model,
  ModelDescription,
  NdArray,
  OpenOptions,
  Profile,
  ProfileRequest,
  Score,
} from './types.ts';
import {version} from './version.ts';
import {
  bestBuild,
  compile,
  type Begun,
  type Build,
  type Partials,
  type RawExplanation,
  type RawScore,
  type WasmRequest,
} from './wasm.ts';
import {WorkerScript} from './worker-script.ts';

export interface StartOptions {
  /** 0 computes in this thread; by default as many as the machine has processors, at most 4 */
  workers?: number;
  /** where the workers' scripts and the wasm files are; by default beside this file */
  base?: string | URL;
  /** the workers' script and the wasm themselves, for a page that may fetch nothing */
  embedded?: Embedded;
  /** by default the faster one that the machine can run */
  build?: Build;
  /** milliseconds that a worker has to come back after an abort before it is ended and another started; 100 if not said */
  grace?: number;
  /**
   * starts workers from text within the page, which puts them under the page's own policy, a `<meta>` one too; by default from their
   * address, where it is what that is served with
   */
  inline?: boolean;
  /** is shown every worker of a browser, and told (by a rejection) when it ends */
  onWorker?: (worker: Worker, ended: Promise<never>) => void;
}

const rowsAtOnce = 16;
const large = 2 ** 27; // bytes of a model's file
const profileSlice = 50; // milliseconds of a profile after which others get their turn, and it can be stopped

function fullRequest(request: ExplainRequest | EvaluateRequest, attribution?: NdArray): WasmRequest {
  const evaluate = 'metric' in request;
  return {
    name: evaluate ? request.metric : request.method,
    target: request.target ?? 'top',
    settings: request.settings ?? {},
    seed: request.seed ?? 0,
    inject: request.inject ?? {},
    attribution,
    mask: evaluate ? request.mask : undefined,
    method: evaluate ? (request.method ?? '') : '',
    methodSettings: evaluate ? (request.methodSettings ?? {}) : {},
  };
}

/** Rows `first` to `last` (exclusive) of a batch, copied. */
function rowsOf(batch: NdArray, first: number, last: number): NdArray {
  const [rows = 0, ...rest] = batch.shape;
  const size = rows > 0 ? batch.data.length / rows : 0;
  return {shape: [last - first, ...rest], data: batch.data.slice(first * size, last * size)};
}

/** What chunks gave, to be moved to the worker that finishes the job; what an earlier try has moved away is run again there. */
function handedOver(partials: Partials): Partials {
  const here = partials.map((partial) => (partial?.length ? partial : undefined));
  return transfer(
    here,
    here.flatMap((partial) => (partial ? [partial.buffer as ArrayBuffer] : [])),
  );
}

/** Batches one after the other, as one. */
function stack(parts: NdArray[]): NdArray {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
  return {shape: [rows, ...(parts[0]?.shape.slice(1) ?? [])], data};
}

interface JobResult<Result> {
  begun: Begun;
  result: Result;
  milliseconds: number;
}

class PooledModel implements Model {
  description!: ModelDescription;
  private closed = false;
  private prepared = false;
  private digest: Promise<string | undefined> | undefined;
  readonly beside = new Map<string, Uint8Array>(); // as far as the model asked for them

  private constructor(
    private readonly engine: Whylight,
    private readonly number: number,
    readonly bytes: Uint8Array,
    private readonly options: OpenOptions,
    readonly card: Card | undefined,
  ) {}

  static async open(engine: Whylight, number: number, bytes: Uint8Array, card: Card | undefined, options: OpenOptions) {
    const {signal} = options;
    const model = new PooledModel(engine, number, bytes, options, card);
    const opening = engine.pool.run((lane) => model.openIn(lane), {signal, urgent: true, slot: 0});
    // Checked while it is being opened; what is not the right file is told before what is wrong with it.
    const both = await Promise.allSettled([card?.sha256 ? model.sha256() : undefined, opening]);
    const failed = both.find((one) => one.status === 'rejected');
    if (failed) {
      model.close();
      throw failed.reason;
    }
    engine.models.add(model);
    return model;
  }

  sha256(): Promise<string | undefined> {
    this.digest ??= check(this.bytes, this.card?.sha256, 'model: not the file that its card describes');
    return this.digest;
  }

  /** The other workers get ready while nobody waits, after the first prediction; one that fails now says so when it is needed. */
  private prepareOthers(): void {
    if (this.prepared) return;
    this.prepared = true;
    for (let slot = 1; slot < this.engine.pool.size; ++slot) this.prepare(slot);
  }

  private prepare(slot: number): void {
    // A large model is opened when work reaches a worker, since each takes its own memory for it.
    if (this.bytes.length > large) return;
    this.engine.pool.run((lane) => this.openIn(lane), {slot}).catch(() => undefined);
  }

  /** Gets a worker ready that has replaced one which `knew`. */
  restore(slot: number, knew: ReadonlySet<string>): void {
    if (knew.has(this.key)) this.prepare(slot);
  }

  predict(input: NdArray, options?: CallOptions): Promise<NdArray> {
    return this.runRows(input, ({api}, batch) => api.predict(this.number, batch), options);
  }

  activations(input: NdArray, layer: string, options?: CallOptions): Promise<NdArray> {
    return this.runRows(input, ({api}, batch) => api.activations(this.number, batch, layer), options);
  }

  /** Runs a batch of any number of rows, larger ones cut over the workers. */
  private runRows(
    input: NdArray,
    work: (lane: HostLane, batch: NdArray) => Promise<NdArray>,
    {signal, onProgress}: CallOptions = {},
  ): Promise<NdArray> {
    const rows = input.shape[0] ?? 0;
    const inLane = async (lane: HostLane, batch: NdArray) => {
      await this.openIn(lane);
      return work(lane, batch);
    };
    if (rows <= rowsAtOnce) {
      const result = this.engine.pool.run((lane) => inLane(lane, input), {signal, urgent: true});
      result.then(() => setTimeout(() => this.prepareOthers())).catch(() => undefined); // whoever asked goes first
      return result;
    }
    const part = (lane: HostLane, index: number) =>
      inLane(lane, rowsOf(input, index * rowsAtOnce, Math.min((index + 1) * rowsAtOnce, rows)));
    return this.engine.pool.all(Math.ceil(rows / rowsAtOnce), part, {signal, onProgress}).then(stack);
  }

  async explain(input: NdArray, request: ExplainRequest, options: CallOptions = {}): Promise<Explanation> {
    const job = await this.runJob<RawExplanation>('explain', input, fullRequest(request), options);
    const {values, standardError, ...rest} = job.result;
    return {
      ...values,
      ...rest,
      ...(standardError ? {standardError} : {}),
      method: request.method,
      target: job.begun.target,
      settings: job.begun.settings,
      milliseconds: job.milliseconds,
      workers: this.engine.workers,
    };
  }

  async evaluate(
    input: NdArray,
    attribution: NdArray,
    request: EvaluateRequest,
    options: CallOptions = {},
  ): Promise<Score> {
    const job = await this.runJob<RawScore>('evaluate', input, fullRequest(request, attribution), options);
    return {...job.result, metric: request.metric, settings: job.begun.settings, milliseconds: job.milliseconds};
  }

  perturbed(input: NdArray, attribution: NdArray, request: EvaluateRequest, share: number): Promise<NdArray> {
    const full = fullRequest(request, attribution);
    const work = async (lane: HostLane) => {
      await this.openIn(lane);
      return lane.api.perturbed(this.number, input, full, share);
    };
    return this.engine.pool.run(work, {urgent: true});
  }

  async profile(input = this.anyRow(), request: ProfileRequest = {}, options: CallOptions = {}): Promise<Profile> {
    const {way = 'gradient', rounds: wanted = 24} = request;
    const {signal, onProgress} = options;
    const {pool, build} = this.engine;
    const run = (rounds: number) =>
      pool.run(
        async (lane) => {
          await this.openIn(lane);
          return lane.api.profile(this.number, input, way, rounds, profileSlice);
        },
        {signal, slot: 0},
      );
    onProgress?.(0);
    const peak = () => pool.run(({api}) => api.tilePeak(), {signal, slot: 0});
    const {steps, rows} = await run(1); // prepares what later passes find ready
    const before = await peak();
    const rounds: Float32Array[] = [];
    while (rounds.length < wanted) {
      const {times} = await run(wanted - rounds.length);
      rounds.push(...cutRounds(times, steps.length));
      onProgress?.(Math.min(rounds.length / wanted, 1));
    }
    const tilePeak = Math.max(before, await peak());
    const memory = await pool.run(({api}) => api.memory(), {signal, slot: 0});
    return {way, build, rows, tilePeak, memory, ...summarise(steps, rounds, tilePeak)};
  }

  /** One row of small numbers of both signs. */
  private anyRow(): NdArray {
    const {shape} = this.description.input;
    if (shape.length === 0 || shape.some((size) => size < 0))
      throw new Error("model: the input's size is open: give an input");
    const data = Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, place) => Math.sin(place * 1.7));
    return {shape, data};
  }

  close(): void {
    this.closed = true;
    this.engine.models.delete(this);
    for (const lane of this.engine.pool.lanes) {
      if (lane.known.delete(this.key)) lane.api.close(this.number).catch(() => undefined);
    }
  }

  private get key(): string {
    return `model ${this.number}`;
  }

  /** Opens the model in a worker that does not have it yet. */
  private async openIn(lane: HostLane): Promise<void> {
    if (this.closed) throw new Error('model: has been closed');
    if (lane.known.has(this.key)) return;
    const {shape = [], memoryLimit} = this.options;
    for (;;) {
      const opened = await lane.api.open(this.number, this.bytes, shape, this.beside, memoryLimit);
      if (!('missing' in opened)) {
        this.description = opened;
        break;
      }
      const file = await this.options.beside?.(opened.missing);
      if (!file) throw new Error(opened.message);
      this.beside.set(opened.missing, file);
    }
    lane.known.add(this.key);
  }

  /**
   * Begins in the first free worker. What is not cut is run where there is room; several are handed out, and
   * finished where the job began: what that worker's own chunks give never leaves it.
   */
  private async runJob<Result>(
    kind: JobKind,
    input: NdArray,
    request: WasmRequest,
    {signal, onProgress}: CallOptions,
  ): Promise<JobResult<Result>> {
    const started = performance.now();
    const {pool} = this.engine;
    const job = this.engine.nextNumber();
    const key = `job ${job}`;
    let over = false;
    const beginIn = async (lane: HostLane, asked: WasmRequest): Promise<Begun> => {
      await this.openIn(lane);
      const begun = await lane.api.begin(this.number, job, kind, input, asked);
      if (over) void lane.api.end(job).catch(() => undefined);
      else lane.known.add(key);
      return begun;
    };
    try {
      onProgress?.(0);
      const {begun, home} = await pool.run(async (lane) => ({begun: await beginIn(lane, request), home: lane}), {
        signal,
        urgent: true,
      });
      const resolved = {...request, target: begun.target}; // "top" is decided once, so that all workers agree
      const ready = async (lane: HostLane): Promise<HostApi> => {
        if (!lane.known.has(key)) await beginIn(lane, resolved);
        return lane.api;
      };
      const chunk = async (lane: HostLane, index: number) => (await ready(lane)).chunk(job, index, lane === home);
      const whole = begun.chunks <= 1;
      const elsewhere = whole ? [] : await pool.all(begun.chunks, chunk, {signal, onProgress});
      const slot = whole ? undefined : pool.slotOf(home);
      if (!whole && slot === undefined) {
        // Its worker has died, and what was there is run again.
        const lost = elsewhere.flatMap((partial, index) => (partial ? [] : [index]));
        const found = await pool.all(lost.length, (lane, place) => chunk(lane, lost[place]!), {signal});
        lost.forEach((index, place) => (elsewhere[index] = found[place]));
      }
      const finish = async (lane: HostLane) => (await ready(lane)).finish(job, handedOver(elsewhere));
      const result = (await pool.run(finish, {signal, urgent: !whole, slot})) as Result;
      if (whole) onProgress?.(1);
      return {begun, result, milliseconds: performance.now() - started};
    } finally {
      over = true;
      for (const lane of pool.lanes) if (lane.known.delete(key)) lane.api.end(job).catch(() => undefined);
    }
  }
}

export class Whylight implements Engine {
  private numbers = 0;
  private known: Catalogue | undefined;

  private constructor(
    readonly pool: Pool<HostApi>,
    readonly workers: number,
    readonly build: Build,
    readonly sha256: string | undefined,
    /** those that are open */
    readonly models: Set<PooledModel>,
    private readonly script: WorkerScript,
  ) {}

  static async start(options: StartOptions = {}): Promise<Whylight> {
    const {workers, base, embedded, build = bestBuild(), grace, inline = false, onWorker} = options;
    const here = assetsHere();
    const assets = {...(base === undefined ? here : assetsIn(new URL(base, here.worker))), only: embedded};
    const count = workers ?? Math.min(processors(), 4);
    const compiling = compile(assets, build);
    const script = new WorkerScript(assets, inline);
    const launch = count > 0 ? () => startWorker({compiling, script, onWorker}) : () => startHere(compiling, assets);
    const models = new Set<PooledModel>();
    const onReplaced = (slot: number, knew: ReadonlySet<string>) =>
      models.forEach((model) => model.restore(slot, knew));
    const pool = await Pool.start(Math.max(count, 1), launch, {grace, onReplaced});
    if (count > 0) void script.keep();
    const {build: made, sha256} = await compiling;
    return new Whylight(pool, count, made, sha256, models, script);
  }

  async open(source: Uint8Array | string | URL, card?: Card, options: OpenOptions = {}): Promise<Model> {
    if (source instanceof Uint8Array) return PooledModel.open(this, this.nextNumber(), source, card, options);
    const bytes = await fetchModel(source, card, options);
    const beside = (name: string) => fetchBeside(source, name, options);
    return PooledModel.open(this, this.nextNumber(), bytes, card, {beside, ...options});
  }

  async catalogue(): Promise<Catalogue> {
    this.known ??= {version, ...(await this.pool.run(({api}) => api.catalogue(), {urgent: true}))};
    return this.known;
  }

  stop(): void {
    this.pool.stop();
    this.script.forget();
  }

  /** A number for a model or job that no other has. */
  nextNumber(): number {
    return ++this.numbers;
  }
}

function processors(): number {
  if (!inNode) return navigator.hardwareConcurrency || 1;
  return process.getBuiltinModule('node:os').availableParallelism();
}
