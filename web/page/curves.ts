/** The curves that some scores come with. */
import type {ScoredCurve} from '../element/index.ts';
import {trust} from '../strings/english.ts';
import type {State} from './state.ts';

export function curvesOf({scores}: State): ScoredCurve[] {
  return scores.flatMap(({row, score}) =>
    (row.name === 'deletion' || row.name === 'insertion') && score?.curves[0]
      ? [{...score.curves[0], name: row.title, area: score.value, note: trust.better(row.better)}]
      : [],
  );
}
