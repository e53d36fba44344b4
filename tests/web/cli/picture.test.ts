// Pictures as the command reads them.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {encode} from 'jpeg-js';
import {isPicture, orientationOf, readPicture, upright} from '../../../web/cli/picture.ts';
import {readPng, writePng} from '../../../web/core/png.ts';

/** Two rows of three: red, green and blue values tell each pixel. */
const six = {width: 3, height: 2, data: Uint8ClampedArray.from({length: 24}, (_, at) => (at % 4 === 3 ? 255 : at * 9))};
const reds = ({data}: {data: Uint8ClampedArray}) =>
  [...data].filter((_, at) => at % 4 === 0).map((value) => value / 36);

test('each orientation of a camera is turned upright', () => {
  const expected: Record<number, [number, number[]]> = {
    1: [3, [0, 1, 2, 3, 4, 5]],
    2: [3, [2, 1, 0, 5, 4, 3]],
    3: [3, [5, 4, 3, 2, 1, 0]],
    4: [3, [3, 4, 5, 0, 1, 2]],
    5: [2, [0, 3, 1, 4, 2, 5]],
    6: [2, [3, 0, 4, 1, 5, 2]],
    7: [2, [5, 2, 4, 1, 3, 0]],
    8: [2, [2, 5, 1, 4, 0, 3]],
  };
  for (const [orientation, [width, pixels]] of Object.entries(expected)) {
    const turned = upright(six, Number(orientation));
    assert.deepEqual([turned.width, reds(turned)], [width, pixels], orientation);
  }
});

test('the orientation is read from a JPEG file, in either order of bytes', () => {
  const plain = encode({width: 16, height: 8, data: Buffer.alloc(16 * 8 * 4, 200)}, 90).data;
  assert.equal(orientationOf(plain), 1);
  for (const little of [true, false]) {
    const exif = new DataView(new ArrayBuffer(36));
    exif.setUint16(0, 0xffe1);
    exif.setUint16(2, 34);
    exif.setUint32(4, 0x45786966);
    exif.setUint16(10, little ? 0x4949 : 0x4d4d);
    exif.setUint16(12, 42, little);
    exif.setUint32(14, 8, little);
    exif.setUint16(18, 1, little);
    exif.setUint16(20, 0x0112, little);
    exif.setUint16(22, 3, little);
    exif.setUint32(24, 1, little);
    exif.setUint16(28, 6, little);
    const bytes = Buffer.concat([plain.subarray(0, 2), new Uint8Array(exif.buffer), plain.subarray(2)]);
    assert.equal(orientationOf(bytes), 6);
    const {width, height} = readPicture(bytes, 'turned.jpg');
    assert.deepEqual([width, height], [8, 16]);
  }
});

test('pictures are told from arrays, and what is cut off is told in a sentence', () => {
  const png = readFileSync('models/digits/samples/3.png');
  assert.ok(isPicture(png));
  assert.ok(!isPicture(new Uint8Array([0x93, 0x4e])));
  assert.deepEqual([readPicture(png, '3.png').width, readPicture(png, '3.png').height], [28, 28]);
  assert.throws(
    () => readPicture(png.subarray(0, 60), '3.png'),
    /^UsageError: 3.png: is a picture that cannot be read|3.png: is a picture/,
  );
});

test('a PNG file that is written is read again byte for byte, by others too', async () => {
  const data = Uint8ClampedArray.from({length: 40 * 30 * 4}, (_, at) =>
    at % 4 === 3 ? 255 : (at * at) % 251 > 120 ? at % 256 : (at >> 6) * 3,
  );
  const picture = {width: 40, height: 30, data};
  const bytes = await writePng(picture);
  assert.deepEqual(await readPng(bytes), picture);
  assert.deepEqual(readPicture(bytes, 'own.png'), picture);
});
