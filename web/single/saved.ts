import {css, html, nothing} from 'lit';
import {state} from 'lit/decorators.js';
import {describeDifference} from './difference.ts';
import {prepare, type Picture, type Prepared} from '../core/image.ts';
import {centreDigit, readable} from '../core/digit.ts';
import {forScoring} from '../core/scored.ts';
import type {Catalogue, Explanation, MetricRow, Model} from '../core/types.ts';
import {define} from '../element/define.ts';
import '../element/draw.ts';
import {evidenceOf} from '../element/evidence.ts';
import '../element/facts.ts';
import {WhylightFigure, type Shown} from '../element/figure.ts';
import {formatTime} from '../element/format.ts';
import type {Loaded} from '../element/shared.ts';
import '../element/scores.ts';
import type {ScoreEntry} from '../element/scores.ts';
import {single as text} from '../strings/english.ts';
import type {Saved} from './data.ts';
import {StoredModel} from './stored-model.ts';
import {displayed} from './still.ts';

/**
 * A figure that begins with what was saved, and computes only when something else is asked of it.
 *
 * @element whylight-saved
 */
export class WhylightSaved extends WhylightFigure {
  /** the engine is up and the network open */
  @state() private alive = false;
  @state() private scores: readonly ScoreEntry[] = [];
  private readonly network: StoredModel;
  private readonly stored: Shown;
  private begun = false;
  private drawn: Picture | undefined;
  private following = false;

