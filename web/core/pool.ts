/** Hands work to a fixed number of workers, replaces those that die or must be stopped, and keeps results in order. */
import {WorkerDied, type Lane} from './lane-type.ts';

export interface RunOptions {
  signal?: AbortSignal | undefined;
  /** goes before everything that is not */
  urgent?: boolean;
  /** only in this slot */
  slot?: number | undefined;
}

export interface AllOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((share: number) => void) | undefined;
}

export interface PoolOptions {
  /** milliseconds that a worker has to come back after an abort before it is ended and replaced; 100 if not said */
  grace?: number | undefined;
  /** is told of every replacement, with what the worker before it had */
  onReplaced?: ((slot: number, known: ReadonlySet<string>) => void) | undefined;
}

interface Slot<Api> {
  number: number;
  lane: Lane<Api> | undefined; // undefined until it is up
  asked: boolean; // to start
  task: Task<Api> | undefined;
}

interface Task<Api> {
  work: (lane: Lane<Api>) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (reason: Error) => void;
  slot: number | undefined;
  deaths: number;
  settled: boolean;
}

export class Pool<Api> {
  private readonly slots: Slot<Api>[];
  private readonly urgent: Task<Api>[] = [];
  private readonly patient: Task<Api>[] = [];
  private readonly signals = new Map<AbortSignal, {tasks: Set<Task<Api>>; end: () => void}>();
  /** what is told when a worker dies at work */
  private readonly atDeath = new WeakMap<Lane<Api>, (reason: Error) => void>();
  private stopped = false;
  private starting = 0;

  private constructor(
    size: number,
    first: Lane<Api>,
    private readonly launch: () => Promise<Lane<Api>>,
    private readonly options: PoolOptions,
  ) {
    this.slots = Array.from({length: size}, (_, number) => {
      return {number, lane: number === 0 ? first : undefined, asked: number === 0, task: undefined};
    });
    this.watch(this.slots[0]!);
  }

  /** Resolves when the first worker is up. Others are started when there is work for them: they would only slow it down. */
  static async start<Api>(
    size: number,
    launch: () => Promise<Lane<Api>>,
    options: PoolOptions = {},
  ): Promise<Pool<Api>> {
    return new Pool(size, await launch(), launch, options);
  }

  get size(): number {
    return this.slots.length;
  }

  /** The slot that a lane is in, or undefined when it is up no longer. */
  slotOf(lane: Lane<Api>): number | undefined {
    return this.slots.find((slot) => slot.lane === lane)?.number;
  }

  /** The lanes that are up. */
  get lanes(): Lane<Api>[] {
    return this.slots.flatMap(({lane}) => (lane ? [lane] : []));
  }

  /** Runs one piece of work in the next free worker; redone once if the worker dies under it. */
  run<Result>(work: (lane: Lane<Api>) => Promise<Result>, options: RunOptions = {}): Promise<Result> {
    const {signal, urgent = false, slot} = options;
    if (this.stopped) return Promise.reject(new Error('engine: has been stopped'));
    if (signal?.aborted) return Promise.reject(asError(signal.reason));
    return new Promise<Result>((resolve, reject) => {
      const task: Task<Api> = {
        work,
        slot,
        deaths: 0,
        settled: false,
        resolve: (value) => settle(() => resolve(value as Result)),
        reject: (reason) => settle(() => reject(reason)),
      };
      const settle = (how: () => void) => {
        task.settled = true;
        forget();
        how();
      };
      const forget = signal ? this.listen(signal, task) : () => undefined;
      (urgent ? this.urgent : this.patient).push(task);
      this.dispatch();
    });
  }

  /**
   * Runs `count` chunks in whatever workers are free, handed out in order; gives their results in order too, so that
   * nothing depends on the number of workers. The first failure cancels the chunks that have not begun.
   */
  async all<Result>(
    count: number,
    work: (lane: Lane<Api>, index: number) => Promise<Result>,
    {signal, onProgress}: AllOptions = {},
  ): Promise<Result[]> {
    let done = 0;
    let failed = false;
    const one = async (index: number) => {
      try {
        const result = await this.run((lane) => (failed ? Promise.reject(new Error('cancelled')) : work(lane, index)), {
          signal,
        });
        onProgress?.(++done / count);
        return result;
      } catch (error) {
        failed = true;
        throw error;
      }
    };
    return Promise.all(Array.from({length: count}, (_, index) => one(index)));
  }

  stop(): void {
    this.stopped = true;
    const reason = new Error('engine: has been stopped');
    for (const task of [...this.urgent.splice(0), ...this.patient.splice(0)]) task.reject(reason);
    for (const slot of this.slots) {
      slot.task?.reject(reason);
      slot.lane?.terminate();
      slot.lane = undefined;
    }
  }

