/** Bytes as text and back, alike in browsers and Node. */

const portion = 0x8000; // what a call takes as arguments

export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += portion)
    parts.push(String.fromCharCode(...bytes.subarray(start, start + portion)));
  return btoa(parts.join(''));
}

/** Throws for what is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; ++at) bytes[at] = letters.charCodeAt(at);
  return bytes;
}
