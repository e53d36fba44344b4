// A digit on photographed paper: what is found of it is what was written, whatever the light.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Picture} from '../../../web/core/image.ts';
import {drawingOf} from '../../../web/page/paper.ts';

const [width, height] = [320, 240];

/** A thick seven in the middle. */
function written(x: number, y: number): boolean {
  const bar = y > 70 && y < 82 && x > 120 && x < 200;
  const stem = y >= 82 && y < 180 && Math.abs(x - (194 - (y - 82) * 0.5)) < 6;
  return bar || stem;
}

/** A photograph: light that falls off across the sheet, grain, a dark table at the left, and a speck. */
function photograph(ink: number, paper: number, shade: number): Picture {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const light = 1 - (shade * x) / width;
      const grain = ((x * 7 + y * 13) % 11) - 5;
      const table = x < 50;
      const speck = Math.hypot(x - 250, y - 60) < 2;
      const value = table ? 40 : (written(x, y) || speck ? ink : paper) * light + grain;
      data.fill(value, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return {width, height, data};
}

/** How far the found ink and the written seven agree: what both have of what either has. */
function agreement(found: Picture): number {
  const scale = height / found.height;
  const left = (width - found.width * scale) / 2;
  let [both, either] = [0, 0];
  for (let place = 0; place < found.width * found.height; ++place) {
    const ink = found.data[place * 4]! < 128;
    const seven = written(left + (place % found.width) * scale, Math.floor(place / found.width) * scale);
    if (ink && seven) ++both;
    if (ink || seven) ++either;
  }
  return both / either;
}

for (const [name, ink, paper, shade] of [
  ['even light', 50, 200, 0],
  ['light that falls off by half', 60, 210, 0.5],
  ['pencil', 120, 190, 0.2],
] as const) {
  test(`a digit on paper is found: ${name}`, () => {
    const share = agreement(drawingOf(photograph(ink, paper, shade)));
    assert.ok(share > 0.75, `${share}`);
  });
}

test('chalk on a board is found too', () => {
  const share = agreement(drawingOf(photograph(190, 60, 0.3)));
  assert.ok(share > 0.75, `${share}`);
});

test('a drawing made with a program stays as it is', () => {
  const data = new Uint8ClampedArray(100 * 100 * 4).fill(255);
  const drawing: Picture = {width: 100, height: 100, data};
  assert.equal(drawingOf(drawing), drawing);
});
