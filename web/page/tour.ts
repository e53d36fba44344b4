import {LitElement, css, html, nothing} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import {theme} from '../element/theme.ts';
import {tour as words} from '../strings/english.ts';
import type {Host} from './host.ts';
import type {Screen} from './state.ts';
import {gap, placeCard} from './tour-place.ts';

interface Step {
  /** what is pointed at; a later name where there is nothing of an earlier one */
  at: string;
  /** the view that shows it */
  screen?: Screen;
  title: string;
  text: string;
}

const steps: readonly Step[] = [
  {at: '.figure whylight-picture', screen: 'explain', ...words.map},
  {at: '.why whylight-classes', screen: 'explain', ...words.classes},
  {at: '.why whylight-options', screen: 'explain', ...words.method},
  {at: '.trust .curves', screen: 'explain', ...words.trust},
  {at: '.inputs', screen: 'explain', ...words.inputs},
  {at: 'header nav', ...words.views},
];

const stored = 'whylight-tour';

/** Whether the tour has been taken or turned down in this browser; where nothing can be kept it is not offered either. */
function seen(): boolean {
  try {
    return localStorage.getItem(stored) !== null;
  } catch {
    return true;
  }
}

/** Remembers it for good: the one thing that the page keeps without being asked, and it says nothing of anybody's pictures. */
function remember(): void {
  try {
    localStorage.setItem(stored, 'seen');
  } catch {
    // it is not offered again before the page is left
  }
}

/**
 * A few steps through the page, offered on the first visit by a line that covers nothing. The page can be used while it runs: what a
 * step speaks of can be tried at once.
 */
export class WhylightTour extends LitElement {
  @property({attribute: false}) host!: Host;
  @state() private offered = !seen();
  /** the step shown; undefined while it does not run */
  @state() private step: number | undefined;
  @query('.stage') private stage!: HTMLElement | null;
  @query('.card') private card!: HTMLElement | null;
  @query('.ring') private ring!: HTMLElement | null;
  private returnTo: HTMLElement | undefined;

  static override styles = [
    theme,
    css`
      :host {
        display: contents;
      }
      .offer {
        display: flex;
        gap: 6px;
        align-items: center;
      }
      .stage {
        position: fixed;
        inset: 0;
        width: 100%;
        height: 100%;
        max-width: none;
        max-height: none;
        margin: 0;
        padding: 0;
        border: 0;
        overflow: hidden;
        background: none;
        pointer-events: none;
      }
      .ring {
        position: absolute;
        border: 2px solid var(--accent);
        border-radius: 6px;
        outline: 2px solid var(--ground);
      }
      .card {
        position: absolute;
        width: min(340px, calc(100% - 28px));
        padding: 14px 16px;
        color: var(--ink);
        background: var(--ground);
        border: 1px solid var(--edge);
        border-radius: 6px;
        box-shadow: 0 4px 18px rgb(0 0 0 / 22%);
        pointer-events: auto;
      }
      .card p {
        margin: 6px 0 12px;
      }
      .buttons {
        display: flex;
        gap: 8px;
        align-items: center;
      }
      .buttons .quiet {
        margin-inline-end: auto;
      }
      .next {
        color: var(--on-accent);
        background: var(--accent);
        border-color: var(--accent);
      }
      h2:focus {
        outline: none;
      }
      @media print {
        :host {
          display: none;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('keydown', this.key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.key);
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (this.step === undefined || event.key !== 'Escape' || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    this.end();
  };

  private refuse(): void {
    remember();
    this.offered = false;
  }

  /** From the first step; focus returns to where it is now. */
  async begin(): Promise<void> {
    remember();
    this.offered = false;
    const at = document.activeElement;
    this.returnTo = at instanceof HTMLElement && at !== this ? at : undefined;
    await this.go(0);
    this.stage?.showPopover();
    this.arrive();
    this.follow();
  }

  private async go(step: number): Promise<void> {
    const {screen} = steps[step]!;
    if (screen && this.host.state.choice.screen !== screen) this.host.step({screen});
    this.step = step;
    await this.updateComplete;
    await new Promise(requestAnimationFrame); // what the step speaks of has been drawn
  }

  /** What is pointed at comes into sight, and whoever does not see it hears of it. */
  private arrive(): void {
    const target = this.target();
    const room = document.documentElement.clientWidth - (this.card?.offsetWidth ?? 0) - 3 * gap;
    const beside = target && target.offsetWidth < room;
    target?.scrollIntoView({block: beside ? 'center' : 'start'});
    if (!beside) window.scrollBy(0, -2 * gap);
    this.renderRoot.querySelector<HTMLElement>('h2')?.focus({preventScroll: true});
  }

  private async turn(by: number): Promise<void> {
    const next = (this.step ?? 0) + by;
    if (next >= steps.length) return this.end();
    await this.go(next);
    this.arrive();
  }

  private end(): void {
    this.stage?.hidePopover();
    this.step = undefined;
    const back = this.returnTo?.isConnected ? this.returnTo : document.querySelector<HTMLElement>('header .help');
    back?.focus({preventScroll: true});
  }

  private target(): HTMLElement | null {
    return this.step === undefined ? null : document.querySelector<HTMLElement>(steps[this.step]!.at);
  }

  /** Keeps ring and card where they belong while the page moves under them. */
  private follow(): void {
    const {card, ring} = this;
    if (this.step === undefined || !card || !ring) return;
    const box = this.target()?.getBoundingClientRect();
    const room = {width: document.documentElement.clientWidth, height: window.innerHeight};
    const size = {width: card.offsetWidth, height: card.offsetHeight};
    const bottom = {left: (room.width - size.width) / 2, top: room.height - size.height - gap};
    const {left, top} = box && room.width > 720 ? placeCard(box, size, room) : bottom;
    Object.assign(card.style, {left: `${left}px`, top: `${top}px`});
    ring.hidden = !box;
    if (box) {
      const edge = {left: box.left - 6, top: box.top - 6, width: box.width + 12, height: box.height + 12};
      for (const [name, value] of Object.entries(edge)) ring.style.setProperty(name, `${value}px`);
    }
    requestAnimationFrame(() => this.follow());
  }

  private renderStep(step: number) {
    const {title, text} = steps[step]!;
    const last = step === steps.length - 1;
    return html`<div class="stage" popover="manual">
      <div class="ring"></div>
      <div class="card" role="dialog" aria-labelledby="title">
        <h2 id="title" tabindex="-1" aria-describedby="text">${title}</h2>
        <p id="text">${text}</p>
        <div class="buttons">
          <span class="small quiet number">${words.place(step + 1, steps.length)}</span>
          ${last ? nothing : html`<button @click=${() => this.end()}>${words.end}</button>`}
          ${step > 0 ? html`<button @click=${() => void this.turn(-1)}>${words.back}</button>` : nothing}
          <button class="next" @click=${() => void this.turn(1)}>${last ? words.done : words.next}</button>
        </div>
      </div>
    </div>`;
  }

  override render() {
    if (this.step !== undefined) return this.renderStep(this.step);
    if (!this.offered) return nothing;
    return html`<div class="offer small">
      <span class="quiet">${words.offer}</span>
      <button @click=${() => void this.begin()}>${words.begin}</button>
      <button aria-label=${words.refuse} title=${words.refuse} @click=${() => this.refuse()}>×</button>
    </div>`;
  }
}

customElements.define('whylight-tour', WhylightTour);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-tour': WhylightTour;
  }
}
