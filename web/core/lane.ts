/** The three ways to get a lane with a Host in it: a browser's worker, Node's, or none at all. */
import {releaseProxy, wrap, type Endpoint} from 'comlink';
import {Host} from './host.ts';
import {WorkerDied, type Lane} from './lane-type.ts';
import type {Assets} from './assets.ts';
import {nodeEndpoint} from './node-endpoint.ts';
import {inNode} from './node.ts';
import type {Compiled} from './wasm.ts';
import type {WorkerScript} from './worker-script.ts';

type Awaitable<Api> = {
  [Name in keyof Api]: Api[Name] extends (...parameters: infer Parameters) => infer Result
    ? (...parameters: Parameters) => Promise<Awaited<Result>>
    : never;
};

export type HostApi = Awaitable<Pick<Host, keyof Host>>;
export type HostLane = Lane<HostApi>;

/** What workers are started with. */
export interface Launch {
  compiling: Promise<Compiled>;
  script: WorkerScript;
  /** is shown every worker of a browser, and told (by a rejection) when it ends */
  onWorker: ((worker: Worker, ended: Promise<never>) => void) | undefined;
}

interface Raw {
  endpoint: Endpoint;
  onDeath(report: (reason: string) => void): void;
  terminate(): void;
}

function browserWorker(url: URL): Raw {
  // In a page that was opened from a file, Chromium refuses modules that are within it.
  const type = url.protocol === 'blob:' ? 'classic' : 'module';
  const worker = new Worker(url, {type, name: 'whylight'});
  return {
    endpoint: worker,
    onDeath: (report) => {
      worker.addEventListener('error', (event) => report(event.message || `cannot be loaded from ${url.href}`));
    },
    terminate: () => worker.terminate(),
  };
}

function nodeWorker(url: URL): Raw {
  const {Worker: NodeWorker} = process.getBuiltinModule('node:worker_threads');
  const worker = new NodeWorker(url);
  return {
    endpoint: nodeEndpoint(worker),
    onDeath: (report) => {
      worker.on('error', (error) => report(error.message));
      worker.on('exit', (code) => report(`ended with code ${code}`));
    },
    terminate: () => void worker.terminate(),
  };
}

/** Starts a worker with an instance of the module; its own script loads while that is still being compiled. */
export async function startWorker(launch: Launch): Promise<HostLane> {
  let failure: unknown;
  for await (const place of launch.script.places()) {
    try {
      return await startFrom(launch, place);
    } catch (error) {
      failure ??= error;
      if (!(error instanceof WorkerDied)) break; // no other place would help
    }
  }
  throw failure;
}

async function startFrom(launch: Launch, url: URL): Promise<HostLane> {
  const raw = inNode ? nodeWorker(url) : browserWorker(url);
  let fail: (error: WorkerDied) => void;
  const died = new Promise<never>((_resolve, reject) => (fail = reject));
  died.catch(() => undefined);
  if (!inNode) launch.onWorker?.(raw.endpoint as Worker, died);
  const remote = wrap<Host>(raw.endpoint);
  const api = remote as unknown as HostApi;
  let ended = false;
  const end = (reason: string) => {
    if (ended) return;
    ended = true;
    fail(new WorkerDied(`worker: ${reason}`));
    raw.terminate();
    remote[releaseProxy](); // or it would hold on to whatever it still waits for
  };
  raw.onDeath(end);
  const terminate = () => end('was ended');
  try {
    await Promise.race([launch.compiling.then(({module}) => api.start(module)), died]);
  } catch (error) {
    terminate();
    throw error;
  }
  return {api, known: new Set(), died, terminate};
}

const breath = () => new Promise<void>((resolve) => setTimeout(resolve));

/** The same interface in this thread; between calls other things get their turn. */
export async function startHere(compiling: Promise<Compiled>, assets: Assets): Promise<HostLane> {
  const [{module}, {default: factory}] = await Promise.all([compiling, assets.factory()]);
  const host = new Host(factory);
  await host.start(module);
  const api = new Proxy(host, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return undefined;
      return async (...parameters: unknown[]) => {
        await breath();
        return member.apply(target, parameters) as unknown;
      };
    },
  }) as unknown as HostApi;
  return {api, known: new Set(), died: new Promise(() => undefined), terminate: () => undefined};
}
