/** Pictures from files, as browsers read them: upright, and 8 bits a channel. */
import {decode} from 'jpeg-js';
import {PNG} from 'pngjs';
import type {Picture} from '../core/image.ts';
import {UsageError} from './usage.ts';

const isPng = (bytes: Uint8Array): boolean => bytes[0] === 0x89 && bytes[1] === 0x50;
const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

/** Whether this is a picture rather than an array. */
export const isPicture = (bytes: Uint8Array): boolean => isPng(bytes) || isJpeg(bytes);

/** The orientation that a camera wrote into a JPEG file (Exif 2.32, tag 0x0112), 1 to 8; 1 is upright. */
export function orientationOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 12 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda;) {
    const length = view.getUint16(at + 2);
    const start = at + 10; // of the TIFF header, after the marker, its length and "Exif\0\0"
    if (bytes[at + 1] === 0xe1 && view.getUint32(at + 4) === 0x45786966) {
      return orientationIn(new DataView(bytes.buffer, bytes.byteOffset + start, Math.max(0, length - 8)));
    }
    at += 2 + length;
  }
  return 1;
}

function orientationIn(tiff: DataView): number {
  if (tiff.byteLength < 14) return 1;
  const little = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return 1;
  for (let entry = 0; entry < tiff.getUint16(directory, little); ++entry) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > tiff.byteLength) return 1;
    if (tiff.getUint16(at, little) === 0x0112) return tiff.getUint16(at + 8, little);
  }
  return 1;
}

/** The picture as it was meant to be seen: from 5 on rows and columns are exchanged, others are mirrored. */
export function upright({width, height, data}: Picture, orientation: number): Picture {
  if (!(orientation >= 2 && orientation <= 8)) return {width, height, data};
  const turned = orientation >= 5;
  const [wide, high] = turned ? [height, width] : [width, height];
  const result = new Uint8ClampedArray(data.length);
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBelow = [3, 4, 6, 7].includes(orientation);
  for (let y = 0; y < high; ++y) {
    for (let x = 0; x < wide; ++x) {
      const [column, row] = turned ? [y, x] : [x, y];
      const from = (fromBelow ? height - 1 - row : row) * width + (fromRight ? width - 1 - column : column);
      result.set(data.subarray(from * 4, from * 4 + 4), (y * wide + x) * 4);
    }
  }
  return {width: wide, height: high, data: result};
}

/** Decodes PNG and JPEG; `path` is what errors call it. */
export function readPicture(bytes: Uint8Array, path: string): Picture {
  try {
    if (isPng(bytes)) {
      const {width, height, data} = PNG.sync.read(Buffer.from(bytes));
      return {width, height, data: new Uint8ClampedArray(data)};
    }
    const {width, height, data} = decode(bytes, {useTArray: true, maxMemoryUsageInMB: 2048});
    return upright({width, height, data: new Uint8ClampedArray(data)}, orientationOf(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path}: is a picture that cannot be read, ${reason}`);
  }
}
