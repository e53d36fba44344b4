/** PNG files of 8 bits a channel without transparency, written, and those read again (PNG specification, third edition, 2025). */
import type {Picture} from './image.ts';
import {piped} from './pack.ts';

const signature = [137, 80, 78, 71, 13, 10, 26, 10];
const channels = 3;

const crcTable = Uint32Array.from({length: 256}, (_, entry) => {
  let value = entry;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = crcTable[(value ^ byte) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}

/** Length, kind, content, check sum. */
function chunk(kind: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(kind), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [toLeft, toAbove, toCorner] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
}

/** What a byte is told from, by the filter's number: nothing, the one on its left, the one above, their mean, or Paeth's choice. */
const predictors: readonly ((left: number, above: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, above) => above,
  (left, above) => (left + above) >> 1,
  paeth,
];

/** Row `y` of the bytes, with every filter; calls back with each byte's prediction. */
function predict(raw: Uint8Array, y: number, stride: number, filter: number, each: (at: number, by: number) => void) {
  const predictor = predictors[filter]!;
  for (let x = 0; x < stride; ++x) {
    const at = y * stride + x;
    const left = x < channels ? 0 : raw[at - channels]!;
    const above = y === 0 ? 0 : raw[at - stride]!;
    each(at, predictor(left, above, x < channels || y === 0 ? 0 : raw[at - stride - channels]!));
  }
}

/** Every row with the filter that leaves the smallest numbers, its number before it. */
function filtered(raw: Uint8Array, stride: number, height: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; ++y) {
    let best = Infinity;
    predictors.forEach((_, filter) => {
      const row = new Uint8Array(stride);
      predict(raw, y, stride, filter, (at, by) => (row[at - y * stride] = raw[at]! - by));
      const sum = row.reduce((total, value) => total + Math.min(value, 256 - value), 0);
      if (sum >= best) return;
      best = sum;
      result[y * (stride + 1)] = filter;
      result.set(row, y * (stride + 1) + 1);
    });
  }
  return result;
}

/** The picture as a PNG file; what is transparent in it is written as if it were not. */
export async function writePng({width, height, data}: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const raw = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; ++pixel)
    raw.set(data.subarray(pixel * 4, pixel * 4 + channels), pixel * channels);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2], 8); // bits, and colour without transparency
  const body = await piped(filtered(raw, width * channels, height), new CompressionStream('deflate'));
  const parts = [
    Uint8Array.from(signature),
    chunk('IHDR', header),
    chunk('IDAT', body),
    chunk('IEND', new Uint8Array()),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, {length}) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The bytes of the chunks of one kind, in order. */
function contents(bytes: Uint8Array, kind: string): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Uint8Array[] = [];
  for (let at = signature.length; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === kind) found.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  return found;
}

/** The picture in a file that `writePng` wrote, byte for byte, which a browser's own decoder does not promise. */
export async function readPng(bytes: Uint8Array): Promise<Picture> {
  const [header] = contents(bytes, 'IHDR');
  const [body] = contents(bytes, 'IDAT');
  if (!header || !body || header[8] !== 8 || header[9] !== 2) throw new Error('picture: is not such a PNG file');
  const view = new DataView(header.buffer, header.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const stride = width * channels;
  const rows = await piped(body.slice(), new DecompressionStream('deflate'));
  const raw = new Uint8Array(stride * height);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; ++y) {
    const from = y * (stride + 1);
    predict(raw, y, stride, rows[from]!, (at, by) => (raw[at] = rows[from + 1 + at - y * stride]! + by));
  }
  for (let pixel = 0; pixel < width * height; ++pixel)
    data.set(raw.subarray(pixel * channels, pixel * channels + channels), pixel * 4);
  return {width, height, data};
}