  private dispatch(): void {
    for (const slot of this.slots) {
      while (slot.lane && !slot.task) {
        const task = this.take(this.urgent, slot) ?? this.take(this.patient, slot);
        if (!task) break;
        void this.execute(slot, slot.lane, task);
      }
    }
    for (const task of [...this.urgent, ...this.patient]) this.wake(task);
  }

  /** Starts the worker that a waiting task could have, if there is one that has never been. */
  private wake({slot: wanted}: Task<Api>): void {
    const asleep = this.slots.find(({asked, number}) => !asked && (wanted ?? number) === number);
    if (asleep) this.fill(asleep);
  }

  private take(queue: Task<Api>[], slot: Slot<Api>): Task<Api> | undefined {
    const index = queue.findIndex((task) => task.slot === undefined || task.slot === slot.number);
    return index < 0 ? undefined : queue.splice(index, 1)[0];
  }

  private async execute(slot: Slot<Api>, lane: Lane<Api>, task: Task<Api>): Promise<void> {
    slot.task = task;
    try {
      task.resolve(await this.unlessDied(lane, task.work(lane)));
    } catch (error) {
      if (isFatal(error)) {
        this.replace(slot, lane);
        this.again(task, error);
      } else {
        task.reject(asError(error));
      }
    }
    if (slot.task === task) slot.task = undefined;
    this.dispatch();
  }

  /**
   * Work, or the worker's death if that comes first. A race with `died` itself would leave something behind there for every piece of work,
   * since most workers never die.
   */
  private unlessDied<Result>(lane: Lane<Api>, work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.atDeath.set(lane, reject);
      work.then(resolve, reject);
    });
  }

  private again(task: Task<Api>, error: Error): void {
    if (task.settled) return;
    if (++task.deaths > 1) task.reject(new Error(`worker: stopped twice at the same work, ${error.message}`));
    else this.urgent.unshift(task);
  }

  /** Aborts the task when the signal says so, with one listener for all tasks of a signal; gives how to stop that. */
  private listen(signal: AbortSignal, task: Task<Api>): () => void {
    let listening = this.signals.get(signal);
    if (!listening) {
      const tasks = new Set<Task<Api>>();
      const abort = () => tasks.forEach((one) => this.abort(one, asError(signal.reason)));
      signal.addEventListener('abort', abort);
      listening = {tasks, end: () => signal.removeEventListener('abort', abort)};
      this.signals.set(signal, listening);
    }
    const {tasks, end} = listening;
    tasks.add(task);
    return () => {
      tasks.delete(task);
      if (tasks.size > 0) return;
      this.signals.delete(signal);
      end();
    };
  }

  private abort(task: Task<Api>, reason: Error): void {
    for (const queue of [this.urgent, this.patient]) {
      const index = queue.indexOf(task);
      if (index >= 0) queue.splice(index, 1);
    }
    task.reject(reason);
    const slot = this.slots.find((candidate) => candidate.task === task);
    const lane = slot?.lane;
    if (!slot || !lane) return;
    setTimeout(() => {
      if (slot.task === task && slot.lane === lane) this.replace(slot, lane);
    }, this.options.grace ?? 100);
  }

  /** Ends a worker and starts another in its place; nothing happens if that has been done already. */
  private replace(slot: Slot<Api>, lane: Lane<Api>): void {
    if (slot.lane !== lane || this.stopped) return;
    slot.lane = undefined;
    slot.task = undefined;
    lane.terminate();
    this.fill(slot, lane.known);
  }

  /** Starts a worker; `knew` is what the one before it had, if there was one. */
  private fill(slot: Slot<Api>, knew?: ReadonlySet<string>): void {
    slot.asked = true;
    ++this.starting;
    this.launch().then(
      (fresh) => {
        --this.starting;
        if (this.stopped) {
          fresh.terminate();
          return;
        }
        slot.lane = fresh;
        this.watch(slot);
        if (knew) this.options.onReplaced?.(slot.number, knew);
        this.dispatch();
      },
      (error: unknown) => {
        --this.starting;
        this.lost(slot, asError(error));
      },
    );
  }

  /** Tells of a worker's death; replaces it if it was idle, which execute() sees to for one at work. */
  private watch(slot: Slot<Api>): void {
    const lane = slot.lane;
    lane?.died.catch((error: Error) => {
      this.atDeath.get(lane)?.(error);
      if (!slot.task) this.replace(slot, lane);
    });
  }

  /** No worker could be started here: what waits for this one, or for any where none is left, would wait for ever. */
  private lost(slot: Slot<Api>, error: Error): void {
    const none = this.starting === 0 && !this.slots.some(({lane}) => lane);
    for (const queue of [this.urgent, this.patient]) {
      for (const task of queue.splice(0)) {
        if (none || task.slot === slot.number) task.reject(error);
        else queue.push(task);
      }
    }
  }
}

/** Errors after which a wasm instance is of no more use: it trapped, or its worker ended. */
function isFatal(error: unknown): error is Error {
  return error instanceof Error && (error instanceof WorkerDied || error.name === 'RuntimeError');
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
