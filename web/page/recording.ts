/** The explanation on the screen as a record. */
import {makeRecord, type ExplanationRecord} from '../core/record.ts';
import {version} from '../core/version.ts';
import {targetTitle} from '../element/outputs.ts';
import {own, type State} from './state.ts';

function modelOf({card, scaling}: State): ExplanationRecord['model'] {
  const {name, title, sha256 = ''} = card!;
  return {name, title, sha256, ...(name === own ? {scaling} : {})};
}

function scoresOf({scores}: State): NonNullable<ExplanationRecord['scores']> {
  return scores.flatMap(({score}) => {
    if (!score) return [];
    const {metric, value, missing, settings, facts} = score;
    return [{metric, value, missing, settings, facts}];
  });
}

/** Everything that is needed to repeat it; undefined while there is no map. */
export async function recordOf(state: State): Promise<ExplanationRecord | undefined> {
  const {explanation, input, card, choice, source, outputs, catalogue, build, wasm} = state;
  if (!explanation || !input || !card) return undefined;
  const row = catalogue?.methods.find(({name}) => name === explanation.method);
  return makeRecord({
    engine: {version, build, sha256: wasm},
    model: modelOf(state),
    ...(row ? {method: {title: row.title, paper: row.paper}} : {}),
    input,
    inputFrom: {name: choice.input, title: source?.title ?? '', credit: source?.credit ?? ''},
    seed: choice.seed,
    explanation,
    label: targetTitle(card, explanation.target),
    ...(outputs ? {outputs} : {}),
    scores: scoresOf(state),
    view: {...choice.view},
  });
}
