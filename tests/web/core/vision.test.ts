// Palettes as people with other colour vision see them.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {colourTable, palettes} from '../../../web/core/palette.ts';

/** What becomes of linear red, green and blue: Machado, Oliveira and Fernandes 2009, table of severity 1. */
const visions: Record<string, number[][]> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const times = (matrix: number[][], vector: number[]): number[] =>
  matrix.map((row) => row.reduce((sum, factor, place) => sum + factor * vector[place]!, 0));

/** CIELAB (D65) of a colour of bytes as that vision has it. */
function seen(bytes: ArrayLike<number>, vision: number[][]): [number, number, number] {
  const linear = Array.from(bytes, (byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const changed = times(vision, linear).map((value) => Math.min(1, Math.max(0, value)));
  const toXyz = [
    [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
    [0.2126729, 0.7151522, 0.072175],
    [0.0193339 / 1.08883, 0.119192 / 1.08883, 0.9503041 / 1.08883],
  ];
  const [x, y, z] = times(toXyz, changed).map((value) =>
    value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116,
  );
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
}

const apart = (a: number[], b: number[]) => Math.hypot(...a.map((value, place) => value - b[place]!));

for (const [name, vision] of Object.entries(visions)) {
  const at = (table: Uint8Array, share: number) => {
    const entry = Math.round(share * 255) * 3;
    return seen(table.subarray(entry, entry + 3), vision);
  };

  test(`diverging palettes tell support from what speaks against (${name})`, () => {
    for (const palette of palettes.filter(({kind}) => kind === 'diverging')) {
      const table = colourTable(palette);
      for (const strength of [0.25, 0.5, 0.75, 1]) {
        const distance = apart(at(table, 0.5 + strength / 2), at(table, 0.5 - strength / 2));
        assert.ok(distance > 20, `${palette.name}: ${distance} at ${strength}`); // 2.3 is just noticeable
      }
      for (const side of [1, -1]) {
        const steps = [0, 0.25, 0.5, 0.75, 1].map((strength) => at(table, 0.5 + (side * strength) / 2)[0]);
        for (let step = 1; step < steps.length; ++step) assert.ok(steps[step]! < steps[step - 1]!, palette.name);
      }
    }
  });

  test(`sequential palettes go one way in lightness, in steps that are seen (${name})`, () => {
    for (const palette of palettes.filter(({kind}) => kind === 'sequential')) {
      const table = colourTable(palette);
      const steps = Array.from({length: 11}, (_, step) => at(table, step / 10));
      const way = Math.sign(steps[10]![0] - steps[0]![0]);
      for (let step = 1; step < steps.length; ++step) {
        assert.ok(way * (steps[step]![0] - steps[step - 1]![0]) > 0, `${palette.name}: lightness at ${step}`);
        assert.ok(apart(steps[step]!, steps[step - 1]!) > 4, `${palette.name}: step ${step}`);
      }
    }
  });
}

test('red and green alone would not be told apart', () => {
  const [red, green] = [
    [200, 30, 30],
    [90, 100, 20],
  ].map((colour) => seen(colour, visions.deuteranopia!));
  assert.ok(apart(red!, green!) < 20);
});
