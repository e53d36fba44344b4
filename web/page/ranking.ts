/** Scores of several methods' maps of the class on the screen: computed on request, one after the other. */
import type {MetricRow, Score} from '../core/types.ts';
import {requestOf} from './comparing.ts';
import {Grid, type Job} from './grid.ts';
import {comparedRows, rowText, type Row} from './rows.ts';
import type {State, Store} from './state.ts';
import type {Tools} from './tools.ts';

export const scoreKey = (row: Row, metric: string): string => `${rowText(row)} ${metric}`;

/** Whether a score can be had at all. */
export const possible = ({mark}: State, metric: MetricRow): boolean => !metric.needsMask || mark !== undefined;

export class Ranking {
  private readonly grid: Grid<Score>;
  /** whose scores the table shows */
  private shown: unknown[] = [];

  constructor(
    private readonly store: Store,
    private readonly tools: Tools,
  ) {
    const tell = (ranks: State['ranks']) => store.update({ranks, ranking: this.grid.pending});
    this.grid = new Grid(tell, () => 1); // a score uses all workers by itself
  }

  private jobs(): (Job<Score> & {row: Row; metric: string})[] {
    const {state} = this.store;
    const {input, card, catalogue, mark, explanation} = state;
    const model = this.tools.model();
    if (!model || !input || !card || !catalogue || !explanation) return [];
    const {maps, judge} = this.tools;
    const metrics = catalogue.metrics.filter((metric) => possible(state, metric));
    return comparedRows(state).flatMap((row) =>
      metrics.map((metric) => {
        const request = requestOf(state, row, explanation.target);
        return {
          key: scoreKey(row, metric.name),
          row,
          metric: metric.name,
          known: () => {
            const found = maps.find(model, input, request);
            return found && judge.find({model, card, input, mark, explanation: found}, metric);
          },
          work: async (signal, onProgress) => {
            const map = await maps.make(model, input, request, {signal});
            return judge.score({model, card, input, mark, explanation: map}, metric, {signal, onProgress});
          },
        };
      }),
    );
  }

  /** Brings the table to what is chosen and marked; computes nothing. */
  follow(): void {
    const {input, mark, explanation} = this.store.state;
    const shown = [input, mark, explanation?.target];
    if (shown.some((part, place) => part !== this.shown[place])) this.grid.show([]);
    this.shown = shown;
    this.grid.show(this.jobs());
  }

  /** Computes what is missing: of one method or metric, of both, or all. */
  compute(row?: Row, metric?: string): void {
    this.follow();
    const wanted = this.jobs().filter(
      (job) => (!row || rowText(job.row) === rowText(row)) && (!metric || job.metric === metric),
    );
    this.grid.compute(wanted);
  }

  stop(): void {
    this.grid.stop();
  }
}
