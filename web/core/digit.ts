/** From a drawing to what a network trained on MNIST expects. */
import {resize, type Picture} from './image.ts';
import type {Card} from './types.ts';

/** The smallest box around everything that is not paper; undefined for an empty sheet. */
function inkBox({
  width,
  height,
  data,
}: Picture): {left: number; top: number; right: number; bottom: number} | undefined {
  const box = {left: width, top: height, right: -1, bottom: -1};
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      if (data[(y * width + x) * 4]! > 127) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
    }
  }
  return box.right < 0 ? undefined : box;
}

/** Copies a box of a picture, whatever lies outside it being paper. */
function cut(picture: Picture, left: number, top: number, width: number, height: number): Picture {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; ++y) {
    const from = ((top + y) * picture.width + left) * 4;
    data.set(picture.data.subarray(from, from + width * 4), y * width * 4);
  }
  return {width, height, data};
}

/**
 * A drawing, dark on light, as LeCun et al. (1998) made MNIST: the ink fitted into 20 x 20 with its proportions kept,
 * its centre of mass in the middle of 28 x 28, light on dark.
 */
export function centreDigit(drawing: Picture): Picture {
  const side = 28;
  const data = new Uint8ClampedArray(side * side * 4);
  for (let at = 3; at < data.length; at += 4) data[at] = 255;
  const digit: Picture = {width: side, height: side, data};
  const box = inkBox(drawing);
  if (!box) return digit;
  const [width, height] = [box.right - box.left + 1, box.bottom - box.top + 1];
  const factor = 20 / Math.max(width, height);
  const small = resize(
    cut(drawing, box.left, box.top, width, height),
    Math.max(1, Math.round(width * factor)),
    Math.max(1, Math.round(height * factor)),
  );
  let [sum, across, down] = [0, 0, 0];
  for (let place = 0; place < small.width * small.height; ++place) {
    const ink = 255 - small.data[place * 4]!;
    sum += ink;
    across += ink * (place % small.width);
    down += ink * Math.floor(place / small.width);
  }
  const left = Math.round(13.5 - across / sum);
  const top = Math.round(13.5 - down / sum);
  for (let place = 0; place < small.width * small.height; ++place) {
    const x = left + (place % small.width);
    const y = top + Math.floor(place / small.width);
    if (x < 0 || y < 0 || x >= side || y >= side) continue;
    data.fill(255 - small.data[place * 4]!, (y * side + x) * 4, (y * side + x) * 4 + 3);
  }
  return digit;
}

/** The picture with light and dark exchanged. */
export function invert({width, height, data}: Picture): Picture {
  return {width, height, data: data.map((value, at) => (at % 4 === 3 ? value : 255 - value))};
}

function meanLuminance({data}: Picture): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += data[at]! + data[at + 1]! + data[at + 2]!;
  return sum / (data.length / 4) / 3;
}

/** A person's own picture; for a network of digits, dark ink on light paper becomes light on dark. */
export function readable(picture: Picture, card: Card): Picture {
  return card.input.kind === 'digit' && meanLuminance(picture) > 127 ? centreDigit(picture) : picture;
}
