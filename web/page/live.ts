/** Maps while a digit is being drawn: the latest drawing wins, one map at a time, as fast as they come. */
import type {Model} from '../core/types.ts';
import {displayed, prepareSource} from './inputs.ts';
import {unmarked, type Source, type Store} from './state.ts';

const shownEvery = 250; // milliseconds between changes of the rate, so that it can be read

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
      while (this.waiting) {
        const next: Source = this.waiting;
        this.waiting = undefined;
        await this.map(next);
      }
    } finally {
      this.running = false;
    }
    return !this.penDown;
  }

  private async map(source: Source): Promise<void> {
    const {card, choice} = this.store.state;
    const model = this.model();
    if (!card || !model) return;
    const {input, picture} = prepareSource(source, card);
    const request = {method: choice.method, target: choice.target, settings: choice.settings};
    const [outputs, explanation] = await Promise.all([model.predict(input), model.explain(input, request)]);
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
      maps: this.store.state.maps + 1,
      ...this.rate(),
    });
  }

  /** Maps of the last second, told a few times a second. */
  private rate(): {rate?: number} {
    const now = performance.now();
    this.times.push(now);
    while (now - this.times[0]! > 1000) this.times.shift();
    const span = now - this.times[0]!;
    if (now - this.told < shownEvery || span < 100) return {};
    this.told = now;
    return {rate: ((this.times.length - 1) * 1000) / span};
  }
}
