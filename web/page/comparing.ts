/** Maps of several methods and classes side by side: each is made once, as long as the table is on the screen. */
import type {Explanation, NdArray} from '../core/types.ts';
import {Grid, type Job} from './grid.ts';
import {requestKey} from './maps.ts';
import {comparedRows, comparedTargets, type Row} from './rows.ts';
import type {State, Store} from './state.ts';
import type {Tools} from './tools.ts';

export const requestOf = ({choice}: State, {method, settings}: Row, target: string) => {
  return {method, settings, target, seed: choice.seed};
};

/** Names the cell of a method and a class. */
export const cellKey = (state: State, row: Row, target: string): string => requestKey(requestOf(state, row, target));

export class Comparing {
  private readonly grid: Grid<Explanation>;
  /** whose maps the table shows */
  private shown: NdArray | undefined;

  constructor(
    private readonly store: Store,
    private readonly tools: Tools,
  ) {
    const tell = (cells: State['cells']) => store.update({cells, comparing: this.grid.pending});
    this.grid = new Grid(tell, () => Math.max(1, store.state.workers));
  }

  private jobs(): Job<Explanation>[] {
    const {state} = this.store;
    const {input} = state;
    const model = this.tools.model();
    if (!model || !input) return [];
    const {maps} = this.tools;
    const targets = comparedTargets(state);
    return comparedRows(state).flatMap((row) =>
      targets.map((target) => {
        const request = requestOf(state, row, target);
        return {
          key: requestKey(request),
          known: () => maps.find(model, input, request),
          work: (signal, onProgress) => maps.make(model, input, request, {signal, onProgress}),
        };
      }),
    );
  }

  /** Brings the table to what is chosen, and computes what is missing; what failed only when it is asked for again. */
  follow(again = false): void {
    const {input} = this.store.state;
    if (input !== this.shown) this.grid.show([]);
    this.shown = input;
    const jobs = this.jobs();
    this.grid.show(jobs);
    const {cells} = this.store.state;
    this.grid.compute(jobs.filter(({key}) => again || cells.get(key)?.state !== 'failed'));
  }

  stop(): void {
    this.grid.stop();
  }
}
