/** The three ways to get a lane with a Host in it: a browser's worker, Node's, or none at all. */
import {wrap, type Endpoint} from 'comlink';
import {Host} from './host.ts';
import {WorkerDied, type Lane} from './lane-type.ts';
import {importFactory, inNode, type Build} from './wasm.ts';
import type {WorkerScript} from './worker-script.ts';

type Awaitable<Api> = {
  [Name in keyof Api]: Api[Name] extends (...parameters: infer Parameters) => infer Result
    ? (...parameters: Parameters) => Promise<Awaited<Result>>
    : never;
};

export type HostApi = Awaitable<Pick<Host, keyof Host>>;
export type HostLane = Lane<HostApi>;

interface Raw {
  endpoint: Endpoint;
  onDeath(report: (reason: string) => void): void;
  terminate(): void;
}

function browserWorker(url: URL): Raw {
  const worker = new Worker(url, {type: 'module', name: 'whylight'});
  return {
    endpoint: worker,
    onDeath: (report) => {
      worker.addEventListener('error', (event) => report(event.message || `cannot be loaded from ${url.href}`));
    },
    terminate: () => worker.terminate(),
  };
}

async function nodeWorker(url: URL): Promise<Raw> {
  const {Worker: NodeWorker} = await import('node:worker_threads');
  const {nodeEndpoint} = await import('./node-endpoint.ts');
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
export async function startWorker(compiling: Promise<WebAssembly.Module>, script: WorkerScript): Promise<HostLane> {
  const {nearest, address} = script;
  if (nearest === address) return startFrom(compiling, address);
  // A page's policy may forbid workers from its own text.
  return startFrom(compiling, nearest).catch(() => startFrom(compiling, address));
}

async function startFrom(compiling: Promise<WebAssembly.Module>, url: URL): Promise<HostLane> {
  const raw = inNode ? await nodeWorker(url) : browserWorker(url);
  let fail: (error: WorkerDied) => void;
  const died = new Promise<never>((_resolve, reject) => (fail = reject));
  died.catch(() => undefined);
  raw.onDeath((reason) => {
    fail(new WorkerDied(`worker: ${reason}`));
    raw.terminate();
  });
  const api = wrap<Host>(raw.endpoint) as unknown as HostApi;
  const terminate = () => {
    fail(new WorkerDied('worker: was ended'));
    raw.terminate();
  };
  try {
    await Promise.race([compiling.then((compiled) => api.start(compiled)), died]);
  } catch (error) {
    terminate();
    throw error;
  }
  return {api, known: new Set(), died, terminate};
}

const breath = () => new Promise<void>((resolve) => setTimeout(resolve));

/** The same interface in this thread; between calls other things get their turn. */
export async function startHere(compiling: Promise<WebAssembly.Module>, base: string, build: Build): Promise<HostLane> {
  const host = new Host(await importFactory(base, build));
  await host.start(await compiling);
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
