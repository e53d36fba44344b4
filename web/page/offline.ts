/** Keeps the page with its models and pictures on this machine, for when there is no network; only when a person asks for it. */
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

/** Bytes of everything that the page has cached. */
async function cachedBytes(): Promise<number> {
  let sum = 0;
  for (const name of await ownCaches()) {
    const cache = await caches.open(name);
    for (const response of await cache.matchAll()) sum += (await response.blob()).size;
  }
  return sum;
}

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
  constructor(private readonly store: Store) {
    // Who installs the page as an app expects it to start without a network.
    window.addEventListener('appinstalled', () => void this.keep());
  }

  /** Finds out what is stored already. */
  async look(): Promise<void> {
    const possible = 'serviceWorker' in navigator && isSecureContext && bytesToStore() > 0;
    if (!possible) return;
    const registration = await ownRegistration();
    if (!registration?.active) return this.tell('nothing', bytesToStore());
    this.tell('kept', await cachedBytes());
  }

  async keep(): Promise<void> {
    this.tell('storing', bytesToStore());
    try {
      await activated(await navigator.serviceWorker.register('sw.js'));
      this.tell('kept', await cachedBytes());
    } catch (error) {
      await this.remove();
      const text = error instanceof Error ? error.message : String(error);
      this.store.update({notice: {kind: 'failure', heading: 'The page could not be kept offline', text}});
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
