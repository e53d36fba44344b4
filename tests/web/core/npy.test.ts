import assert from 'node:assert/strict';
import {test} from 'node:test';
import {readNpy, writeNpy} from '../../../web/core/npy.ts';

/** A .npy file by hand: header text as given, then the bytes. */
function file(descr: string, fortran: boolean, shape: string, numbers: ArrayBufferView, major = 1): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape}), }\n`;
  const text = new TextEncoder().encode(header);
  const length = major === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  const body = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return new Uint8Array([0x93, ...new TextEncoder().encode('NUMPY'), major, 0, ...length, ...text, ...body]);
}

test('what is written reads back the same', () => {
  for (const shape of [[], [3], [2, 3], [1, 2, 0], [2, 1, 3, 2]]) {
    const count = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({length: count}, (_, index) => Math.sin(index) * 10 ** (index % 7));
    assert.deepEqual(readNpy(writeNpy({shape, data})), {shape, data});
  }
});

test('the header ends at a multiple of 64 bytes, as NumPy wants it', () => {
  const bytes = writeNpy({shape: [2, 3], data: new Float32Array(6)});
  assert.equal((bytes.length - 24) % 64, 0);
  assert.equal(bytes[bytes.length - 25], 10);
});

test('all little-endian types are read', () => {
  const cases: [string, ArrayBufferView][] = [
    ['<f4', Float32Array.of(1, -2, 100)],
    ['<f8', Float64Array.of(1, -2, 100)],
    ['<f2', Uint16Array.of(0x3c00, 0xc000, 0x5640)],
    ['|i1', Int8Array.of(1, -2, 100)],
    ['<i2', Int16Array.of(1, -2, 100)],
    ['<i4', Int32Array.of(1, -2, 100)],
    ['<i8', BigInt64Array.of(1n, -2n, 100n)],
  ];
  for (const [descr, numbers] of cases) {
    assert.deepEqual(readNpy(file(descr, false, '3,', numbers)).data, Float32Array.of(1, -2, 100), descr);
  }
  for (const [descr, numbers] of [
    ['|u1', Uint8Array.of(0, 200)],
    ['<u2', Uint16Array.of(0, 200)],
    ['<u4', Uint32Array.of(0, 200)],
    ['<u8', BigUint64Array.of(0n, 200n)],
  ] as [string, ArrayBufferView][]) {
    assert.deepEqual(readNpy(file(descr, false, '2,', numbers)).data, Float32Array.of(0, 200), descr);
  }
  assert.deepEqual(readNpy(file('|b1', false, '2,', Uint8Array.of(0, 1))).data, Float32Array.of(0, 1));
});

test('half-precision numbers: smallest, largest, infinite', () => {
  const {data} = readNpy(file('<f2', false, '4,', Uint16Array.of(0x0001, 0x7bff, 0xfc00, 0x8000)));
  assert.deepEqual(data, Float32Array.of(2 ** -24, 65504, -Infinity, -0));
});

test('Fortran order becomes row-major', () => {
  // numpy.asfortranarray([[1, 2, 3], [4, 5, 6]])
  const {shape, data} = readNpy(file('<f4', true, '2, 3', Float32Array.of(1, 4, 2, 5, 3, 6)));
  assert.deepEqual(shape, [2, 3]);
  assert.deepEqual(data, Float32Array.of(1, 2, 3, 4, 5, 6));
});

test('version 2 headers and views into larger buffers are read', () => {
  const bytes = file('<f4', false, '2,', Float32Array.of(7, 8), 2);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  assert.deepEqual(readNpy(shifted.subarray(3)).data, Float32Array.of(7, 8));
});

test('what cannot be read is said in one sentence', () => {
  const good = file('<f4', false, '2,', Float32Array.of(7, 8));
  assert.throws(() => readNpy(new Uint8Array(4), 'x.npy'), /^Error: x\.npy: is not a \.npy file, found 4 bytes/);
  assert.throws(() => readNpy(new Uint8Array(100)), /^Error: array: is not a \.npy file/);
  assert.throws(() => readNpy(good.subarray(0, good.length - 1)), /is cut off, its shape \(2\) takes 8 bytes, found 7/);
  assert.throws(() => readNpy(good.subarray(0, 40)), /header is cut off/);
  assert.throws(() => readNpy(file('>f4', false, '2,', Float32Array.of(7, 8))), /type that cannot be read, found >f4/);
  assert.throws(() => readNpy(file('|O', false, '2,', Float32Array.of(7, 8))), /type that cannot be read, found \|O/);
  assert.throws(() => readNpy(file('<f4', false, '-2,', Float32Array.of(7, 8))), /header cannot be read/);
});

test('the file is what NumPy writes', () => {
  // numpy.save(f, numpy.arange(6, dtype='<f4').reshape(2, 3)), NumPy 1.26
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117) + '\n';
  const start = '\x93NUMPY\x01\x00v\x00' + header;
  const bytes = writeNpy({shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5)});
  assert.equal(Buffer.from(bytes.subarray(0, 128)).toString('latin1'), start);
  assert.equal(Buffer.from(bytes.subarray(128)).toString('hex'), '000000000000803f0000004000004040000080400000a040');
});
