// Our module in this worker: the build that is named in its address (?build=relaxed or simd).

import {startInstance} from './instance.js';

const build = new URL(self.location.href).searchParams.get('build');
export let engine;
export let memoryTaken;

/** C++ exceptions become Errors with their message. */
export function guarded(action) {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof WebAssembly.Exception)) throw error;
    throw new Error(engine.getExceptionMessage(error).at(-1), {cause: error});
  }
}

/** Fetches and starts it unless it runs already. */
export async function startEngine() {
  if (engine) return;
  const {default: create} = await import(`/whylight/whylight-${build}.mjs`);
  const response = await fetch(`/whylight/whylight-${build}.wasm`);
  ({engine, memoryTaken} = await startInstance(create, await response.arrayBuffer()));
}
