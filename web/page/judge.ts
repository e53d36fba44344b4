/** Scores of maps, each computed once. */
import {geometry} from '../core/image.ts';
import {forScoring} from '../core/scored.ts';
import type {CallOptions, Card, EvaluateRequest, Explanation, MetricRow, Model, NdArray, Score} from '../core/types.ts';
import type {Mark} from '../element/index.ts';

/** The mask that metrics take, from what a person marked: of the input's positions [height, width], 1 inside. */
export function maskOf(mark: Mark, card: Card): NdArray {
  const {height, width} = geometry(card);
  const data = new Float32Array(height * width);
  const left = Math.round(mark.left * width);
  const right = Math.round((mark.left + mark.width) * width);
  const bottom = Math.round((mark.top + mark.height) * height);
  for (let row = Math.round(mark.top * height); row < bottom; ++row)
    data.fill(1, row * width + left, row * width + right);
  return {shape: [height, width], data};
}

/** A map, of what it was made, and where the object is. */
export interface Case {
  model: Model;
  card: Card;
  input: NdArray;
  explanation: Explanation;
  mark: Mark | undefined;
}

export function evaluateRequest({explanation, card, mark}: Case, row: MetricRow): EvaluateRequest {
  const {method, target, settings} = explanation;
  const again = row.needsMethod ? {method, methodSettings: settings} : {};
  const where = row.needsMask && mark ? {mask: maskOf(mark, card)} : {};
  return {metric: row.name, target, ...again, ...where};
}

const keyOf = ({mark}: Case, row: MetricRow): string => JSON.stringify([row.name, row.needsMask ? mark : undefined]);

export class Judge {
  private readonly known = new WeakMap<Explanation, Map<string, Score>>();

  find(one: Case, row: MetricRow): Score | undefined {
    return this.known.get(one.explanation)?.get(keyOf(one, row));
  }

  async score(one: Case, row: MetricRow, options: CallOptions): Promise<Score> {
    const before = this.find(one, row);
    if (before) return before;
    const {model, card, input, explanation} = one;
    const score = await model.evaluate(input, forScoring(explanation, card), evaluateRequest(one, row), options);
    const scores = this.known.get(explanation) ?? new Map<string, Score>();
    this.known.set(explanation, scores.set(keyOf(one, row), score));
    return score;
  }
}
