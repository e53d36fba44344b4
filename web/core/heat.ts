/** From an attribution to something that can be looked at: summed over channels, scaled, coloured. */
import type {Picture} from './image.ts';
import {colourTable, type Palette} from './palette.ts';
import type {NdArray} from './types.ts';

/** One value for each place of the picture (or of a layer's grid). */
export interface HeatMap {
  width: number;
  height: number;
  values: Float32Array;
}

/** Sums an attribution of one row over its channels. */
export function heatMap(attribution: NdArray, layout: 'nchw' | 'nhwc' = 'nchw'): HeatMap {
  const shape = attribution.shape.slice(-3);
  while (shape.length < 3) shape.unshift(1);
  const last = layout === 'nhwc' && attribution.shape.length === 4;
  const [channels, height, width] = (last ? [shape[2], shape[0], shape[1]] : shape) as [number, number, number];
  const area = width * height;
  const values = new Float32Array(area);
  for (let channel = 0; channel < channels; ++channel) {
    for (let place = 0; place < area; ++place)
      values[place]! += attribution.data[last ? place * channels + channel : channel * area + place]!;
  }
  return {width, height, values};
}

/** The map at another size, linear between the centres of its cells. */
export function enlarge(map: HeatMap, width: number, height: number): HeatMap {
  if (map.width === width && map.height === height) return map;
  const place = (at: number, from: number, to: number): [number, number, number] => {
    const exact = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / to - 0.5));
    const low = Math.floor(exact);
    return [low, Math.min(from - 1, low + 1), exact - low];
  };
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; ++y) {
    const [top, bottom, down] = place(y, map.height, height);
    for (let x = 0; x < width; ++x) {
      const [left, right, across] = place(x, map.width, width);
      const upper = map.values[top * map.width + left]! * (1 - across) + map.values[top * map.width + right]! * across;
      const lower =
        map.values[bottom * map.width + left]! * (1 - across) + map.values[bottom * map.width + right]! * across;
      values[y * width + x] = upper * (1 - down) + lower * down;
    }
  }
  return {width, height, values};
}

/** The map averaged with a Gaussian of this many pixels; at the border over what there is of it. */
export function smooth(map: HeatMap, sigma: number): HeatMap {
  if (sigma <= 0) return map;
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({length: 2 * reach + 1}, (_, tap) => Math.exp(-((tap - reach) ** 2) / (2 * sigma ** 2)));
  const pass = (values: Float32Array, step: number, length: number, stride: number, lines: number): Float32Array => {
    const result = new Float32Array(values.length);
    for (let line = 0; line < lines; ++line) {
      for (let at = 0; at < length; ++at) {
        let sum = 0;
        let total = 0;
        for (let tap = Math.max(0, reach - at); tap <= 2 * reach && at + tap - reach < length; ++tap) {
          sum += weights[tap]! * values[line * stride + (at + tap - reach) * step]!;
          total += weights[tap]!;
        }
        result[line * stride + at * step] = sum / total;
      }
    }
    return result;
  };
  const across = pass(map.values, 1, map.width, map.width, map.height);
  return {...map, values: pass(across, map.width, map.height, 1, map.width)};
}

/** The map smoothed for looking at; `strength` is in pixels of a picture 224 wide, so that small ones are not blurred away. */
export function soften(map: HeatMap, strength: number): HeatMap {
  const sigma = (strength * map.width) / 224;
  return sigma < 0.25 ? map : smooth(map, sigma);
}

/** What the ends of the colour scale stand for: `span` is the 99.5th percentile of magnitudes, never 0. */
export interface Scale {
  kind: 'diverging' | 'sequential';
  span: number;
  low: number;
  high: number;
}

