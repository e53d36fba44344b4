/** The files that an engine needs beside its own script: the wasm of each build, and the workers' script. */
import type {Factory} from './wasm.ts';

export interface Assets {
  worker: URL;
  simd: URL;
  relaxed: URL;
  /** the module's own script, for where there are no workers */
  factory: () => Promise<{default: Factory}>;
  /** the same within a script, for bundlers that do not take files along */
  embedded?: () => Promise<Embedded>;
  /** all that there is: nothing may be fetched */
  only?: Embedded | undefined;
}

export interface Embedded {
  worker: string;
  /** the simd build, compressed by gzip, in base64 */
  simd: string;
}

/** Told so that bundlers let it be: the address is not known before. */
const importFrom = (url: URL) =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ url.href) as Promise<{default: Factory}>;

export function assetsIn(base: string | URL): Assets {
  const at = (name: string) => new URL(name, base);
  const [worker, simd, relaxed] = ['worker.js', 'whylight-simd.wasm', 'whylight-relaxed.wasm'].map(at);
  return {worker: worker!, simd: simd!, relaxed: relaxed!, factory: () => importFrom(at('factory.js'))};
}

/** Beside this script. Written out, since Vite and webpack look for exactly this and take the files along. */
export function assetsHere(): Assets {
  return {
    worker: new URL('./worker.js', import.meta.url),
    simd: new URL('./whylight-simd.wasm', import.meta.url),
    relaxed: new URL('./whylight-relaxed.wasm', import.meta.url),
    factory: () => import('./factory.js'),
    // @ts-expect-error: made by the build; both are bundled by whoever bundles the package
    embedded: () => import('./embedded.js') as Promise<Embedded>,
  };
}

/** The wasm of an embedded build. */
export async function unpack({simd}: Embedded): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(simd), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}
