/** Results that are computed one after the other for the cells of a table, each at most once. */

export interface Cell<Result> {
  state: 'waiting' | 'running' | 'done' | 'failed';
  /** 0 to 1 while it is running */
  share: number;
  result?: Result;
  /** of a failure */
  reason?: string;
}

export interface Job<Result> {
  key: string;
  /** what is there without computing */
  known: () => Result | undefined;
  work: (signal: AbortSignal, onProgress: (share: number) => void) => Promise<Result>;
}

export type Cells<Result> = ReadonlyMap<string, Cell<Result>>;

export class Grid<Result> {
  private readonly cells = new Map<string, Cell<Result>>();
  private readonly running = new Map<string, AbortController>();
  private queue: Job<Result>[] = [];

  /** `tell` is given all cells whenever one changes; at most `atOnce` are computed together. */
  constructor(
    private readonly tell: (cells: Cells<Result>) => void,
    private readonly atOnce: () => number,
  ) {}

  /** The table has exactly these cells from now on; work for others is given up, what is known is shown. */
  show(jobs: readonly Job<Result>[]): void {
    const keys = new Set(jobs.map(({key}) => key));
    for (const [key, run] of this.running) if (!keys.has(key)) run.abort();
    for (const key of this.cells.keys()) if (!keys.has(key)) this.cells.delete(key);
    this.queue = this.queue.filter(({key}) => keys.has(key));
    for (const {key, known} of jobs) {
      const result = known();
      if (result) this.cells.set(key, {state: 'done', share: 1, result});
      else if (!this.cells.has(key)) this.cells.set(key, {state: 'waiting', share: 0});
    }
    this.told();
  }

  /** Computes what is not there yet; what failed before is tried again. */
  compute(jobs: readonly Job<Result>[]): void {
    for (const job of jobs) {
      const state = this.cells.get(job.key)?.state;
      const begun = this.running.has(job.key) || this.queue.some(({key}) => key === job.key);
      if (state !== 'done' && !begun) this.queue.push(job);
    }
    this.told();
    while (this.queue.length > 0 && this.running.size < this.atOnce()) void this.next();
  }

  /** Gives up all work; the results stay. */
  stop(): void {
    this.queue = [];
    for (const [key, run] of this.running) {
      run.abort();
      this.cells.set(key, {state: 'waiting', share: 0});
    }
    this.running.clear();
    this.told();
  }

  /** How many are running or will be. */
  get pending(): number {
    return this.queue.length + this.running.size;
  }

  private told(): void {
    this.tell(new Map(this.cells));
  }

  private async next(): Promise<void> {
    const job = this.running.size < this.atOnce() ? this.queue.shift() : undefined;
    if (!job) return;
    const {key, known, work} = job;
    const run = new AbortController();
    const set = (cell: Cell<Result>) => {
      if (run.signal.aborted || !this.cells.has(key)) return;
      this.cells.set(key, cell);
      this.told();
    };
    this.running.set(key, run);
    try {
      set({state: 'running', share: 0});
      const result = known() ?? (await work(run.signal, (share) => set({state: 'running', share})));
      set({state: 'done', share: 1, result});
    } catch (error) {
      set({state: 'failed', share: 0, reason: error instanceof Error ? error.message : String(error)});
    }
    if (this.running.get(key) === run) this.running.delete(key);
    this.told();
    void this.next();
  }
}
