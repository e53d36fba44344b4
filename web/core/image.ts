/** From picture files to the numbers a network takes, and back. Everything but `decodeImage` also runs in Node. */
import type {Card, NdArray} from './types.ts';

/** RGBA bytes, rows from the top; has the form of ImageData. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** One row for the network, and the part of the picture that it sees, at the network's resolution. */
export interface Prepared {
  input: NdArray;
  picture: Picture;
}

const longestSide = 2048;

/** Decodes any picture the browser can read; rejects with an Error of one sentence. Large ones are reduced. */
export async function decodeImage(blob: Blob): Promise<Picture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch {
    throw new Error(`picture: cannot be read, ${blob.type || 'unknown type'}, ${blob.size} bytes`);
  }
  const factor = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * factor));
  const height = Math.max(1, Math.round(bitmap.height * factor));
  const context = new OffscreenCanvas(width, height).getContext('2d', {willReadFrequently: true})!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const {data} = context.getImageData(0, 0, width, height);
  return {width, height, data: new Uint8ClampedArray(data)};
}

/** Weights of a triangle filter (bilinear, widened when reducing, as Pillow and torchvision with antialias do). */
function resizeWeights(from: number, to: number): {start: number; weights: number[]}[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({length: to}, (_, place) => {
    const centre = (place + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    const raw = Array.from({length: end - start}, (__, tap) =>
      Math.max(0, 1 - Math.abs(start + tap + 0.5 - centre) / reach),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return {start, weights: raw.map((weight) => weight / sum)};
  });
}

/** The picture at another size, antialiased, composed on white where it was transparent. */
export function resize(picture: Picture, width: number, height: number): Picture {
  const columns = resizeWeights(picture.width, width);
  const rows = resizeWeights(picture.height, height);
  const wide = new Float32Array(width * picture.height * 3);
  const pixels = picture.data;
  for (let y = 0; y < picture.height; ++y) {
    for (let x = 0; x < width; ++x) {
      const {start, weights} = columns[x]!;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = 0; tap < weights.length; ++tap) {
        const at = (y * picture.width + start + tap) * 4;
        const weight = weights[tap]!;
        const alpha = pixels[at + 3]! / 255;
        const white = 255 * (1 - alpha);
        red += weight * (pixels[at]! * alpha + white);
        green += weight * (pixels[at + 1]! * alpha + white);
        blue += weight * (pixels[at + 2]! * alpha + white);
      }
      const to = (y * width + x) * 3;
      wide[to] = red;
      wide[to + 1] = green;
      wide[to + 2] = blue;
    }
  }
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; ++y) {
    const {start, weights} = rows[y]!;
    for (let x = 0; x < width; ++x) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = 0; tap < weights.length; ++tap) {
        const at = ((start + tap) * width + x) * 3;
        const weight = weights[tap]!;
        red += weight * wide[at]!;
        green += weight * wide[at + 1]!;
        blue += weight * wide[at + 2]!;
      }
      const to = (y * width + x) * 4;
      data[to] = red;
      data[to + 1] = green;
      data[to + 2] = blue;
    }
  }
  return {width, height, data};
}

function crop(picture: Picture, width: number, height: number): Picture {
  const left = Math.round((picture.width - width) / 2);
  const top = Math.round((picture.height - height) / 2);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; ++y) {
    const start = ((top + y) * picture.width + left) * 4;
    data.set(picture.data.subarray(start, start + width * 4), y * width * 4);
  }
  return {width, height, data};
}

/** Where a model's rows, columns and channels are. */
export function geometry(card: Card): {channels: number; height: number; width: number; last: boolean} {
  const last = card.input.layout === 'nhwc';
  const [, first = 1, second = 1, third = 1] = card.input.shape;
  return last
    ? {channels: third, height: first, width: second, last}
    : {channels: first, height: second, width: third, last};
}

/** The network's row for a picture that already has its size: (value - mean) / scale for each channel. */
export function toInput(picture: Picture, card: Card): NdArray {
  const {channels, height, width, last} = geometry(card);
  const unit = card.input.kind === 'digit' ? 255 : 1;
  const area = width * height;
  const data = new Float32Array(channels * area);
  const pixels = picture.data;
  for (let channel = 0; channel < channels; ++channel) {
    const mean = card.input.mean[channel] ?? 0;
    const scale = card.input.scale[channel] ?? 1;
    for (let pixel = 0; pixel < area; ++pixel) {
      const at = pixel * 4;
      const luminance = 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
      const value = (channels === 1 ? luminance : pixels[at + channel]!) / unit;
      data[last ? pixel * channels + channel : channel * area + pixel] = (value - mean) / scale;
    }
  }
  return {shape: last ? [1, height, width, channels] : [1, channels, height, width], data};
}

/** Resizes the short side, crops the centre and scales as the card says. */
export function prepare(picture: Picture, card: Card): Prepared {
  const {height, width} = geometry(card);
  const enlarge = (card.input.resize ?? Math.min(width, height)) / Math.min(width, height);
  const factor = Math.max((width * enlarge) / picture.width, (height * enlarge) / picture.height);
  const same = picture.width === width && picture.height === height;
  const resized = same
    ? picture
    : resize(
        picture,
        Math.max(width, Math.round(picture.width * factor)),
        Math.max(height, Math.round(picture.height * factor)),
      );
  const seen = crop(resized, width, height);
  return {input: toInput(seen, card), picture: seen};
}

/** The picture that a network's row stands for: the inverse of `toInput`, clipped to what can be shown. */
export function toPicture(input: NdArray, card: Card): Picture {
  const {channels, height, width, last} = geometry(card);
  const unit = card.input.kind === 'digit' ? 255 : 1;
  const area = width * height;
  const data = new Uint8ClampedArray(area * 4).fill(255);
  for (let pixel = 0; pixel < area; ++pixel) {
    for (let colour = 0; colour < 3; ++colour) {
      const channel = channels === 1 ? 0 : colour;
      const value = input.data[last ? pixel * channels + channel : channel * area + pixel]!;
      data[pixel * 4 + colour] = (value * (card.input.scale[channel] ?? 1) + (card.input.mean[channel] ?? 0)) * unit;
    }
  }
  return {width, height, data};
}
