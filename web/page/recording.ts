/** The explanation on the screen as a record. */
import {pack, recordFormat, recordVersion, type ExplanationRecord} from '../core/record.ts';
import {version} from '../core/version.ts';
import {targetTitle} from '../element/outputs.ts';
import {own, type State} from './state.ts';

function modelOf({card, scaling}: State): ExplanationRecord['model'] {
  const {name, title, sha256 = ''} = card!;
  return {name, title, sha256, ...(name === own ? {scaling} : {})};
}

function scoresOf({scores}: State): ExplanationRecord['scores'] {
  return scores.flatMap(({score}) => {
    if (!score) return [];
    const {metric, value, missing, settings, facts} = score;
    return [{metric, value, missing, settings, facts}];
  });
}

/** Everything that is needed to repeat it; undefined while there is no map. */
export async function recordOf(state: State): Promise<ExplanationRecord | undefined> {
  const {explanation, input, card, choice, source, outputs, catalogue, build} = state;
  if (!explanation || !input || !card) return undefined;
  const {method, target, layer, baseline, settings, facts, standardError} = explanation;
  const row = catalogue?.methods.find(({name}) => name === method);
  return {
    format: recordFormat,
    formatVersion: recordVersion,
    saved: new Date().toISOString(),
    engine: {version, build},
    model: modelOf(state),
    ...(row ? {method: {title: row.title, paper: row.paper}} : {}),
    request: {method, target, settings, seed: choice.seed},
    input: {name: choice.input, title: source?.title ?? '', credit: source?.credit ?? '', ...(await pack(input))},
    result: {
      target,
      label: targetTitle(card, target),
      layer,
      baseline,
      settings,
      facts,
      ...(await pack(explanation)),
      ...(standardError ? {standardError: await pack(standardError)} : {}),
    },
    ...(outputs ? {outputs: await pack({shape: [1, outputs.length], data: outputs})} : {}),
    scores: scoresOf(state) ?? [],
    view: {...choice.view},
  };
}
