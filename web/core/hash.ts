/** SHA-256 of bytes, by the platform where it offers that (browsers do on secure origins only), else here (FIPS 180-4). */
import {sha256Of} from './digest.ts';

const bitsOf = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32) >>> 0;

const primes = Array.from({length: 312}, (_, number) => number)
  .filter(
    (number) => number > 1 && !Array.from({length: number}, (_, by) => by).some((by) => by > 1 && number % by === 0),
  )
  .slice(0, 64);
const constants = Uint32Array.from(primes, (prime) => bitsOf(Math.cbrt(prime)));
const firstState = Uint32Array.from(primes.slice(0, 8), (prime) => bitsOf(Math.sqrt(prime)));

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** Takes 64 bytes into the state (equations 6.2.2 of the standard). */
function takeBlock(state: Uint32Array, words: Uint32Array, block: DataView, start: number): void {
  for (let at = 0; at < 16; ++at) words[at] = block.getUint32(start + at * 4);
  for (let at = 16; at < 64; ++at) {
    const [late, early] = [words[at - 2]!, words[at - 15]!];
    const small = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    words[at] = words[at - 16]! + small + words[at - 7]! + (turn(late, 17) ^ turn(late, 19) ^ (late >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let at = 0; at < 64; ++at) {
    const choice = (e & f) ^ (~e & g);
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + constants[at]! + words[at]!) | 0;
    const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, place) => (state[place]! += value));
}

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The same without the platform's help. */
export function plainSha256(bytes: Uint8Array): string {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const state = firstState.slice();
  const words = new Uint32Array(64);
  for (let start = 0; start < padded.length; start += 64) takeBlock(state, words, view, start);
  const result = new Uint8Array(32);
  state.forEach((word, place) => new DataView(result.buffer).setUint32(place * 4, word));
  return hexadecimal(result);
}

/** SHA-256 as 64 hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return (await sha256Of(bytes)) ?? plainSha256(bytes);
}
