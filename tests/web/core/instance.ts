/** The shipped wasm without workers around it. */
import {compile, importFactory, Wasm, type Build, type WasmRequest} from '../../../web/core/wasm.ts';

export async function startWasm(base: string, build: Build): Promise<Wasm> {
  return Wasm.start(await compile(base, build), await importFactory(base, build));
}

/** Asks for a method or metric as it is without settings. */
export function wasmRequest(name: string, target: string): WasmRequest {
  const nothing = {attribution: undefined, mask: undefined, method: '', methodSettings: {}};
  return {name, target, settings: {}, seed: 0, inject: {}, ...nothing};
}
