/** Who comes first: places of methods by their scores. */
import type {MetricRow} from '../core/types.ts';
import {scoreKey} from './ranking.ts';
import type {Row} from './rows.ts';
import type {State} from './state.ts';

/** Places from 1 of the methods whose score is there, by the score's key; equal scores share the better place. */
export function placesOf({ranks}: Pick<State, 'ranks'>, rows: readonly Row[], metric: MetricRow): Map<string, number> {
  const sign = metric.better === 'higher' ? -1 : 1;
  const found = rows.flatMap((row) => {
    const key = scoreKey(row, metric.name);
    const value = ranks.get(key)?.result?.value;
    return typeof value === 'number' ? [{key, value: sign * value}] : [];
  });
  return new Map(found.map(({key, value}) => [key, 1 + found.filter((other) => other.value < value).length]));
}

/** The one at the first place where at least two are compared and one is alone there. */
export function bestOf(places: ReadonlyMap<string, number>, metric: string): string | undefined {
  const first = [...places].filter(([key, place]) => place === 1 && key.endsWith(` ${metric}`));
  return places.size > 1 && first.length === 1 ? first[0]![0] : undefined;
}

/** The mean of a method's places over the metrics that all methods have. */
export function meanRanks(
  rows: readonly Row[],
  places: ReadonlyMap<string, ReadonlyMap<string, number>>,
): Map<Row, number> {
  const complete = [...places].filter(([, found]) => found.size === rows.length && rows.length > 1);
  if (complete.length === 0) return new Map();
  const mean = (row: Row) => {
    const sum = complete.reduce((total, [metric, found]) => total + found.get(scoreKey(row, metric))!, 0);
    return sum / complete.length;
  };
  return new Map(rows.map((row) => [row, mean(row)]));
}

/** The best first, by the metric chosen or else by the mean rank; those without come last, in their order. */
export function sortedRows(
  {choice}: Pick<State, 'choice'>,
  rows: readonly Row[],
  places: ReadonlyMap<string, ReadonlyMap<string, number>>,
  ranks: ReadonlyMap<Row, number>,
): Row[] {
  const by = places.get(choice.sort);
  const place = (row: Row) => (by ? by.get(scoreKey(row, choice.sort)) : ranks.get(row)) ?? Infinity;
  return [...rows].sort((one, other) => {
    const [a, b] = [place(one), place(other)];
    return a === b ? 0 : a - b;
  });
}
