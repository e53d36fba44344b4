/** The workers' script: where it lies, and, once kept, as an address inside the page that nobody has to be asked for. */
import {inNode} from './wasm.ts';

export class WorkerScript {
  readonly address: URL;
  private kept: URL | undefined;
  private ended = false;

  constructor(base: string) {
    this.address = new URL('worker.js', base);
  }

  /** Where to start a worker from: in the page, if it is kept there. */
  get nearest(): URL {
    return this.kept ?? this.address;
  }

  /** Keeps the script in the page, for workers that are started when nothing may be fetched any more. Never fails: without it they are fetched. */
  async keep(): Promise<void> {
    if (inNode) return;
    try {
      const response = await fetch(this.address, {cache: 'force-cache'}); // a worker has just been started from it
      if (!response.ok) return;
      const text = new Blob([await response.arrayBuffer()], {type: 'text/javascript'});
      if (!this.ended) this.kept = new URL(URL.createObjectURL(text));
    } catch {
      // As if it were not there.
    }
  }

  forget(): void {
    this.ended = true;
    if (this.kept) URL.revokeObjectURL(this.kept.href);
    this.kept = undefined;
  }
}
