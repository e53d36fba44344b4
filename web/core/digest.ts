/** SHA-256 of files: what they are, and whether they are what they should be. */
import type {Build} from './wasm.ts';

declare const WHYLIGHT_SHA256: Record<Build, string>; // written into the script by the build

/** Of the wasm files that belong to this script; undefined where it was not built but runs from its sources. */
export const wasmSha256: Record<Build, string> | undefined =
  typeof WHYLIGHT_SHA256 === 'undefined' ? undefined : WHYLIGHT_SHA256;

/** In hexadecimal; undefined where the browser keeps it from the page, which is neither from https nor from this machine. */
export async function sha256Of(bytes: Uint8Array | ArrayBuffer): Promise<string | undefined> {
  const {subtle} = crypto as {subtle?: SubtleCrypto};
  if (!subtle) return undefined;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as ArrayBuffer));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Gives the SHA-256 where it could be computed; throws, with `what` before it, where it is not the one expected. */
export async function check(
  bytes: Uint8Array | ArrayBuffer,
  expected: string | undefined,
  what: string,
): Promise<string | undefined> {
  const found = await sha256Of(bytes);
  if (found === undefined || expected === undefined || found === expected.toLowerCase()) return found;
  throw new Error(`${what}, found SHA-256 ${found.slice(0, 12)}… instead of ${expected.slice(0, 12)}…`);
}
