/** The map as a PNG with what it means written under it. */
import {enlarge, heatMap, paint, scaleOf, soften} from '../core/heat.ts';
import {colourTable, findPalette} from '../core/palette.ts';
import {formatNumber, formatShare, formatSigned} from '../element/index.ts';
import {probabilitiesOf, targetTitle} from '../element/outputs.ts';
import type {State} from './state.ts';

const side = 672;
const margin = 24;
const font = (size: number, weight = 400) => `${weight} ${size}px system-ui, sans-serif`;

type Context = OffscreenCanvasRenderingContext2D;

function drawPixels(context: Context, pixels: ImageData, width: number, height: number, smoothing: boolean): void {
  const small = new OffscreenCanvas(pixels.width, pixels.height);
  small.getContext('2d')!.putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = smoothing;
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, width, height);
}

function drawLegend(context: Context, table: Uint8Array, ticks: string[], top: number): void {
  const pixels = new ImageData(256, 1);
  for (let entry = 0; entry < 256; ++entry)
    pixels.data.set([...table.subarray(entry * 3, entry * 3 + 3), 255], entry * 4);
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

/** The lines under the picture: what, how, from what. */
function captionOf(state: State): [string, string] {
  const {card, explanation, outputs, catalogue, source} = state;
  const [unit = '0'] = explanation!.target.split(':');
  const probability = outputs && probabilitiesOf(outputs)?.[Number(unit)];
  const share = probability === undefined ? '' : `, probability ${formatShare(probability)}`;
  const method = catalogue?.methods.find(({name}) => name === explanation!.method)?.title ?? explanation!.method;
  const settings = Object.entries(explanation!.settings).map(([name, value]) => `${name} ${value}`);
  const baseline = explanation!.baseline ? [`baseline: ${explanation!.baseline}`] : [];
  const from = [card!.title, source?.title, source?.credit, ...new Set([...settings, ...baseline])];
  return [`Why “${targetTitle(card!, explanation!.target)}”${share}: ${method}`, from.filter(Boolean).join(' · ')];
}

function wrap(context: Context, text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)!} ${word}`.trim();
    if (lines.at(-1) && context.measureText(longer).width > side) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** What is on the screen, as a figure that can stand alone; undefined while there is no map. */
export async function figureOf(state: State): Promise<Blob | undefined> {
  const {seen, explanation, card, choice} = state;
  if (!seen || !explanation || !card) return undefined;
  const raw = enlarge(heatMap(explanation, card.input.layout), seen.width, seen.height);
  const map = soften(raw, choice.view.smoothing);
  const scale = scaleOf(map);
  const palette = findPalette(choice.view.palette, scale.kind);
  const painted = paint(seen, map, scale, palette, choice.view.opacity);
  const canvas = new OffscreenCanvas(side + 2 * margin, side + 2 * margin + 150);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.save();
  context.translate(margin, margin);
  drawPixels(context, new ImageData(painted.data, painted.width), side, side, seen.width > 64);
  context.restore();
  context.fillStyle = '#17191c';
  const beyond = Math.max(scale.high, -scale.low) > scale.span * 1.01;
  const low = scale.kind === 'diverging' ? [`${beyond ? '≤ ' : ''}${formatNumber(-scale.span)}`, '0'] : ['0'];
  const high = `${beyond ? '≥ ' : ''}${formatSigned(scale.span)}`;
  drawLegend(context, colourTable(palette), [...low, high], side + margin + 16);
  const [title, from] = captionOf(state);
  context.font = font(18, 600);
  let top = side + margin + 84;
  for (const line of wrap(context, title).slice(0, 2)) top = (context.fillText(line, margin, top), top + 24);
  context.font = font(13);
  context.fillStyle = '#5a6068';
  for (const line of wrap(context, from).slice(0, 3)) top = (context.fillText(line, margin, top), top + 18);
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
