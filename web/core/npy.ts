/** NumPy's .npy files (format versions 1 to 3): read as float32 whatever numbers they hold, written as float32. */
import type {NdArray} from './types.ts';

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

type ReadNumber = (view: DataView, at: number) => number;

/** The little-endian types that can be read, as NumPy's `descr` without its byte order: size and reader. */
const kinds: Record<string, [size: number, read: ReadNumber]> = {
  f4: [4, (view, at) => view.getFloat32(at, true)],
  f8: [8, (view, at) => view.getFloat64(at, true)],
  f2: [2, (view, at) => halfToNumber(view.getUint16(at, true))],
  i1: [1, (view, at) => view.getInt8(at)],
  i2: [2, (view, at) => view.getInt16(at, true)],
  i4: [4, (view, at) => view.getInt32(at, true)],
  i8: [8, (view, at) => Number(view.getBigInt64(at, true))],
  u1: [1, (view, at) => view.getUint8(at)],
  u2: [2, (view, at) => view.getUint16(at, true)],
  u4: [4, (view, at) => view.getUint32(at, true)],
  u8: [8, (view, at) => Number(view.getBigUint64(at, true))],
  b1: [1, (view, at) => (view.getUint8(at) ? 1 : 0)],
};

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

interface Header {
  descr: string;
  fortran: boolean;
  shape: number[];
  end: number; // where the numbers begin
}

function readHeader(where: string, bytes: Uint8Array): Header {
  if (bytes.length < 10 || magic.some((byte, index) => bytes[index] !== byte)) {
    throw new Error(`${where}: is not a .npy file, found ${bytes.length} bytes without its first characters`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! >= 2; // the header's length has four bytes from version 2 on
  const start = wide ? 12 : 10;
  const end = start + (wide && bytes.length >= 12 ? view.getUint32(8, true) : view.getUint16(8, true));
  if (end > bytes.length) throw new Error(`${where}: the .npy header is cut off, found ${bytes.length} bytes`);
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, end));
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || shape === undefined) {
    throw new Error(`${where}: the .npy header cannot be read, found ${text.trim().slice(0, 80)}`);
  }
  return {descr, fortran: fortran === 'True', shape: (shape.match(/\d+/g) ?? []).map(Number), end};
}

/** Column-major order to row-major. */
function toRowMajor(data: Float32Array, shape: number[]): Float32Array {
  const result = new Float32Array(data.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  for (let place = 0; place < data.length; ++place) {
    result[place] = data[index.reduce((sum, at, axis) => sum + at * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; --axis) index[axis] = 0;
  }
  return result;
}

/** Reads a .npy file; `where` is what errors call it. */
export function readNpy(bytes: Uint8Array, where = 'array'): NdArray {
  const {descr, fortran, shape, end} = readHeader(where, bytes);
  const kind = /^[<|=]?(\w+)$/.exec(descr)?.[1] ?? '';
  const reader = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!reader) throw new Error(`${where}: holds numbers of a type that cannot be read, found ${descr}`);
  const [size, read] = reader;
  const count = shape.reduce((product, length) => product * length, 1);
  if (bytes.length - end < count * size) {
    throw new Error(
      `${where}: is cut off, its shape (${shape.join(', ')}) takes ${count * size} bytes, found ${bytes.length - end}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + end, count * size);
  const data = new Float32Array(count);
  for (let place = 0; place < count; ++place) data[place] = read(view, place * size);
  return {shape, data: fortran && shape.length > 1 ? toRowMajor(data, shape) : data};
}

/** A .npy file (version 1.0, little-endian float32, row-major). */
export function writeNpy({shape, data}: NdArray): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + data.length * 4);
  bytes.set([...magic, 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  bytes.set(new TextEncoder().encode(header.padEnd(length - 11) + '\n'), 10);
  const view = new DataView(bytes.buffer, length);
  for (let place = 0; place < data.length; ++place) view.setFloat32(place * 4, data[place]!, true);
  return bytes;
}
