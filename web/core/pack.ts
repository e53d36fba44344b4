/** Bytes as text and back, compressed on the way: what a file of HTML can hold. */

import {fromBase64, toBase64} from './base64.ts';

/** What a stream of the browser's (and Node's) own makes of some bytes. */
export async function piped(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

const portion = 3 << 18; // bytes that become one piece of text; a multiple of 3, so that pieces can be put together

/** gzip, then base64 in pieces: the whole may be too long for one text. */
export async function pack(bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const packed = await piped(bytes, new CompressionStream('gzip'));
  const pieces = Math.ceil(packed.length / portion);
  return Array.from({length: pieces}, (_, at) => toBase64(packed.subarray(at * portion, (at + 1) * portion)));
}

/** What `pack` packed. */
export function unpackText(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return piped(fromBase64(text), new DecompressionStream('gzip'));
}

export function bytesOf({buffer, byteOffset, byteLength}: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).slice();
}