  static override styles = [
    ...WhylightFigure.styles,
    css`
      .drawn {
        display: grid;
        gap: 16px 32px;
        grid-template-columns: minmax(0, 1fr);
      }
      whylight-draw {
        max-width: 280px;
      }
      .state {
        margin-top: 10px;
        display: flex;
        flex-wrap: wrap;
        gap: 6px 12px;
        align-items: center;
        min-height: 30px;
      }
      h2 {
        margin: 0 0 6px;
      }
      section {
        margin-top: 28px;
      }
      @container (min-width: 820px) {
        .drawn {
          grid-template-columns: 240px minmax(0, 1fr);
        }
      }
      @media print {
        .state,
        whylight-draw {
          display: none;
        }
        .drawn {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  constructor(
    private readonly saved: Saved,
    open: () => Promise<Model>,
  ) {
    super();
    const {card, description, catalogue, outputs, explanation, asked, view} = saved;
    this.network = new StoredModel(open, card, description, asked.seed);
    const {method, settings} = asked;
    const request = {method, settings, target: explanation.target};
    const loaded: Loaded = {model: this.network, card};
    this.stored = {
      ...loaded,
      catalogue,
      outputs,
      seen: displayed(saved),
      asked: [request],
      explanations: [explanation],
    };
    this.shown = this.stored;
    this.look = view;
    this.controls = 'all';
    this.droppable = 'yes';
    this.method = method;
    this.target = explanation.target;
    this.options = JSON.stringify(settings);
    this.scores = this.entries(true);
    this.addEventListener('whylight-explain', () => (this.scores = this.entries(false)));
  }

  /** The first time there is nothing to do but to get ready. */
  protected override begin(): void {
    if (this.begun) return super.begin();
    this.begun = true;
    this.explained = Promise.resolve(this.stored.explanations);
    requestAnimationFrame(() => setTimeout(() => void this.wake()));
  }

  private async wake(): Promise<void> {
    try {
      await this.network.live();
      this.alive = true;
    } catch (error) {
      this.fail(error);
    }
  }

  protected override obtain(): Promise<[Loaded, Prepared, Catalogue]> {
    const {card, catalogue, input, picture} = this.saved;
    const own = this.chosen.picture;
    const prepared = own ? prepare(readable(own, card), card) : {input, picture};
    return Promise.resolve([{model: this.network, card}, prepared, catalogue]);
  }

  /** Whether what is shown is what was saved. */
  private get isStored(): boolean {
    return this.shown === this.stored;
  }

  private back(): void {
    this.stop();
    this.stopped = false;
    this.chosen = {};
    this.shown = this.stored;
    this.scores = this.entries(true);
    this.drawn = undefined;
    this.renderRoot.querySelector('whylight-draw')?.clear();
  }

  /** Every metric, with the scores that were saved or without. */
  private entries(saved: boolean): ScoreEntry[] {
    return this.saved.catalogue.metrics.map((row): ScoreEntry => {
      const score = saved ? this.saved.scores.find(({metric}) => metric === row.name) : undefined;
      if (score) return {row, state: 'done', score};
      return row.needsMask ? {row, state: 'impossible', reason: text.needsMask} : {row, state: 'waiting'};
    });
  }

  private setScore(row: MetricRow, part: Partial<ScoreEntry>): void {
    this.scores = this.scores.map((entry) => (entry.row === row ? {...entry, ...part} : entry));
  }

  private readonly scoring = new Map<string, AbortController>();

  private async score(metric: string): Promise<void> {
    const {shown} = this;
    const row = this.saved.catalogue.metrics.find(({name}) => name === metric);
    if (!shown || !row) return;
    const run = new AbortController();
    this.scoring.set(metric, run);
    const [{method, settings}] = shown.asked as [Shown['asked'][0]];
    const [explanation] = shown.explanations as [Explanation];
    const again = row.needsMethod ? {method, methodSettings: settings} : {};
    const still = () => this.shown === shown && !run.signal.aborted;
    this.setScore(row, {state: 'running', progress: 0, reason: ''});
    try {
      const [, {input}] = await this.obtain();
      const map = forScoring(explanation, shown.card);
      const onProgress = (progress: number) => still() && this.setScore(row, {progress});
      const request = {metric, target: explanation.target, ...again};
      const score = await shown.model.evaluate(input, map, request, {signal: run.signal, onProgress});
      if (still()) this.setScore(row, {state: 'done', score});
    } catch (error) {
      if (this.shown !== shown) return;
      if (run.signal.aborted) this.setScore(row, {state: 'waiting'});
      else this.setScore(row, {state: 'failed', reason: error instanceof Error ? error.message : String(error)});
    }
  }

  /** The map follows the pen: the latest drawing wins, one map at a time. */
  private async draw(picture: Picture, empty: boolean): Promise<void> {
    if (empty) return;
    this.drawn = centreDigit(picture);
    if (this.following) return;
    this.following = true;
    try {
      while (this.drawn) {
        const picture = this.drawn;
        this.drawn = undefined;
        this.chosen = {...this.chosen, picture, target: 'top'};
        super.begin();
        await this.explained.catch(() => undefined);
      }
    } finally {
      this.following = false;
    }
  }

  private renderSheet() {
    const drawn = ({detail}: CustomEvent<{picture: Picture; empty: boolean}>) =>
      void this.draw(detail.picture, detail.empty);
    return html`<whylight-draw @whylight-draw=${drawn}
      ><span class="small quiet">${text.drawing}</span></whylight-draw
    >`;
  }

  private stateText(): string {
    const {shown} = this;
    const [explanation] = shown!.explanations as [Explanation];
    if (this.isStored) return this.alive ? text.ready : text.starting;
    const made = text.madeHere(formatTime(explanation.milliseconds), explanation.workers);
    if (this.chosen.picture) return made;
    const difference = describeDifference(explanation, this.stored.explanations[0]!);
    return difference === undefined ? made : `${made} ${difference}`;
  }

  private renderState() {
    return html`<div class="state small">
      <span role="status">${this.stateText()}</span>
      <button ?disabled=${this.task !== undefined} @click=${() => super.begin()}>${text.again}</button>
      ${this.isStored ? nothing : html`<button @click=${() => this.back()}>${text.back}</button>`}
    </div>`;
  }

  override render() {
    const {shown} = this;
    if (!shown) return super.render();
    const [explanation] = shown.explanations;
    const {card, catalogue, outputs} = shown;
    const facts = evidenceOf({card, catalogue, outputs, description: shown.model.description, explanation});
    const figure = html`<div>${super.render()}${this.renderState()}</div>`;
    return html`${card.input.kind === 'digit' ? html`<div class="drawn">${this.renderSheet()}${figure}</div>` : figure}
      <section>
        <h2>${text.evidence}</h2>
        <whylight-facts .lines=${facts}></whylight-facts>
      </section>
      <section>
        <h2>${text.trust}</h2>
        <whylight-scores
          .entries=${this.scores}
          @whylight-score=${({detail}: CustomEvent<{metric: string}>) => void this.score(detail.metric)}
          @whylight-score-stop=${({detail}: CustomEvent<{metric: string}>) => this.scoring.get(detail.metric)?.abort()}
        ></whylight-scores>
      </section>`;
  }
}

define('whylight-saved', WhylightSaved);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-saved': WhylightSaved;
  }
}
