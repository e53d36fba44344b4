/** What the views show beside the map on the screen: scores, other maps, what is inside the network. */
import type {Model} from '../core/types.ts';
import {Comparing} from './comparing.ts';
import {Judge} from './judge.ts';
import {Looker} from './looking.ts';
import {Maps} from './maps.ts';
import {Ranking} from './ranking.ts';
import {Scoring} from './scoring.ts';
import type {Store} from './state.ts';
import type {Tools} from './tools.ts';

export class Beside {
  protected model: Model | undefined;
  protected readonly tools: Tools = {model: () => this.model, maps: new Maps(), judge: new Judge()};
  readonly scoring: Scoring;
  readonly comparing: Comparing;
  readonly ranking: Ranking;
  readonly looker: Looker;

  constructor(protected readonly store: Store) {
    this.scoring = new Scoring(store, this.tools);
    this.comparing = new Comparing(store, this.tools);
    this.ranking = new Ranking(store, this.tools);
    this.looker = new Looker(store, this.tools);
  }

  /** Does what the view on the screen asks for, and nothing that another one does. */
  attend(): void {
    const {choice, explanation, stale} = this.store.state;
    if (!explanation || stale) return;
    const {screen} = choice;
    const others = {compare: this.comparing, scores: this.ranking, network: this.looker};
    for (const [name, other] of Object.entries(others)) {
      if (name === screen) other.follow();
      else other.stop();
    }
    if (screen === 'compare' || screen === 'network') this.scoring.cancel();
    else void this.scoring.begin();
  }

  /** Gives all of it up. */
  protected leave(): void {
    this.scoring.cancel();
    for (const other of [this.comparing, this.ranking, this.looker]) other.stop();
  }
}
