/** What the page and its workers ask of the network, as the browser itself records it. */
import {nowhere} from './policy.ts';

/** One request. */
export interface Asked {
  address: string;
  /** what asked: "fetch", "img", "script", … */
  kind: string;
  /** of the answer as it was sent, 0 where the browser does not say */
  bytes: number;
  /** milliseconds since 1970 */
  time: number;
  by: 'page' | 'worker' | 'service worker';
}

/** Tells of each request of this document or worker, past and to come; not of addresses within it, nor of one that leads nowhere. */
export function watchRequests(by: Asked['by'], tell: (asked: Asked[]) => void): void {
  const read = (entry: PerformanceEntry): Asked => {
    const {name, initiatorType, encodedBodySize, startTime} = entry as PerformanceResourceTiming;
    return {address: name, kind: initiatorType, bytes: encodedBodySize, time: performance.timeOrigin + startTime, by};
  };
  const left = ({address}: Asked) => /^(http|ws)/.test(address) && !address.startsWith(nowhere);
  const observer = new PerformanceObserver((list) => {
    const asked = list.getEntries().map(read).filter(left);
    if (asked.length > 0) tell(asked);
  });
  observer.observe({type: 'resource', buffered: true});
}

/** All requests so far, those of workers included, in the order in which they became known. */
export class Requests {
  readonly all: Asked[] = [];
  /** when everything was there; what is asked later was not needed for the page itself */
  private since = Infinity;
  private tell: (count: number) => void = () => undefined;

  constructor() {
    watchRequests('page', (asked) => this.add(asked));
  }

  add(asked: readonly Asked[]): void {
    this.all.push(...asked);
    if (asked.some(({time}) => time > this.since)) this.tell(this.later.length);
  }

  /** From now on requests are counted; called once, when nothing more will be asked for unless a person wants it. */
  loaded(tell: (count: number) => void): void {
    this.since = performance.timeOrigin + performance.now();
    this.tell = tell;
    tell(0);
  }

  /** For loading the page. */
  get before(): Asked[] {
    return this.all.filter(({time}) => time <= this.since);
  }

  /** Since then. */
  get later(): Asked[] {
    return this.all.filter(({time}) => time > this.since);
  }
}
