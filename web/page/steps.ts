/**
 * A person's steps, to be undone and done again. A step that made an entry in the browser's history is undone by going back there, so
 * that Back, Forward, Undo and Redo never contradict each other; smaller steps (colours, a mark, a stroke of the pen) have no entry.
 * Going from view to view is no step: Back does that.
 */
import type {Picture} from '../core/image.ts';
import type {Mark} from '../element/index.ts';
import {fromFragment, toFragment} from './url.ts';
import type {Choice, State, Store} from './state.ts';

/** What was on the screen after a step. */
export interface Snapshot {
  choice: Choice;
  mark: Mark | undefined;
  /** what was drawn */
  sheet: Picture | undefined;
}

interface Step extends Snapshot {
  kind: string;
  /** when it was begun, in milliseconds */
  time: number;
  /** the history's entry on which it was made, and the one that shows it */
  from: number;
  entry: number;
  /** the view in which it was made */
  screen: Choice['screen'];
}

const together = 1000; // milliseconds within which changes of one kind are one step
const most = 200;

const entryOf = (state: unknown): number | undefined => (state as {entry?: number} | null)?.entry;

export class Steps {
  private steps: Step[] = [];
  private at = 0;
  private entry = entryOf(history.state) ?? 0;
  /** the step at which each entry was left */
  private readonly left = new Map<number, number>();
  /** what a move through the history that this began is to show */
  private awaited: Snapshot | undefined;

  constructor(
    private readonly store: Store,
    private readonly restore: (snapshot: Snapshot) => void,
  ) {
    window.addEventListener('popstate', ({state}) => this.moved(entryOf(state)));
  }

  get canUndo(): boolean {
    return this.at > 0;
  }

  get canRedo(): boolean {
    return this.at < this.steps.length - 1;
  }

  /** Keeps the present step in agreement with the screen; the address too. */
  follow({choice, mark, phase}: State): void {
    if (phase !== 'ready' || this.awaited) return;
    const present = this.steps[this.at];
    if (present) Object.assign(present, {choice, mark});
    else this.steps[0] = this.copy({choice, mark, sheet: undefined}, '');
    this.left.set(this.entry, this.at);
    const fragment = toFragment(choice);
    if (fragment !== location.hash || entryOf(history.state) === undefined)
      history.replaceState({entry: this.entry}, '', fragment);
  }

  private copy(snapshot: Snapshot, kind: string): Step {
    const {choice, mark, sheet} = snapshot;
    const {entry} = this;
    return {choice, mark, sheet, kind, time: performance.now(), from: entry, entry, screen: choice.screen};
  }

  /** Before a step of the person's; those of one kind that follow each other closely are one. One with an entry calls `enter` once the choice is made. */
  begin(kind: string): void {
    const present = this.steps[this.at];
    if (!present) return;
    const now = performance.now();
    if (kind && kind === present.kind && now - present.time < together && this.at > 0) {
      present.time = now;
      return;
    }
    this.steps = [...this.steps.slice(0, this.at + 1), this.copy(present, kind)].slice(-most);
    this.at = this.steps.length - 1;
  }

  /** Puts the choice that was just made into the history, as an entry of its own; `step`: it is that of the step that was begun last. */
  enter(step: boolean): void {
    const fragment = toFragment(this.store.state.choice);
    if (fragment === location.hash) return;
    this.entry += 1;
    history.pushState({entry: this.entry}, '', fragment);
    if (step) this.own();
    else this.steps = this.steps.slice(0, this.at + 1); // what lay ahead in the history is gone
  }

  /** The step that was begun last made the present entry. */
  private own(): void {
    const present = this.steps[this.at];
    if (present) present.entry = this.entry;
  }

  /** What has been drawn by the present step. */
  drawn(sheet: Picture | undefined): void {
    const present = this.steps[this.at];
    if (present) present.sheet = sheet;
  }

  undo(): void {
    const undone = this.steps[this.at];
    if (!undone || !this.canUndo) return;
    this.at -= 1;
    const {choice, mark, sheet} = this.steps[this.at]!;
    this.show({choice: {...choice, screen: undone.screen}, mark, sheet}, undone.from);
  }

  redo(): void {
    if (!this.canRedo) return;
    this.at += 1;
    const {choice, mark, sheet, entry} = this.steps[this.at]!;
    this.show({choice, mark, sheet}, entry);
  }

  private show(snapshot: Snapshot, entry: number): void {
    if (entry === this.entry) return this.restore(snapshot);
    this.awaited = snapshot;
    history.go(entry - this.entry);
  }

  /** The history is at another entry: by Undo or Redo, by the browser's buttons, or by an address that was typed. */
  private moved(entry: number | undefined): void {
    const {awaited} = this;
    this.awaited = undefined;
    const choice = fromFragment(location.hash);
    if (entry === undefined) {
      this.begin('address');
      this.entry += 1;
      history.replaceState({entry: this.entry}, '');
      this.own();
      return this.restore({choice, mark: undefined, sheet: undefined});
    }
    this.entry = entry;
    if (awaited) return this.restore(awaited);
    this.at = Math.min(this.left.get(entry) ?? this.at, this.steps.length - 1);
    const {mark, sheet} = this.steps[this.at] ?? {mark: undefined, sheet: undefined};
    this.restore({choice, mark, sheet});
  }
}
