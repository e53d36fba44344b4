/** Scores of the map on the screen: the light ones at once, the curves when nothing else is to be done, others on request. */
import {enlarge, heatMap} from '../core/heat.ts';
import {geometry, toPicture} from '../core/image.ts';
import type {Card, EvaluateRequest, Explanation, MetricRow, Model, NdArray} from '../core/types.ts';
import type {ScoreEntry} from '../element/index.ts';
import {displayed} from './inputs.ts';
import type {Store} from './state.ts';

/** Computed without being asked: families that cost no pass through the network, then the two curves. */
const lightFamilies = new Set(['complexity']);
const curveMetrics = ['deletion', 'insertion'];
const lightMetrics = new Set(['completeness']);

/** The attribution as metrics take it: at the input's size even if it belongs to a layer. */
export function forScoring(explanation: Explanation, card: Card): NdArray {
  if (!explanation.layer) return explanation;
  const {height, width, last} = geometry(card);
  const map = enlarge(heatMap(explanation), width, height);
  return {shape: last ? [1, height, width, 1] : [1, 1, height, width], data: map.values};
}

export class Scoring {
  private run = new AbortController();
  /** of the scores being computed, by metric */
  private readonly single = new Map<string, AbortController>();
  private scrubbing = false;
  private wanted: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly model: () => Model | undefined,
  ) {}

  /** Forgets the scores of the last map and stops computing them. */
  cancel(): void {
    this.run.abort();
    this.run = new AbortController();
  }

  /** Lists every metric for a new map, then computes the light ones and the curves. */
  async begin(): Promise<void> {
    this.cancel();
    const {signal} = this.run;
    const metrics = this.store.state.catalogue?.metrics ?? [];
    this.store.update({scores: metrics.map((row) => this.firstEntry(row)), perturbed: undefined});
    const light = metrics.filter(({name, family}) => lightFamilies.has(family) || lightMetrics.has(name));
    const curves = metrics.filter(({name}) => curveMetrics.includes(name));
    for (const {name} of [...light, ...curves]) {
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      await this.compute(name);
    }
    if (!signal.aborted) this.scrub(this.store.state.share);
  }

  private firstEntry(row: MetricRow): ScoreEntry {
    if (!row.needsMask) return {row, state: 'waiting'};
    return {row, state: 'impossible', reason: 'Needs a mask of the object; the command takes one.'};
  }

  private set(metric: string, part: Partial<ScoreEntry>): void {
    const scores = this.store.state.scores.map((entry) => (entry.row.name === metric ? {...entry, ...part} : entry));
    this.store.update({scores});
  }

  private request(metric: string): EvaluateRequest {
    const {explanation, choice, catalogue} = this.store.state;
    const row = catalogue!.metrics.find(({name}) => name === metric)!;
    const again = row.needsMethod ? {method: explanation!.method, methodSettings: choice.settings} : {};
    return {metric, target: explanation!.target, ...again};
  }

  /** One score of the map on the screen; failures become the entry's reason. */
  async compute(metric: string): Promise<void> {
    const {explanation, input, card, scores} = this.store.state;
    const model = this.model();
    const entry = scores.find(({row}) => row.name === metric);
    if (
      !explanation ||
      !input ||
      !card ||
      !model ||
      !entry ||
      entry.state === 'running' ||
      entry.state === 'impossible'
    )
      return;
    const single = new AbortController();
    this.single.set(metric, single);
    const whole = this.run.signal;
    const signal = AbortSignal.any([whole, single.signal]);
    this.set(metric, {state: 'running', progress: 0, reason: ''});
    try {
      const onProgress = (progress: number) => {
        if (!signal.aborted) this.set(metric, {progress});
      };
      const score = await model.evaluate(input, forScoring(explanation, card), this.request(metric), {
        signal,
        onProgress,
      });
      if (!signal.aborted) this.set(metric, {state: 'done', score});
    } catch (error) {
      if (!signal.aborted) this.set(metric, {state: 'failed', reason: (error as Error).message});
      else if (!whole.aborted) this.set(metric, {state: 'waiting'});
    }
  }

  /** Gives up one score; it can be asked for again. */
  stop(metric: string): void {
    this.single.get(metric)?.abort();
  }

  /** Moves the handle: the latest place wins, so that dragging never queues up. */
  scrub(share: number): void {
    this.store.update({share});
    this.wanted = share;
    if (!this.scrubbing) void this.followHandle();
  }

  private async followHandle(): Promise<void> {
    this.scrubbing = true;
    while (this.wanted !== undefined) {
      const share = this.wanted;
      this.wanted = undefined;
      const {explanation, input, card, catalogue} = this.store.state;
      const model = this.model();
      const metric = curveMetrics.find((name) => catalogue?.metrics.some((row) => row.name === name));
      if (!explanation || !input || !card || !model || !metric) break;
      const {signal} = this.run;
      const row = await model
        .perturbed(input, forScoring(explanation, card), this.request(metric), share)
        .catch(() => undefined);
      if (row && !signal.aborted) this.store.update({perturbed: displayed(toPicture(row, card), card)});
    }
    this.scrubbing = false;
  }
}
