/** The shipped wasm without workers around it. */
import {assetsIn} from '../../../web/core/assets.ts';
import {compile, Wasm, type Build, type WasmRequest} from '../../../web/core/wasm.ts';

export async function startWasm(base: string, build: Build): Promise<Wasm> {
  const assets = assetsIn(base);
  return Wasm.start((await compile(assets, build)).module, (await assets.factory()).default);
}

/** Asks for a method or metric as it is without settings. */
export function wasmRequest(name: string, target: string): WasmRequest {
  const nothing = {attribution: undefined, mask: undefined, method: '', methodSettings: {}};
  return {name, target, settings: {}, seed: 0, inject: {}, ...nothing};
}
