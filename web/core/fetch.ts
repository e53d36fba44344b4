/** Fetches a model's bytes, with progress, and says in one sentence what went wrong. */
import type {Card, OpenOptions} from './types.ts';
import {inNode} from './node.ts';

/** Where a source is, as the page's own address or (in Node) the working directory has it. */
function locate(source: string | URL): URL {
  if (source instanceof URL) return source;
  if (typeof document === 'object') return new URL(source, document.baseURI);
  if (URL.canParse(source)) return new URL(source);
  if (!inNode) return new URL(source, self.location.href);
  return process.getBuiltinModule('node:url').pathToFileURL(source);
}

async function readFile(url: URL): Promise<Uint8Array> {
  const {readFile: read} = process.getBuiltinModule('node:fs/promises');
  const {fileURLToPath} = process.getBuiltinModule('node:url');
  return read(url).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`model: cannot be read from ${fileURLToPath(url)}, ${error.code ?? error.message}`);
  });
}

async function readBody(response: Response, total: number, onProgress: (share: number) => void): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body!.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    if (total > 0) onProgress(Math.min(size / total, 1));
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

export async function fetchModel(
  source: string | URL,
  card: Card | undefined,
  {signal, onProgress}: OpenOptions,
): Promise<Uint8Array> {
  const url = locate(source);
  if (inNode && url.protocol === 'file:') return readFile(url);
  const response = await fetch(url, signal ? {signal} : {}).catch((error: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw new Error(
      `model: cannot be fetched from ${url.href}, ${error instanceof Error ? error.message : 'no answer'}`,
    );
  });
  if (!response.ok) throw new Error(`model: cannot be fetched from ${url.href}, found status ${response.status}`);
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new Error(`model: cannot be fetched from ${url.href}, found a web page instead of an ONNX file`);
  }
  // With content-encoding the length is that of the compressed bytes, which is not what arrives here.
  const encoded = response.headers.has('content-encoding');
  const total = card?.bytes ?? (encoded ? 0 : Number(response.headers.get('content-length') ?? 0));
  return readBody(response, total, onProgress ?? (() => undefined));
}

/** A plain file name or path below the model's folder: a model must not make anyone fetch from elsewhere. */
export function isBeside(name: string): boolean {
  return /^[^:\\?#%]+$/.test(name) && name.split('/').every((part) => part !== '' && part !== '..');
}

/** The file of that name in the folder of a model that was given by its address. */
export async function fetchBeside(model: string | URL, name: string, options: OpenOptions): Promise<Uint8Array> {
  if (!isBeside(name)) throw new Error(`model: its weights must lie in a file beside it, found '${name}'`);
  return fetchModel(new URL(encodeURI(name), locate(model)), undefined, options);
}
