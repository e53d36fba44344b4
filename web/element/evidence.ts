/** The lines of evidence beside the map, from what the core returned. */
import type {Card, Catalogue, Explanation, ModelDescription} from '../core/types.ts';
import {evidence as words} from '../strings/english.ts';
import type {FactLine} from './facts.ts';
import {formatFact, formatNumber, formatShare, formatSigned, formatTime} from './format.ts';
import {probabilitiesOf, targetTitle} from './outputs.ts';

/** A map with what is known around it. */
export interface Explained {
  card: Card | undefined;
  catalogue: Catalogue | undefined;
  description: ModelDescription | undefined;
  outputs: Float32Array | undefined;
  explanation: Explanation | undefined;
}

/** Facts that get a line of their own form, and are therefore not listed again. */
const told = new Set(['target-value', 'baseline-value', 'sum', 'completeness-error', 'completeness-error-share']);

function explained({explanation, card, description, outputs}: Explained): FactLine {
  const [unit = '0', against] = explanation!.target.split(':');
  const value = explanation!.facts.find(({name}) => name === 'target-value')?.value ?? outputs?.[Number(unit)];
  const probability = against === undefined && outputs ? probabilitiesOf(outputs)?.[Number(unit)] : undefined;
  const parts = [
    (explanation!.target.includes('@')
      ? targetTitle(card!, explanation!.target)
      : words.unit(unit, against, description?.output.explained ?? 'output')) +
      (value === undefined ? '' : ` = ${formatNumber(value)}`),
    probability === undefined ? '' : words.probability(formatShare(probability)),
  ];
  return {
    name: words.output,
    value: parts.filter(Boolean).join(', '),
    meaning: words.outputMeaning(targetTitle(card!, explanation!.target)),
  };
}

function completeness({explanation, catalogue}: Explained): FactLine[] {
  const find = (name: string) => explanation!.facts.find((fact) => fact.name === name);
  const error = find('completeness-error');
  const row = catalogue?.methods.find(({name}) => name === explanation!.method);
  if (!error) {
    if (!row || row.complete) return [];
    return [{name: words.completeness, value: words.notPromised, meaning: words.notPromisedMeaning}];
  }
  const share = find('completeness-error-share')?.value;
  const sum = find('sum')?.value;
  const relevance = row?.family === 'relevance';
  const title = relevance ? words.conservationError : words.completenessError;
  const of = relevance ? words.absorbed : words.ofSum;
  const value = `${formatNumber(error.value)}${share === undefined ? '' : ` (${formatShare(share)} ${of})`}`;
  const total = {
    name: words.sum,
    value: sum === undefined ? '' : formatSigned(sum),
    meaning: find('sum')?.meaning ?? '',
  };
  return [...(sum === undefined ? [] : [total]), {name: title, value, meaning: error.meaning}];
}

function baseline({explanation, card}: Explained): FactLine[] {
  if (!explanation!.baseline) return [];
  const defaults = card!.defaults;
  const meaning = explanation!.baseline === defaults?.baseline ? defaults.baselineMeaning : undefined;
  const value = explanation!.facts.find(({name}) => name === 'baseline-value')?.value;
  return [
    {
      name: words.baseline,
      value: [explanation!.baseline, value === undefined ? '' : words.outputThere(formatNumber(value))]
        .filter(Boolean)
        .join(', '),
      meaning: words.baselineMeaning(meaning),
    },
  ];
}

/** Of a map that was kept the time is not known. */
function time({milliseconds, workers}: Explanation): FactLine[] {
  if (milliseconds === 0) return [];
  return [
    {
      name: words.time,
      value: words.took(formatTime(milliseconds), workers),
      meaning: words.timeMeaning,
    },
  ];
}

/** Everything that is known of the map on the screen. */
export function evidenceOf(state: Explained): FactLine[] {
  const {explanation} = state;
  if (!explanation || !state.card) return [];
  const layer = explanation.layer ? [{name: words.layer, value: explanation.layer, meaning: words.layerMeaning}] : [];
  const rest = explanation.facts.filter(({name}) => !told.has(name));
  return [
    explained(state),
    ...baseline(state),
    ...completeness(state),
    ...layer,
    ...rest.map((fact) => ({...formatFact(fact), meaning: fact.meaning})),
    ...time(explanation),
  ];
}
