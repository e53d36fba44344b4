/** Maps of what changes by itself, a digit being drawn or a camera: the latest picture wins, one map at a time, as fast as they come. */
import type {ExplainRequest, Explanation, Model, NdArray} from '../core/types.ts';
import {displayed, prepareSource} from './inputs.ts';
import {unmarked, type Source, type Store} from './state.ts';

const shownEvery = 250; // milliseconds between changes of the rate, so that it can be read

/** How a prepared picture is explained; rejects to give the picture up. */
export type Explain = (model: Model, input: NdArray, request: ExplainRequest) => Promise<Explanation>;

const plainly: Explain = (model, input, request) => model.explain(input, request);

export class Live {
  private waiting: Source | undefined;
  private penDown = false;
  private running = false;
  private times: number[] = [];
  private told = 0;

  constructor(
    private readonly store: Store,
    private readonly model: () => Model | undefined,
  ) {}

  /** Takes the newest drawing; resolves to true in the call that saw the pen lifted and the last map made. */
  async follow(source: Source, penDown: boolean): Promise<boolean> {
    this.waiting = source;
    this.penDown = penDown;
    if (this.running) return false;
    this.running = true;
    try {
      await this.run(() => {
        const next = this.waiting;
        this.waiting = undefined;
        return next;
      });
    } finally {
      this.running = false;
    }
    return !this.penDown;
  }

  /** Maps one picture after another for as long as there is a next one. */
  async run(next: () => Source | undefined | Promise<Source | undefined>, explain = plainly): Promise<void> {
    for (let source = await next(); source; source = await next()) await this.map(source, explain);
  }

  private async map(source: Source, explain: Explain): Promise<void> {
    const {card, choice} = this.store.state;
    const model = this.model();
    if (!card || !model) return;
    const {input, picture} = prepareSource(source, card);
    const request = {method: choice.method, target: choice.target, settings: choice.settings};
    const [outputs, explanation] = await Promise.all([model.predict(input), explain(model, input, request)]);
    const {state} = this.store;
    if (state.card !== card || state.choice.input !== choice.input) return; // something else has been chosen meanwhile
    this.store.update({
      source,
      input,
      seen: displayed(picture, card),
      outputs: outputs.data,
      explanation,
      scores: [],
      perturbed: undefined,
      ...unmarked,
      stale: false,
      maps: state.maps + 1,
      ...this.rate(),
    });
  }

  /** Maps of the last second, told a few times a second. */
  private rate(): {rate?: number} {
    const now = performance.now();
    this.times.push(now);
    const old = (time: number) => now - time > (this.times.length > 2 ? 1000 : 5000); // slow ones are counted too
    while (old(this.times[0]!)) this.times.shift();
    const span = now - this.times[0]!;
    if (now - this.told < shownEvery || span < 100) return {};
    this.told = now;
    return {rate: ((this.times.length - 1) * 1000) / span};
  }
}
