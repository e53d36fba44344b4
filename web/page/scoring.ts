/** Scores of the map on the screen: the light ones at once, those of the mark as it is made, the curves when nothing else is to be done, others on request. */
import {geometry, toPicture} from '../core/image.ts';
import {forScoring} from '../core/scored.ts';
import type {Card, EvaluateRequest, MetricRow, Model, NdArray} from '../core/types.ts';
import type {Mark, ScoreEntry} from '../element/index.ts';
import {displayed} from './inputs.ts';
import type {Store} from './state.ts';

/** Computed without being asked: families that cost no pass through the network, then the two curves. */
const lightFamilies = new Set(['complexity']);
const curveMetrics = ['deletion', 'insertion'];
const lightMetrics = new Set(['completeness']);

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
    const light = metrics.filter(
      ({name, family, needsMask}) => lightFamilies.has(family) || lightMetrics.has(name) || needsMask,
    );
    const curves = metrics.filter(({name}) => curveMetrics.includes(name));
    for (const {name} of [...light, ...curves]) {
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      await this.compute(name);
    }
    if (!signal.aborted) this.scrub(this.store.state.share);
  }

  private firstEntry(row: MetricRow): ScoreEntry {
    if (!row.needsMask || this.store.state.mark) return {row, state: 'waiting'};
    return {row, state: 'impossible', reason: 'Mark the object in the picture to compute it.'};
  }

  /** Takes another mark of the object, or none: the scores that need it follow at once. */
  async mark(mark: Mark | undefined): Promise<void> {
    this.store.update({mark});
    const {scores} = this.store.state;
    const asked = scores.filter(({row}) => row.needsMask).map(({row}) => row.name);
    for (const name of asked) this.stop(name);
    this.store.update({scores: scores.map((entry) => (entry.row.needsMask ? this.firstEntry(entry.row) : entry))});
    await Promise.all(asked.map((name) => this.compute(name)));
  }

  private set(metric: string, part: Partial<ScoreEntry>): void {
    const scores = this.store.state.scores.map((entry) => (entry.row.name === metric ? {...entry, ...part} : entry));
    this.store.update({scores});
  }

  private request(metric: string): EvaluateRequest {
    const {explanation, choice, catalogue, card, mark} = this.store.state;
    const row = catalogue!.metrics.find(({name}) => name === metric)!;
    const again = row.needsMethod ? {method: explanation!.method, methodSettings: choice.settings} : {};
    const where = row.needsMask && mark ? {mask: maskOf(mark, card!)} : {};
    return {metric, target: explanation!.target, ...again, ...where};
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
      else if (!whole.aborted && this.single.get(metric) === single) this.set(metric, this.firstEntry(entry.row));
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