/** The colour scale for a map: diverging and centred on zero as soon as a value is below it. */
export function scaleOf(map: HeatMap): Scale {
  let low = 0;
  let high = 0;
  for (const value of map.values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const sizes = Float32Array.from(map.values, Math.abs).sort();
  const span = sizes[Math.floor(0.995 * (sizes.length - 1))] || Math.max(-low, high) || 1;
  return {kind: low < -1e-6 * high ? 'diverging' : 'sequential', span, low, high};
}

/** Where a value lies on the scale, as an entry of a colour table. */
export function entryOf(value: number, scale: Scale): number {
  const share = scale.kind === 'diverging' ? 0.5 + value / scale.span / 2 : value / scale.span;
  return Math.round(255 * Math.min(1, Math.max(0, share)));
}

/**
 * How much of what lies under it a value's colour covers, 0 to 1: strong values cover more than weak ones, so that the picture is seen
 * where the map says little; those weaker than `limit` cover nothing.
 */
export function coverOf(value: number, scale: Scale, opacity: number, limit = 0): number {
  if (Math.abs(value) < limit) return 0;
  const weak = opacity ** 2;
  return weak + (Math.sqrt(opacity) - weak) * Math.min(1, Math.abs(value) / scale.span);
}

/** The picture as it lies under a map: the more opaque the map, the greyer. */
export function greyed({width, height, data}: Picture, opacity: number): Picture {
  const grey = Math.min(1, opacity * 2);
  const result = data.slice();
  for (let at = 0; at < data.length; at += 4) {
    const luminance = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
    for (let place = at; place < at + 3; ++place) result[place] = luminance * grey + data[place]! * (1 - grey);
    result[at + 3] = 255;
  }
  return {width, height, data: result};
}

/** The 256 colours of a legend, as pixels: grey where values are hidden, black where a line is drawn. */
export function legendPixels(
  palette: Palette,
  scale: Scale,
  limit: number,
  levels: readonly number[],
): Uint8ClampedArray {
  const table = colourTable(palette);
  const low = scale.kind === 'diverging' ? -scale.span : 0;
  const pixels = new Uint8ClampedArray(256 * 4);
  for (let entry = 0; entry < 256; ++entry) {
    const value = low + (entry / 255) * (scale.span - low);
    const hidden = Math.abs(value) < limit;
    pixels.set(hidden ? [217, 217, 217, 255] : [...table.subarray(entry * 3, entry * 3 + 3), 255], entry * 4);
  }
  for (const level of levels) pixels.set([0, 0, 0, 255], entryOf(level, scale) * 4);
  return pixels;
}

/** The map in its colours over the picture in grey; opacity from 0 (the picture as it is) to 1 (the map alone). */
export function paint(
  picture: Picture,
  map: HeatMap,
  scale: Scale,
  palette: Palette,
  opacity: number,
  limit = 0,
): Picture {
  const table = colourTable(palette);
  const result = greyed(picture, opacity);
  const {data} = result;
  map.values.forEach((value, place) => {
    const entry = entryOf(value, scale) * 3;
    const cover = coverOf(value, scale, opacity, limit);
    for (let channel = 0; channel < 3; ++channel) {
      const at = place * 4 + channel;
      data[at] = table[entry + channel]! * cover + data[at]! * (1 - cover);
    }
  });
  return result;
}

const places = ['upper left', 'top', 'upper right', 'left', 'centre', 'right', 'lower left', 'bottom', 'lower right'];

/** One sentence for who cannot see the map: where most of the support lies, how concentrated it is, and how much speaks against. */
export function describeMap(map: HeatMap): string {
  const ninths = new Float64Array(9);
  let support = 0;
  let against = 0;
  for (let y = 0; y < map.height; ++y) {
    for (let x = 0; x < map.width; ++x) {
      const value = map.values[y * map.width + x]!;
      if (value < 0) against -= value;
      else support += value;
      if (value > 0) ninths[Math.floor((3 * y) / map.height) * 3 + Math.floor((3 * x) / map.width)]! += value;
    }
  }
  if (support + against === 0) return 'The map is zero everywhere.';
  if (support === 0) return 'Nothing in the picture speaks for this answer.';
  const best = ninths.indexOf(Math.max(...ninths));
  const share = Math.round((100 * ninths[best]!) / support);
  const supporting = map.values.filter((value) => value > 0).sort();
  let [half, first] = [support / 2, supporting.length];
  while (half > 0 && first > 0) half -= supporting[--first]!;
  const area = Math.ceil((100 * (supporting.length - first)) / map.values.length);
  const opposed = Math.round((100 * against) / (support + against));
  const rest = opposed > 0 ? `, and ${opposed} % of the map speaks against it` : '';
  return `Most support lies at the ${places[best]} (${share} % of it in that ninth of the picture), half of it on ${area} % of the area${rest}.`;
}
