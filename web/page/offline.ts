/** Keeps the page with its models and pictures on this machine, for when there is no network; only when a person asks for it. */
import {footer as words} from '../strings/english.ts';
import type {Asked} from './requests.ts';
import type {Store} from './state.ts';

/** What is stored. */
export interface Stored {
  state: 'unable' | 'nothing' | 'storing' | 'kept';
  /** that are stored, or would be */
  bytes: number;
}

/** The folder that the page is in: others of the same host may keep things of their own. */
const scope = (): string => new URL('./', document.baseURI).href;

/** The page's own caches, which workbox names by the folder. */
async function ownCaches(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith('workbox-') && name.endsWith(`-${scope()}`));
}

/** Its own service worker, not that of a folder above it. */
async function ownRegistration(): Promise<ServiceWorkerRegistration | undefined> {
  const found = await navigator.serviceWorker.getRegistration();
  return found?.scope === scope() ? found : undefined;
}

/** Everything that the page has cached, as its service worker asked for it. */
async function cached(): Promise<Asked[]> {
  const found: Asked[] = [];
  for (const name of await ownCaches()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const {size: bytes} = await (await cache.match(request))!.blob();
      found.push({
        address: request.url.replace(/\?__WB_REVISION__=.*/, ''),
        kind: 'fetch',
        bytes,
        time: Date.now(),
        by: 'service worker',
      });
    }
  }
  return found;
}

const sumOf = (asked: readonly Asked[]): number => asked.reduce((sum, {bytes}) => sum + bytes, 0);

/** As the build counted it; absent where the page is served without a service worker. */
const bytesToStore = (): number =>
  Number(document.querySelector<HTMLMetaElement>('meta[name="whylight-offline-bytes"]')?.content ?? 0);

/** Resolves once a registration's worker has stored everything; rejects when it could not. */
function activated(registration: ServiceWorkerRegistration): Promise<void> {
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker?.state === 'activated') resolve();
      else if (!worker || worker.state === 'redundant') reject(new Error('a file could not be fetched or stored'));
    };
    worker?.addEventListener('statechange', look);
    look();
  });
}

export class Offline {
  /** `onAsked` is told what was fetched to be stored, which the browser does not tell the page. */
  constructor(
    private readonly store: Store,
    private readonly onAsked: (asked: Asked[]) => void,
  ) {
    // Who installs the page as an app expects it to start without a network.
    window.addEventListener('appinstalled', () => void this.keep());
  }

  /** Finds out what is stored already. */
  async look(): Promise<void> {
    const possible = 'serviceWorker' in navigator && isSecureContext && bytesToStore() > 0;
    if (!possible) return;
    const registration = await ownRegistration();
    if (!registration?.active) return this.tell('nothing', bytesToStore());
    this.tell('kept', sumOf(await cached()));
  }

  async keep(): Promise<void> {
    this.tell('storing', bytesToStore());
    try {
      await activated(await navigator.serviceWorker.register('sw.js'));
      const asked = await cached();
      this.onAsked(asked);
      this.tell('kept', sumOf(asked));
    } catch (error) {
      await this.remove();
      const text = error instanceof Error ? error.message : String(error);
      this.store.update({notice: {kind: 'failure', heading: words.notKept, text}});
    }
  }

  async remove(): Promise<void> {
    await (await ownRegistration())?.unregister();
    for (const name of await ownCaches()) await caches.delete(name);
    this.tell('nothing', bytesToStore());
  }

  private tell(state: Stored['state'], bytes: number): void {
    this.store.update({stored: {state, bytes}});
  }
}
