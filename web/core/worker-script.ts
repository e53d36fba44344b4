/** The workers' script: where it lies, and, once kept, as an address inside the page that nobody has to be asked for. */
import type {Assets} from './assets.ts';
import {inNode} from './node.ts';

export class WorkerScript {
  private kept: URL | undefined;
  private ended = false;

  constructor(
    private readonly assets: Assets,
    /** from within the page at once, where the policy allows that */
    private readonly inline: boolean,
  ) {
    if (assets.only) this.hold([assets.only.worker]);
  }

  /** Where to start a worker from, nearest first: the page's own policy may forbid one, and a bundler may have lost another. */
  async *places(): AsyncGenerator<URL> {
    if (this.inline) await this.keep();
    if (this.kept) yield this.kept;
    yield this.assets.worker;
    if (inNode || this.kept) return;
    const embedded = await this.assets.embedded?.().catch(() => undefined);
    if (embedded) yield this.hold([embedded.worker]);
  }

  /** A script within the page. */
  private hold(text: BlobPart[]): URL {
    const url = new URL(URL.createObjectURL(new Blob(text, {type: 'text/javascript'})));
    if (this.ended) URL.revokeObjectURL(url.href);
    else this.kept ??= url;
    return url;
  }

  /** Keeps the script in the page, for workers that are started when nothing may be fetched any more. Never fails: without it they are fetched. */
  async keep(): Promise<void> {
    if (inNode || this.kept) return;
    try {
      const response = await fetch(this.assets.worker, this.inline ? {} : {cache: 'force-cache'}); // a worker has been started from it
      if (!response.ok) return;
      this.hold([await response.arrayBuffer()]);
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
