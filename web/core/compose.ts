/** A map as a view draws it: smoothed, averaged, cut off, with its colour scale and the lines over it. */
import {contours} from 'd3-contour';
import {scaleOf, soften, type HeatMap, type Scale} from './heat.ts';
import type {Picture} from './image.ts';
import {averageOver, bordersOf, regionsOf} from './regions.ts';
import type {View} from './view.ts';

/** A line over the picture. */
export interface Line {
  kind: 'support' | 'against' | 'border';
  /** an SVG path in the picture's pixels */
  path: string;
}

export interface Composed {
  map: HeatMap;
  scale: Scale;
  /** weaker values are not coloured; 0 hides none */
  limit: number;
  lines: Line[];
  /** values at which lines are, from the lowest */
  levels: number[];
  /** of all support, what lies within the outline, 0 to 1; where there is an outline */
  held: number | undefined;
}

/** Shares of the scale's end at which lines of equal value are drawn. */
const steps = [0.25, 0.5, 0.75];
const calm = 3; // smoothing below which lines would follow single pixels

/** Where the values pass a level, as a path; not along the picture's own edge. */
function lineAt({width, height, values}: HeatMap, level: number): string {
  const {coordinates} = contours().size([width, height]).contour(Array.from(values), level);
  const onEdge = ([x = 0, y = 0]: number[]) => x <= 0 || x >= width || y <= 0 || y >= height;
  const text = (point: number[]) => point.map((value) => Math.round(value * 10) / 10).join(' ');
  const parts: string[] = [];
  for (const ring of coordinates.flat()) {
    let drawing = false;
    ring.forEach((point, at) => {
      const before = ring[at - 1];
      const joined = before && !(onEdge(before) && onEdge(point));
      if (joined) parts.push(drawing ? `L${text(point)}` : `M${text(before)}L${text(point)}`);
      drawing = joined === true;
    });
  }
  return parts.join('');
}

const negative = (map: HeatMap): HeatMap => ({...map, values: map.values.map((value) => -value)});

function equalLines(map: HeatMap, scale: Scale): Line[] {
  const support = steps.map((step): Line => ({kind: 'support', path: lineAt(map, step * scale.span)}));
  if (scale.kind === 'sequential') return support;
  const other = negative(map);
  return [...support, ...steps.map((step): Line => ({kind: 'against', path: lineAt(other, step * scale.span)}))];
}

function levelsOf({kind, span}: Scale): number[] {
  const support = steps.map((step) => step * span);
  return kind === 'sequential' ? support : [...support.map((level) => -level).reverse(), ...support];
}

/** The value above which this share of the picture lies; positive, since what does not support anything is never strong. */
function levelOf({values}: HeatMap, share: number): number {
  const sorted = values.slice().sort();
  const most = sorted.at(-1)!;
  return Math.max(sorted[Math.floor((1 - share) * (sorted.length - 1))]!, most * 1e-6);
}

function heldBy(map: HeatMap, level: number): number {
  let all = 0;
  let held = 0;
  for (const value of map.values) {
    if (value > 0) all += value;
    if (value >= level) held += value;
  }
  return all > 0 ? held / all : 0;
}

/** `raw` is at the picture's size; `common` is the scale of several maps that are to be compared. */
export function compose(raw: HeatMap, picture: Picture, view: View, common?: Scale): Composed {
  const {overlay, smoothing, threshold} = view;
  const regions = overlay === 'regions' ? regionsOf(picture) : undefined;
  const map = regions ? averageOver(raw, regions) : soften(raw, smoothing);
  const scale = common ?? scaleOf(map);
  const result: Composed = {map, scale, limit: threshold * scale.span, lines: [], levels: [], held: undefined};
  if (overlay === 'none') return result;
  if (regions) return {...result, lines: [{kind: 'border', path: bordersOf(regions, raw.width, raw.height)}]};
  const smooth = soften(raw, Math.max(smoothing, calm));
  if (overlay === 'lines') return {...result, lines: equalLines(smooth, scale), levels: levelsOf(scale)};
  const level = levelOf(smooth, Number(overlay.slice('top-'.length)) / 100);
  if (!(level > 0)) return {...result, held: 0};
  const lines: Line[] = [{kind: 'support', path: lineAt(smooth, level)}];
  return {...result, lines, levels: [level], held: heldBy(smooth, level)};
}
