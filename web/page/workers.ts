/** The page's workers, as far as they tell more than results. */
import type {Asked} from './requests.ts';
import type {Told} from './worker.ts';

const patience = 10_000; // milliseconds that a worker has to finish what it is at

/** Asks one worker; undefined if it is at work for too long, or ends. */
function ask(worker: Worker): Promise<string[] | undefined> {
  const listening = new AbortController();
  const answer = new Promise<string[] | undefined>((resolve) => {
    const hear = ({data}: MessageEvent<Told>) => {
      if (data.policies) resolve(data.policies);
    };
    worker.addEventListener('message', hear, {signal: listening.signal});
    setTimeout(() => resolve(undefined), patience);
    worker.postMessage({ask: 'policies'});
  });
  return answer.finally(() => listening.abort());
}

export class Workers {
  private readonly all = new Set<Worker>();

  /** `onRequests` is told what they ask of the network. */
  constructor(private readonly onRequests: (asked: readonly Asked[]) => void) {}

  add(worker: Worker, ended: Promise<never>): void {
    this.all.add(worker);
    ended.catch(() => this.all.delete(worker));
    worker.addEventListener('message', ({data}: MessageEvent<Told>) => {
      if (data.requests) this.onRequests(data.requests);
    });
  }

  /** Of each that runs, the policies that keep it from asking others; undefined for one that did not answer. */
  async policies(): Promise<(string[] | undefined)[]> {
    return Promise.all(Array.from(this.all, ask));
  }
}
