/** The map as a PNG with what it means written under it. */
import {legendPixels, paint} from '../core/heat.ts';
import {contentOf, font, margin, side, strokes, wrap, type FigureContent} from './figure-content.ts';
import type {State} from './state.ts';

type Context = OffscreenCanvasRenderingContext2D;

function drawPixels(context: Context, pixels: ImageData, width: number, height: number, smoothing: boolean): void {
  const small = new OffscreenCanvas(pixels.width, pixels.height);
  small.getContext('2d')!.putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = smoothing;
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, width, height);
}

function drawLegend(context: Context, {composed, palette, ticks}: FigureContent, top: number): void {
  const pixels = new ImageData(256, 1);
  pixels.data.set(legendPixels(palette, composed.scale, composed.limit, composed.levels));
  context.save();
  context.translate(margin, top);
  drawPixels(context, pixels, side, 12, false);
  context.restore();
  context.font = font(14);
  ticks.forEach((tick, place) => {
    const share = ticks.length > 1 ? place / (ticks.length - 1) : 0;
    context.textAlign = share === 0 ? 'left' : share === 1 ? 'right' : 'center';
    context.fillText(tick, margin + share * side, top + 30);
  });
  context.textAlign = 'left';
}

function drawLines(context: Context, {composed, seen}: FigureContent): void {
  const grown = new DOMMatrix().scale(side / seen.width, side / seen.height);
  for (const {kind, path} of composed.lines) {
    const line = new Path2D();
    line.addPath(new Path2D(path), grown);
    for (const {colour, width, alpha, dashes} of [strokes.under, strokes[kind]]) {
      Object.assign(context, {strokeStyle: colour, lineWidth: width, globalAlpha: alpha});
      context.setLineDash(dashes);
      context.stroke(line);
    }
  }
}

/** What is on the screen, as a figure that can stand alone; undefined while there is no map. */
export async function figureOf(state: State): Promise<Blob | undefined> {
  const content = contentOf(state);
  if (!content) return undefined;
  const {seen, composed, palette, view, title, from} = content;
  const {map, scale, limit} = composed;
  const painted = paint(seen, map, scale, palette, view.opacity, limit);
  const canvas = new OffscreenCanvas(side + 2 * margin, side + 2 * margin + 150);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.save();
  context.translate(margin, margin);
  drawPixels(context, new ImageData(painted.data, painted.width), side, side, seen.width > 64);
  drawLines(context, content);
  context.restore();
  context.fillStyle = '#17191c';
  drawLegend(context, content, side + margin + 16);
  const measure = (text: string) => context.measureText(text).width;
  context.font = font(18, 600);
  let top = side + margin + 84;
  for (const line of wrap(title, measure, 2)) top = (context.fillText(line, margin, top), top + 24);
  context.font = font(13);
  context.fillStyle = '#5a6068';
  for (const line of wrap(from, measure, 4)) top = (context.fillText(line, margin, top), top + 18);
  return canvas.convertToBlob({type: 'image/png'});
}

/** Hands a file to the browser's downloads. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
