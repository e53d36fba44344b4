/** One worker as the pool sees it. */

export interface Lane<Api> {
  readonly api: Api;
  /** What this worker already has (models, jobs), for the caller's own use; a replacement begins with nothing. */
  readonly known: Set<string>;
  /** Rejects with a WorkerDied when the worker ends, whoever ended it. */
  readonly died: Promise<never>;
  terminate(): void;
}

/** The worker is gone, and with it everything it knew. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied';
}
