import assert from 'node:assert/strict';
import {test} from 'node:test';
import {describeMap, enlarge, entryOf, heatMap, paint, scaleOf, smooth, type HeatMap} from '../../../web/core/heat.ts';
import {colourTable, findPalette, palettes} from '../../../web/core/palette.ts';

function map(width: number, height: number, value: (x: number, y: number) => number): HeatMap {
  const values = Float32Array.from({length: width * height}, (_, at) => value(at % width, Math.floor(at / width)));
  return {width, height, values};
}

const total = ({values}: HeatMap) => values.reduce((sum, value) => sum + value, 0);

test('channels are summed, wherever the layout puts them', () => {
  const first = heatMap({shape: [1, 3, 1, 2], data: Float32Array.of(1, 2, 10, 20, 100, 200)});
  assert.deepEqual(first, {width: 2, height: 1, values: Float32Array.of(111, 222)});
  const last = heatMap({shape: [1, 1, 2, 3], data: Float32Array.of(1, 10, 100, 2, 20, 200)}, 'nhwc');
  assert.deepEqual(last, first);
});

test('enlarging keeps what is linear, smoothing keeps what is constant', () => {
  const ramp = enlarge(
    map(4, 4, (x) => x),
    8,
    8,
  );
  assert.deepEqual([...ramp.values.subarray(0, 8)], [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]);
  const flat = smooth(
    map(9, 5, () => 2),
    1.5,
  );
  assert.ok(flat.values.every((value) => Math.abs(value - 2) < 1e-6));
  const point = smooth(
    map(31, 31, (x, y) => (x === 15 && y === 15 ? 1 : 0)),
    2,
  );
  assert.ok(Math.abs(total(point) - 1) < 1e-5);
});

test('a map with both signs is centred on zero, one without begins at it', () => {
  const both = scaleOf(map(10, 10, (x) => x - 4.5));
  assert.equal(both.kind, 'diverging');
  assert.ok(Math.abs(entryOf(0, both) - 127.5) <= 0.5);
  assert.equal(entryOf(-99, both), 0);
  const positive = scaleOf(map(10, 10, (x) => x));
  assert.deepEqual([positive.kind, entryOf(0, positive), entryOf(9, positive)], ['sequential', 0, 255]);
  assert.equal(scaleOf(map(3, 3, () => 0)).span, 1);
});

test('opacity runs from the picture alone to the colours of the legend alone', () => {
  const heat = map(2, 1, (x) => (x === 0 ? -1 : 1));
  const picture = {width: 2, height: 1, data: Uint8ClampedArray.of(9, 80, 200, 255, 1, 2, 3, 255)};
  const palette = findPalette('red-blue', 'diverging');
  assert.deepEqual(paint(picture, heat, scaleOf(heat), palette, 0).data, picture.data);
  const alone = paint(picture, heat, scaleOf(heat), palette, 1).data;
  const table = colourTable(palette);
  assert.deepEqual([...alone.subarray(0, 3)], [...table.subarray(0, 3)]);
  assert.deepEqual([...alone.subarray(4, 7)], [...table.subarray(-3)]);
});

test('diverging palettes are light in the middle, and red stands for support by default', () => {
  for (const palette of palettes) {
    const table = colourTable(palette);
    assert.equal(table.length, 768);
    if (palette.kind === 'diverging')
      assert.ok(
        table.subarray(381, 387).every((value) => value > 230),
        palette.name,
      );
  }
  const [red, , blue] = colourTable(findPalette('', 'diverging')).subarray(-3);
  assert.ok(red! > blue!);
});

test('the sentence says where support lies, how concentrated it is and how much speaks against', () => {
  const corner = map(9, 9, (x, y) => (x > 5 && y < 3 ? 1 : 0));
  assert.match(describeMap(corner), /upper right \(100 %/);
  assert.match(describeMap(corner), /half of it on 7 % of the area/); // 5 of 81
  assert.doesNotMatch(describeMap(corner), /against/);
  assert.match(describeMap(map(9, 9, (x) => (x < 3 ? 1 : -1))), /67 % of the map speaks against/);
  assert.match(describeMap(map(9, 9, () => 0)), /zero everywhere/);
});
