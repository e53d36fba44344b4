/** Methods with their options as one line of text each, as links and tables name them. */
import type {Catalogue, MethodRow} from '../core/types.ts';
import {words} from '../element/index.ts';
import type {State} from './state.ts';

/** A method with the options that differ from the catalogue's defaults. */
export interface Row {
  method: string;
  settings: Record<string, string>;
}

/** "lrp;composite=epsilon": characters that separate are escaped within values. */
export function rowText({method, settings}: Row): string {
  const options = Object.keys(settings).sort();
  return [method, ...options.map((name) => `${name}=${encodeURIComponent(settings[name]!)}`)].join(';');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function rowFrom(text: string): Row {
  const [method = '', ...options] = text.split(';');
  const pairs = options.map((option) => {
    const [name = '', ...value] = option.split('=');
    return [name, decoded(value.join('='))] as const;
  });
  return {method, settings: Object.fromEntries(pairs)};
}

export function rowOf({methods}: Catalogue, name: string): MethodRow | undefined {
  return methods.find((row) => row.name === name);
}

/** Beside the method on the screen: of each family one that is soon computed. */
const usual = ['gradient-x-input', 'lrp', 'grad-cam', 'integrated-gradients'];
const atFirst = 4;

/** The methods that are compared: those chosen, or the one on the screen and a few others. Unknown ones are left out. */
export function comparedRows({choice, catalogue}: State): Row[] {
  if (!catalogue) return [];
  const present = {method: choice.method, settings: choice.settings};
  const others = usual.filter((method) => method !== choice.method).map((method) => ({method, settings: {}}));
  const wanted = choice.methods.length > 0 ? choice.methods.map(rowFrom) : [present, ...others].slice(0, atFirst);
  return wanted.filter(({method}) => rowOf(catalogue, method));
}

/** The targets that are compared: those chosen, or the one on the screen and the strongest beside it. */
export function comparedTargets({choice, outputs, explanation}: State): string[] {
  if (!outputs) return [];
  const possible = (target: string) =>
    target.includes('@') || target.split(':').every((unit) => Number(unit) < outputs.length);
  if (choice.classes.length > 0) return choice.classes.filter(possible);
  const order = Array.from(outputs, (_, unit) => unit).sort((a, b) => outputs[b]! - outputs[a]!);
  const present = explanation?.target ?? String(order[0]);
  const next = order.map(String).find((unit) => unit !== present);
  return next === undefined ? [present] : [present, next];
}

/** "composite epsilon, steps 20"; nothing where all is as usual. */
export function settingsText({settings}: Row): string {
  return Object.keys(settings)
    .sort()
    .map((name) => `${words(name)} ${words(settings[name]!)}`)
    .join(', ');
}
