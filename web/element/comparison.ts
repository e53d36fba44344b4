/** What a figure asks for, and how several maps share one scale of colours. */
import {heatMap, scaleOf, type Scale} from '../core/heat.ts';
import type {Catalogue, Explanation, NdArray} from '../core/types.ts';
import {figure as words} from '../strings/english.ts';

/** One map. */
export interface Asked {
  method: string;
  target: string;
  settings: Record<string, string>;
}

const listed = (compare: string): string[] =>
  compare
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);

const isTarget = (text: string): boolean => /^(top|\d+(:\d+)?)$/.test(text);

/**
 * The maps that `compare` lists: each entry is a method, or a target ("281", "281:285", "top"), the other being the usual one.
 * Settings go to the methods that know them. Throws for names that are not in the catalogue.
 */
export function entriesOf(
  compare: string,
  method: string,
  target: string,
  settings: Record<string, string>,
  catalogue: Catalogue,
): Asked[] {
  const entries = listed(compare);
  const wanted = entries.length > 0 ? entries : [method];
  return wanted.map((entry) => {
    const asked = isTarget(entry) ? {method, target: entry} : {method: entry, target};
    const row = catalogue.methods.find(({name}) => name === asked.method);
    const names = catalogue.methods.map(({name}) => name).join(', ');
    if (!row) throw new Error(`There is no method "${asked.method}": known are ${names}`);
    if (wanted.length === 1) return {...asked, settings};
    const known = Object.entries(settings).filter(([name]) => row.options.some((option) => option.name === name));
    return {...asked, settings: Object.fromEntries(known)};
  });
}

/** Whether a target is still to be chosen, since not all that is compared are targets. */
export function leavesTarget(compare: string): boolean {
  const entries = listed(compare);
  return entries.length === 0 || !entries.every(isTarget);
}

/**
 * The maps in the numbers that are shown, and their common scale. Maps of one method share their numbers; those of several
 * methods, whose numbers mean different things, are each divided by the end of their own scale.
 */
export function colouring(
  explanations: readonly Explanation[],
  layout: 'nchw' | 'nhwc',
): {maps: NdArray[]; scale: Scale; note: string} {
  const scales = explanations.map((explanation) => scaleOf(heatMap(explanation, layout)));
  const alike = explanations.every(({method}) => method === explanations[0]!.method);
  const unit = (index: number): number => (alike ? 1 : scales[index]!.span);
  const maps = explanations.map(({shape, data}, index) => {
    return alike ? {shape, data} : {shape, data: data.map((value) => value / unit(index))};
  });
  const over = (value: (scale: Scale, index: number) => number) => scales.map(value);
  const scale: Scale = {
    kind: scales.some(({kind}) => kind === 'diverging') ? 'diverging' : 'sequential',
    span: Math.max(...over(({span}, index) => span / unit(index))),
    low: Math.min(...over(({low}, index) => low / unit(index))),
    high: Math.max(...over(({high}, index) => high / unit(index))),
  };
  return {
    maps,
    scale,
    note: alike ? '' : words.divided,
  };
}
