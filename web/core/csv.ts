/** A map as a table that spreadsheets and pandas read, holding the exact values. */
import type {NdArray} from './types.ts';

/** The shortest decimal that is read back as the same float32. */
export function shortestFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  for (let digits = 6; digits < 9; ++digits) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** A line for each place, with a value for each channel and their sum, which is what is seen. */
function pictureTable({shape, data}: NdArray, layout: 'nchw' | 'nhwc'): string[] {
  const [, one = 1, two = 1, three = 1] = shape;
  const last = layout === 'nhwc';
  const [channels, height, width] = last ? [three, one, two] : [one, two, three];
  const area = height * width;
  const names = Array.from({length: channels}, (_, channel) => `channel ${channel}`);
  const lines = [['row', 'column', ...names, ...(channels > 1 ? ['sum'] : [])].join(',')];
  for (let place = 0; place < area; ++place) {
    const values = names.map((_, channel) => data[last ? place * channels + channel : channel * area + place]!);
    const sum = Math.fround(values.reduce((total, value) => Math.fround(total + value), 0));
    const shown = [...values, ...(channels > 1 ? [sum] : [])].map(shortestFloat);
    lines.push([Math.floor(place / width), place % width, ...shown].join(','));
  }
  return lines;
}

/** A line for each value, with its indices. */
function plainTable({shape, data}: NdArray): string[] {
  const lines = [[...shape.map((_, axis) => `index ${axis}`), 'value'].join(',')];
  data.forEach((value, place) => {
    const indices = shape.map(() => 0);
    for (let axis = shape.length - 1, rest = place; axis >= 0; --axis) {
      indices[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    lines.push([...indices, shortestFloat(value)].join(','));
  });
  return lines;
}

/** An attribution of one row: of a picture by places, of anything else by indices. */
export function toCsv(attribution: NdArray, layout: 'nchw' | 'nhwc' = 'nchw'): string {
  const {shape} = attribution;
  const picture = shape.length === 4 && shape[0] === 1;
  return `${(picture ? pictureTable(attribution, layout) : plainTable(attribution)).join('\n')}\n`;
}
