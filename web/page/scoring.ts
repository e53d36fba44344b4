/** Scores of the map on the screen: the light ones at once, those of the mark as it is made, the curves when nothing else is to be done, others on request. */
import {toPicture} from '../core/image.ts';
import {forScoring} from '../core/scored.ts';
import type {MetricRow} from '../core/types.ts';
import type {Mark, ScoreEntry} from '../element/index.ts';
import {trust} from '../strings/english.ts';
import {displayed} from './inputs.ts';
import {evaluateRequest, type Case} from './judge.ts';
import type {Store} from './state.ts';
import type {Tools} from './tools.ts';

/** Computed without being asked: families that cost no pass through the network, then the two curves. */
const lightFamilies = new Set(['complexity']);
const curveMetrics = ['deletion', 'insertion'];
const lightMetrics = new Set(['completeness']);

export class Scoring {
  private run = new AbortController();
  /** of the scores being computed, by metric */
  private readonly single = new Map<string, AbortController>();
  private scrubbing = false;
  private wanted: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly tools: Tools,
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
      if (this.store.state.scores.find(({row}) => row.name === name)?.state === 'done') continue;
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
      await this.compute(name);
    }
    if (!signal.aborted) this.scrub(this.store.state.share);
  }

  private firstEntry(row: MetricRow): ScoreEntry {
    const {present} = this;
    const score = present && this.tools.judge.find(present, row);
    if (score) return {row, state: 'done', score};
    if (!row.needsMask || this.store.state.mark) return {row, state: 'waiting'};
    return {row, state: 'impossible', reason: trust.needsMark};
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

  /** The map on the screen; undefined while there is none. */
  private get present(): Case | undefined {
    const {explanation, input, card, mark} = this.store.state;
    const model = this.tools.model();
    return explanation && input && card && model && {explanation, input, card, mark, model};
  }

  /** One score of the map on the screen; failures become the entry's reason. */
  async compute(metric: string): Promise<void> {
    const {present} = this;
    const entry = this.store.state.scores.find(({row}) => row.name === metric);
    if (!present || !entry || entry.state === 'running' || entry.state === 'impossible') return;
    const single = new AbortController();
    this.single.set(metric, single);
    const whole = this.run.signal;
    const signal = AbortSignal.any([whole, single.signal]);
    this.set(metric, {state: 'running', progress: 0, reason: ''});
    try {
      const onProgress = (progress: number) => {
        if (!signal.aborted) this.set(metric, {progress});
      };
      const score = await this.tools.judge.score(present, entry.row, {signal, onProgress});
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
      const {present} = this;
      const metrics = this.store.state.catalogue?.metrics ?? [];
      const row = curveMetrics.map((name) => metrics.find((metric) => metric.name === name)).find(Boolean);
      if (!present || !row) break;
      const {signal} = this.run;
      const {model, input, explanation, card} = present;
      const perturbed = await model
        .perturbed(input, forScoring(explanation, card), evaluateRequest(present, row), share)
        .catch(() => undefined);
      if (perturbed && !signal.aborted) this.store.update({perturbed: displayed(toPicture(perturbed, card), card)});
    }
    this.scrubbing = false;
  }
}
