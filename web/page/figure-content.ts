/** What a saved figure consists of, whatever form it is saved in. */
import {compose, type Composed} from '../core/compose.ts';
import {enlarge, heatMap} from '../core/heat.ts';
import type {Picture} from '../core/image.ts';
import {findPalette, type Palette} from '../core/palette.ts';
import type {View} from '../element/index.ts';
import {formatNumber, formatShare, formatSigned} from '../element/index.ts';
import {notesOf} from '../element/overlaid.ts';
import {probabilitiesOf, targetTitle} from '../element/outputs.ts';
import {why as words} from '../strings/english.ts';
import type {State} from './state.ts';

/** Pixels of the square that the picture fills, and around it. */
export const side = 672;
export const margin = 24;

export const font = (size: number, weight = 400) => `${weight} ${size}px system-ui, sans-serif`;

export interface FigureContent {
  seen: Picture;
  composed: Composed;
  palette: Palette;
  view: View;
  /** numbers under the colours, from left to right */
  ticks: string[];
  /** the question with its answer's probability, and the method */
  title: string;
  /** what is drawn over the map; model, picture, settings */
  from: string;
}

/** The lines under the picture: what, how, from what. */
function captionOf(state: State): {title: string; from: string} {
  const {card, explanation, outputs, catalogue, source} = state;
  const [unit = '0'] = explanation!.target.split(':');
  const probability = outputs && probabilitiesOf(outputs)?.[Number(unit)];
  const share = probability === undefined ? '' : formatShare(probability);
  const method = catalogue?.methods.find(({name}) => name === explanation!.method)?.title ?? explanation!.method;
  const settings = Object.entries(explanation!.settings).map(([name, value]) => `${name} ${value}`);
  const baseline = explanation!.baseline ? [words.baseline(explanation!.baseline)] : [];
  const from = [card!.title, source?.title, source?.credit, ...new Set([...settings, ...baseline])];
  const title = words.captioned(targetTitle(card!, explanation!.target), share, method);
  return {title, from: from.filter(Boolean).join(' · ')};
}

/** What is on the screen; undefined while there is no map. */
export function contentOf(state: State): FigureContent | undefined {
  const {seen, explanation, card, choice} = state;
  if (!seen || !explanation || !card) return undefined;
  const {view} = choice;
  const raw = enlarge(heatMap(explanation, card.input.layout), seen.width, seen.height);
  const composed = compose(raw, seen, view);
  const {scale} = composed;
  const beyond = Math.max(scale.high, -scale.low) > scale.span * 1.01;
  const low = scale.kind === 'diverging' ? [`${beyond ? '≤ ' : ''}${formatNumber(-scale.span)}`, '0'] : ['0'];
  const ticks = [...low, `${beyond ? '≥ ' : ''}${formatSigned(scale.span)}`];
  const {title, from} = captionOf(state);
  const notes = [...notesOf(composed, view), from].join(' · ');
  return {seen, composed, palette: findPalette(view.palette, scale.kind), view, ticks, title, from: notes};
}

/** How lines over the picture are drawn, in pixels of the figure: first all of them light and wide, then dark. */
export const strokes = {
  under: {colour: '#fff', width: 3, alpha: 0.65, dashes: [] as number[]},
  support: {colour: '#000', width: 1.2, alpha: 1, dashes: [] as number[]},
  against: {colour: '#000', width: 1.2, alpha: 1, dashes: [5, 4]},
  border: {colour: '#000', width: 0.6, alpha: 1, dashes: [] as number[]},
};

/** A text in lines that fit the figure, as `measure` has it; at most so many. */
export function wrap(text: string, measure: (text: string) => number, most: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)!} ${word}`.trim();
    if (lines.at(-1) && measure(longer) > side) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.slice(0, most);
}
