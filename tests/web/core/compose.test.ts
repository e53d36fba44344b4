// What is drawn over a map and left out of it.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {compose} from '../../../web/core/compose.ts';
import {legendPixels, paint, type HeatMap} from '../../../web/core/heat.ts';
import type {Picture} from '../../../web/core/image.ts';
import {findPalette} from '../../../web/core/palette.ts';
import {averageOver, bordersOf, regionsOf} from '../../../web/core/regions.ts';
import {plainView, viewFrom, type Overlay} from '../../../web/core/view.ts';

const size = 64;
const middle = size / 2;

function map(value: (x: number, y: number) => number): HeatMap {
  const values = Float32Array.from({length: size * size}, (_, at) => value(at % size, Math.floor(at / size)));
  return {width: size, height: size, values};
}

function picture(colour: (x: number, y: number) => number[]): Picture {
  const data = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let at = 0; at < size * size; ++at) data.set(colour(at % size, Math.floor(at / size)), at * 4);
  return {width: size, height: size, data};
}

const grey = picture(() => [90, 120, 200]);
const cone = map((x, y) => Math.max(0, 1 - Math.hypot(x + 0.5 - middle, y + 0.5 - middle) / 30));
const view = (overlay: Overlay, threshold = 0) => ({...plainView, overlay, threshold});
const points = (path: string) => Array.from(path.matchAll(/([\d.]+) ([\d.]+)/g), ([, x, y]) => [Number(x), Number(y)]);

test('lines of equal value lie where the map has these values', () => {
  const {lines, levels, scale} = compose(cone, grey, {...view('lines'), smoothing: 0});
  assert.equal(lines.length, 3);
  assert.deepEqual(
    levels,
    [0.25, 0.5, 0.75].map((step) => step * scale.span),
  );
  lines.forEach(({path, kind}, index) => {
    assert.equal(kind, 'support');
    const radius = 30 * (1 - levels[index]!);
    assert.ok(points(path).length > 10);
    for (const [x, y] of points(path))
      assert.ok(Math.abs(Math.hypot(x! - middle, y! - middle) - radius) < 1, `${x} ${y}`);
  });
});

test('what speaks against has lines of its own, and none runs along the edge of the picture', () => {
  const sides = compose(
    map((x) => x + 0.5 - middle),
    grey,
    view('lines'),
  );
  assert.deepEqual(
    sides.lines.map(({kind}) => kind),
    ['support', 'support', 'support', 'against', 'against', 'against'],
  );
  for (const {path} of sides.lines) {
    const found = points(path);
    assert.ok(found.length > size / 2);
    const columns = found.map(([x]) => x!);
    assert.ok(Math.max(...columns) - Math.min(...columns) < 1, path); // upright, though a ring goes around at the edge
  }
});

test('an outline encloses the strongest share of the picture and tells what it holds', () => {
  for (const share of [5, 10, 20] as const) {
    const {lines, held, levels} = compose(cone, grey, {...view(`top-${share}`), smoothing: 0});
    const [[x, y]] = points(lines[0]!.path) as [[number, number]];
    const radius = Math.hypot(x - middle, y - middle);
    assert.ok(Math.abs((Math.PI * radius ** 2) / size ** 2 - share / 100) < 0.01, String(share));
    const inside = cone.values.reduce((sum, value) => sum + (value >= levels[0]! ? value : 0), 0);
    const all = cone.values.reduce((sum, value) => sum + value, 0);
    assert.ok(Math.abs(held! - inside / all) < 0.02);
  }
});

test('a map that supports nothing has no outline', () => {
  const {lines, held} = compose(
    map(() => -1),
    grey,
    view('top-10'),
  );
  assert.deepEqual([lines, held], [[], 0]);
});

test('regions follow the colours, their means keep the sum', () => {
  const halves = picture((x) => (x < 30 ? [200, 40, 40] : [40, 60, 200]));
  const regions = regionsOf(halves);
  for (let y = 0; y < size; ++y) assert.notEqual(regions[y * size + 29], regions[y * size + 30], `row ${y}`);
  const count = new Set(regions).size;
  assert.ok(count > 20 && count < 200, String(count));
  const averaged = averageOver(cone, regions);
  const total = ({values}: HeatMap) => values.reduce((sum, value) => sum + value, 0);
  assert.ok(Math.abs(total(averaged) - total(cone)) < 1e-2);
  const first = regions[0]!;
  const own = [...averaged.values].filter((_, place) => regions[place] === first);
  assert.equal(new Set(own).size, 1);
  assert.match(bordersOf(regions, size, size), /M30 0V/);
  assert.equal(regionsOf(halves), regions, 'computed once for a picture');
});

test('every region is in one piece', () => {
  const noise = picture((x, y) => [(x * 73 + y * 151) % 256, (x * 31) % 256, (y * 97) % 256]);
  const regions = regionsOf(noise);
  const seen = new Set<number>();
  const done = new Uint8Array(regions.length);
  for (let start = 0; start < regions.length; ++start) {
    if (done[start]) continue;
    const region = regions[start]!;
    assert.ok(!seen.has(region), `region ${region} at ${start}`);
    seen.add(region);
    const area = [start];
    done[start] = 1;
    for (const place of area) {
      const column = place % size;
      for (const other of [
        column > 0 ? place - 1 : -1,
        column < size - 1 ? place + 1 : -1,
        place - size,
        place + size,
      ]) {
        if (other < 0 || other >= regions.length || done[other] || regions[other] !== region) continue;
        done[other] = 1;
        area.push(other);
      }
    }
  }
});

test('weak values are hidden in the picture and grey in the legend', () => {
  const {map: drawn, scale, limit} = compose(cone, grey, {...view('none', 0.4), smoothing: 0});
  assert.ok(Math.abs(limit - 0.4 * scale.span) < 1e-6);
  const palette = findPalette('viridis', 'sequential');
  const whole = paint(grey, drawn, scale, palette, 1, 0);
  const cut = paint(grey, drawn, scale, palette, 1, limit);
  const luminance = Math.round(0.299 * 90 + 0.587 * 120 + 0.114 * 200);
  cone.values.forEach((value, place) => {
    const colour = [...cut.data.subarray(place * 4, place * 4 + 3)];
    if (Math.abs(value) < limit) assert.deepEqual(colour, [luminance, luminance, luminance]);
    else assert.deepEqual(colour, [...whole.data.subarray(place * 4, place * 4 + 3)]);
  });
  const legend = legendPixels(palette, scale, limit, [0.5 * scale.span]);
  assert.deepEqual([...legend.subarray(0, 4)], [217, 217, 217, 255]);
  assert.deepEqual([...legend.subarray(128 * 4, 128 * 4 + 3)], [0, 0, 0]);
  assert.notDeepEqual([...legend.subarray(255 * 4, 255 * 4 + 3)], [217, 217, 217]);
});

test('a view is read from text or numbers, without what is unknown', () => {
  assert.deepEqual(viewFrom({}), plainView);
  assert.deepEqual(viewFrom({overlay: 'tea', opacity: '7', threshold: -1, palette: 3, smoothing: ''}), plainView);
  assert.deepEqual(viewFrom({overlay: 'lines', opacity: '0.25', threshold: 0.5, palette: 'reds', smoothing: '2'}), {
    overlay: 'lines',
    opacity: 0.25,
    threshold: 0.5,
    palette: 'reds',
    smoothing: 2,
  });
});
