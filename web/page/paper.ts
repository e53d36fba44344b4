/** Finds a digit written on paper in a photograph: uneven light, a table's edge and specks are taken away. */
import {invert} from '../core/digit.ts';
import {resize, type Picture} from '../core/image.ts';

const side = 200; // pixels of the square that is looked at, enough for a digit that becomes 20 high
const reach = 24; // pixels around each that tell how light the paper is there
const faintest = 28; // of 255: what is darker than its paper by less is the paper's own grain

/** The square in the middle of a picture as luminance, 0 to 255. */
function middle(picture: Picture): Float32Array {
  const factor = side / Math.min(picture.width, picture.height);
  const width = Math.max(side, Math.round(picture.width * factor));
  const height = Math.max(side, Math.round(picture.height * factor));
  const {data} = resize(picture, width, height);
  const [left, top] = [(width - side) >> 1, (height - side) >> 1];
  return Float32Array.from({length: side * side}, (_, place) => {
    const at = ((top + Math.floor(place / side)) * width + left + (place % side)) * 4;
    return 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  });
}

/** Means over squares of 2 reach + 1, cut off at the edges, from running sums. */
function around(values: Float32Array): Float32Array {
  const sums = new Float64Array((side + 1) * (side + 1));
  for (let y = 0; y < side; ++y) {
    for (let x = 0; x < side; ++x) {
      const at = (y + 1) * (side + 1) + x + 1;
      sums[at] = values[y * side + x]! + sums[at - 1]! + sums[at - side - 1]! - sums[at - side - 2]!;
    }
  }
  return values.map((_, place) => {
    const [x, y] = [place % side, Math.floor(place / side)];
    const [left, right] = [Math.max(0, x - reach), Math.min(side, x + reach + 1)];
    const [top, bottom] = [Math.max(0, y - reach), Math.min(side, y + reach + 1)];
    const row = side + 1;
    const sum =
      sums[bottom * row + right]! - sums[top * row + right]! - sums[bottom * row + left]! + sums[top * row + left]!;
    return sum / ((right - left) * (bottom - top));
  });
}

/** Places that hang together and are dark; those that touch the edge belong to something else than the digit. */
function strokes(dark: (place: number) => boolean): number[][] {
  const seen = new Uint8Array(side * side);
  const found: number[][] = [];
  for (let start = 0; start < side * side; ++start) {
    if (seen[start] || !dark(start)) continue;
    const places = [start];
    let within = true;
    seen[start] = 1;
    for (let next = 0; next < places.length; ++next) {
      const place = places[next]!;
      const [x, y] = [place % side, Math.floor(place / side)];
      if (x === 0 || y === 0 || x === side - 1 || y === side - 1) within = false;
      for (const [across, down] of [
        [-1, 0],
        [1, 0],
        [0, -1],
        [0, 1],
        [-1, -1],
        [1, 1],
        [-1, 1],
        [1, -1],
      ] as const) {
        if (x + across < 0 || x + across >= side || y + down < 0 || y + down >= side) continue;
        const other = place + down * side + across;
        if (seen[other] || !dark(other)) continue;
        seen[other] = 1;
        places.push(other);
      }
    }
    if (within) found.push(places);
  }
  return found;
}

/**
 * The ink on a photographed sheet as a clean drawing, black on white. Ink is what is darker than the paper around it (after Bradley and
 * Roth 2007, Adaptive thresholding using the integral image, with Otsu's idea of two levels replaced by half of the darkest stroke).
 */
export function inkOf(picture: Picture): Picture {
  const light = middle(picture);
  const paper = around(light);
  const depth = light.map((value, place) => Math.max(0, paper[place]! - value));
  const darkest = depth.reduce((most, value) => Math.max(most, value), 0);
  const least = Math.max(faintest, darkest * 0.4);
  const kept = new Uint8Array(side * side);
  const all = strokes((place) => depth[place]! >= least);
  const longest = all.reduce((most, places) => Math.max(most, places.length), 0);
  for (const places of all) {
    if (places.length >= Math.max(12, longest / 8)) for (const place of places) kept[place] = 1;
  }
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  kept.forEach((one, place) => {
    if (one) data.fill(0, place * 4, place * 4 + 3);
  });
  return {width: side, height: side, data};
}

function luminance(data: Uint8ClampedArray, at: number): number {
  return 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
}

/** Not a drawing made with a program, which is nearly black and white. */
function photographed({width, height, data}: Picture): boolean {
  if (Math.min(width, height) < 64) return false;
  let grey = 0;
  for (let at = 0; at < data.length; at += 4) {
    const light = luminance(data, at);
    if (light > 40 && light < 225) ++grey;
  }
  return grey > width * height * 0.3;
}

/** A photograph of a written digit as a drawing, dark on light; chalk on a board too. Anything else stays as it is. */
export function drawingOf(picture: Picture): Picture {
  if (!photographed(picture)) return picture;
  let sum = 0;
  for (let at = 0; at < picture.data.length; at += 4) sum += luminance(picture.data, at);
  const board = sum / (picture.width * picture.height) < 90;
  return inkOf(board ? invert(picture) : picture);
}
