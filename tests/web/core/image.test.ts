import assert from 'node:assert/strict';
import {test} from 'node:test';
import {centreDigit, invert} from '../../../web/core/digit.ts';
import {prepare, resize, toInput, toPicture, type Picture} from '../../../web/core/image.ts';
import type {Card} from '../../../web/core/types.ts';

function picture(width: number, height: number, colour: (x: number, y: number) => number[]): Picture {
  const pixels = Array.from({length: width * height}, (_, at) => [...colour(at % width, Math.floor(at / width)), 255]);
  return {width, height, data: Uint8ClampedArray.from(pixels.flat())};
}

function card(layout: 'nchw' | 'nhwc', channels: number, side: number, kind: 'image' | 'digit' = 'image'): Card {
  return {
    name: 'm',
    title: 'M',
    description: '',
    licence: '',
    source: '',
    input: {
      name: 'x',
      shape: layout === 'nchw' ? [1, channels, side, side] : [1, side, side, channels],
      kind,
      mean: [127, 100, 50],
      scale: [128, 2, 4],
      layout,
    },
    output: {name: 'y', kind: 'logits'},
    labels: [],
    samples: [],
  };
}

test('a plain picture stays plain at every size', () => {
  for (const [width, height] of [
    [3, 3],
    [7, 20],
    [50, 11],
  ] as const) {
    const {data} = resize(
      picture(20, 13, () => [10, 200, 77]),
      width,
      height,
    );
    assert.deepEqual([...data.subarray(0, 4)], [10, 200, 77, 255]);
    assert.deepEqual([...data.subarray(-4)], [10, 200, 77, 255]);
  }
});

test('reducing averages with a triangle of twice the pixel, as Pillow does', () => {
  // Weights of Pillow's BILINEAR for a reduction by two are 1/8, 3/8, 3/8, 1/8.
  const line = resize(
    picture(8, 1, (x) => (x === 4 ? [255, 255, 255] : [0, 0, 0])),
    4,
    1,
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((x) => line.data[x * 4]),
    [0, 32, 96, 0],
  );
});

test('colours go to their channel and back, whatever the layout', () => {
  const given = picture(5, 5, (x, y) => [x * 50, y * 50, 255 - x * 10]);
  for (const layout of ['nchw', 'nhwc'] as const) {
    const input = toInput(given, card(layout, 3, 5));
    assert.deepEqual(input.shape, layout === 'nchw' ? [1, 3, 5, 5] : [1, 5, 5, 3]);
    const green = layout === 'nchw' ? input.data[25 + 7]! : input.data[7 * 3 + 1]!;
    assert.ok(Math.abs(green - (50 - 100) / 2) < 1e-5);
    assert.deepEqual(toPicture(input, card(layout, 3, 5)).data, given.data);
  }
});

test('the centre of the picture is what the network sees', () => {
  const {picture: seen} = prepare(
    picture(12, 4, (x) => [x * 20, 0, 0]),
    card('nchw', 3, 4),
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((x) => seen.data[x * 4]),
    [80, 100, 120, 140],
  );
});

test('a drawing becomes light on dark, fills 20 pixels and has its weight in the middle', () => {
  const sheet = picture(280, 280, (x, y) => (x > 20 && x < 60 && y > 30 && y < 230 ? [0, 0, 0] : [255, 255, 255]));
  const {width, height, data} = centreDigit(sheet);
  assert.deepEqual([width, height], [28, 28]);
  let [sum, across, down, top, bottom] = [0, 0, 0, 28, 0];
  for (let place = 0; place < 28 * 28; ++place) {
    const ink = data[place * 4]!;
    sum += ink;
    across += ink * (place % 28);
    down += ink * Math.floor(place / 28);
    if (ink > 0) [top, bottom] = [Math.min(top, Math.floor(place / 28)), Math.max(bottom, Math.floor(place / 28))];
  }
  assert.equal(bottom - top + 1, 20);
  assert.ok(Math.abs(across / sum - 13.5) <= 0.5 && Math.abs(down / sum - 13.5) <= 0.5);
});

test('an empty sheet is dark everywhere, and inverting twice changes nothing', () => {
  const empty = centreDigit(picture(280, 280, () => [255, 255, 255]));
  assert.ok(empty.data.every((value, at) => value === (at % 4 === 3 ? 255 : 0)));
  const given = picture(3, 2, (x, y) => [x, y, 9]);
  assert.deepEqual(invert(invert(given)), given);
});
