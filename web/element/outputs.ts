/** From the network's outputs to classes with names and probabilities. */
import type {Card} from '../core/types.ts';
import {classes as words} from '../strings/english.ts';
import type {ClassEntry} from './classes.ts';

/** Probabilities of the units; undefined when there is only one output. */
export function probabilitiesOf(outputs: Float32Array): Float64Array | undefined {
  if (outputs.length < 2) return undefined;
  const sum = outputs.reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) < 1e-3 && outputs.every((value) => value >= 0)) return Float64Array.from(outputs);
  const largest = outputs.reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = Float64Array.from(outputs, (value) => Math.exp(value - largest));
  const total = powers.reduce((all, value) => all + value, 0);
  return powers.map((value) => value / total);
}

export function labelOf(card: Card, unit: number): string {
  return card.labels[unit] ?? words.unit(unit);
}

/** The strongest classes, and any of `also` that are not among them. */
export function strongest(outputs: Float32Array, card: Card, count: number, also: number[]): ClassEntry[] {
  const probabilities = probabilitiesOf(outputs);
  const order = Array.from(outputs, (_, unit) => unit).sort((a, b) => outputs[b]! - outputs[a]!);
  const shown = order.slice(0, count);
  for (const unit of also) if (unit < outputs.length && !shown.includes(unit)) shown.push(unit);
  return shown.map((unit) => ({
    unit,
    label: labelOf(card, unit),
    value: outputs[unit]!,
    probability: probabilities?.[unit],
  }));
}

/** "Egyptian cat", "Egyptian cat rather than tiger cat", or "channel 17 of LAYER" for "LAYER@17". */
export function targetTitle(card: Card, target: string): string {
  const hidden = target.lastIndexOf('@');
  if (hidden > 0) return words.channel(target.slice(hidden + 1), target.slice(0, hidden));
  const [unit = '', against] = target.split(':');
  const name = labelOf(card, Number(unit));
  return against === undefined ? name : words.rather(name, labelOf(card, Number(against)));
}
