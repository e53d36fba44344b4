/** What a view draws from, and through which it acts. */
import type {TemplateResult} from 'lit';
import type {Picture} from '../core/image.ts';
import type {Mark, View as Colours} from '../element/index.ts';
import type {Choice, State, Store} from './state.ts';
import type {Steps} from './steps.ts';
import type {Workbench} from './workbench.ts';

export type Detail<Value> = CustomEvent<Value>;

export interface Host {
  readonly state: State;
  readonly store: Store;
  readonly bench: Workbench;
  /** a step of the person's: worth an entry in the history */
  step(part: Partial<Choice>): void;
  readonly steps: Steps;
  /** where the object is: no entry in the history, but it can be undone, as can the next two */
  mark(mark: Mark | undefined): void;
  draw(sheet: Picture, penDown: boolean, empty: boolean): void;
  /** how maps are drawn */
  adjust(view: Partial<Colours>): void;
  /** a short word beside the buttons at the bottom, for a few seconds */
  say(said: string): void;
  openHelp(): void;
  openSaving(): void;
  /** the browser's dialog for a picture of the person's own */
  openPicture(): void;
  copyLink(): void;
  /** from its first step */
  tour(): void;
  /** large type and few controls on the whole screen, or back */
  present(): void;
  /** shows that nothing leaves the page */
  openProof(): void;
  /** wipes the sheet that is drawn on, where there is one */
  clearSheet(): void;
}

/** One of the page's views: everything between header and footer. */
export interface View {
  render(host: Host): TemplateResult;
}

export const valueOf = (event: Event): string => (event.target as HTMLSelectElement).value;
