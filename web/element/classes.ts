import {LitElement, css, html, nothing} from 'lit';
import {property, state} from 'lit/decorators.js';
import {guard} from 'lit/directives/guard.js';
import {classes as words} from '../strings/english.ts';
import {define, send} from './define.ts';
import {formatNumber, formatShare} from './format.ts';
import {theme} from './theme.ts';

/** One output of the network, with its probability where the outputs are classes. */
export interface ClassEntry {
  unit: number;
  label: string;
  value: number;
  probability: number | undefined;
}

/**
 * The strongest classes as bars; choosing one asks for its explanation, alone or against another.
 *
 * @fires whylight-target - detail.target is "281", or "281:285" for one class rather than another
 * @element whylight-classes
 */
export class WhylightClasses extends LitElement {
  /** strongest first */
  @property({attribute: false}) entries: ClassEntry[] = [];
  /** every label, for choosing a class that is not among the bars */
  @property({attribute: false}) labels: string[] = [];
  /** "281" or "281:285" */
  @property() target = '';
  /** the list of all names is only made for whoever looks for one */
  @state() private searched = false;

  static override styles = [
    theme,
    css`
      .bars {
        display: grid;
        gap: 2px;
      }
      .bar {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 38% 4.2em;
        gap: 12px;
        align-items: center;
        width: 100%;
        text-align: start;
        background: none;
        border: 0;
        border-inline-start: 3px solid transparent;
        border-radius: 0;
        padding: 4px;
        padding-inline-start: 9px;
      }
      .bar:hover {
        background: var(--wash);
      }
      .bar[aria-checked='true'] {
        border-inline-start-color: var(--accent);
        font-weight: 600;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .track {
        height: 9px;
        background: var(--wash);
      }
      .fill {
        height: 100%;
        min-width: 1px;
        background: var(--edge);
      }
      .bar[aria-checked='true'] .fill {
        background: var(--accent);
      }
      .share {
        text-align: end;
      }
      .more {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 6px 12px;
        align-items: center;
        margin-top: 8px;
        padding-inline-start: 12px;
      }
      .more select,
      .more input {
        width: 100%;
        min-width: 0;
      }
      @media (forced-colors: active) {
        .fill,
        .bar[aria-checked='true'] .fill {
          background: CanvasText;
        }
        .bar {
          border-inline-start-color: Canvas;
        }
        .bar[aria-checked='true'] {
          border-inline-start-color: Highlight;
        }
      }
    `,
  ];

  private get units(): [string, string] {
    const [unit = '', against = ''] = this.target.split(':');
    return [unit, against];
  }

  private choose(unit: string, against = ''): void {
    send(this, 'whylight-target', {target: against && against !== unit ? `${unit}:${against}` : unit});
  }

  private key(event: KeyboardEvent): void {
    const step = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1}[event.key];
    if (!step || this.entries.length === 0) return;
    event.preventDefault();
    const bars = [...this.renderRoot.querySelectorAll<HTMLElement>('.bar')];
    const at = bars.indexOf(event.target as HTMLElement);
    const next = (at + step + bars.length) % bars.length;
    bars[next]!.focus();
    this.choose(String(this.entries[next]!.unit));
  }

  private search(event: Event): void {
    const input = event.target as HTMLInputElement;
    const text = input.value.trim().toLowerCase();
    const unit = this.labels.findIndex((label) => label.toLowerCase() === text);
    const known = unit >= 0 ? unit : /^\d+$/.test(text) && Number(text) < this.labels.length ? Number(text) : -1;
    input.setCustomValidity(known < 0 && text ? words.unknown : '');
    if (!text || !input.reportValidity()) return;
    input.value = '';
    this.choose(String(known));
  }

  private renderBar(entry: ClassEntry, widest: number) {
    const chosen = this.units[0] === String(entry.unit);
    const isFirst = entry === this.entries[0];
    const reachable = chosen || (isFirst && !this.entries.some(({unit}) => String(unit) === this.units[0]));
    const share = entry.probability ?? Math.max(0, entry.value) / widest;
    return html`<button
      class="bar"
      role="radio"
      aria-checked=${chosen}
      tabindex=${reachable ? 0 : -1}
      title=${words.value(entry.unit, formatNumber(entry.value))}
      @click=${() => this.choose(String(entry.unit))}
    >
      <span class="name"><bdi>${entry.label}</bdi></span>
      <span class="track"><span class="fill" .style=${`display:block;width:${(share * 100).toFixed(2)}%`}></span></span>
      <span class="share number" dir="ltr"
        >${entry.probability === undefined ? formatNumber(entry.value) : formatShare(entry.probability)}</span
      >
    </button>`;
  }

  private renderContrast(unit: string, against: string) {
    return html`<label class="quiet" for="against">${words.against}</label>
      <select id="against" @change=${(event: Event) => this.choose(unit, (event.target as HTMLSelectElement).value)}>
        <option value="" ?selected=${!against}>${words.none}</option>
        ${this.entries
          .filter((entry) => String(entry.unit) !== unit)
          .map(
            (entry) =>
              html`<option value=${entry.unit} ?selected=${against === String(entry.unit)}>${entry.label}</option>`,
          )}
      </select>`;
  }

  private renderSearch() {
    return html`<label class="quiet" for="other">${words.other}</label>
      <input
        id="other"
        type="search"
        list="labels"
        placeholder=${words.search}
        autocomplete="off"
        @focus=${() => (this.searched = true)}
        @change=${this.search.bind(this)}
      />
      <datalist id="labels">
        ${guard([this.labels, this.searched], () => this.searched && this.labels.map((label) => html`<option value=${label}></option>`))}
      </datalist>`;
  }

  override render() {
    const [unit, against] = this.units;
    const widest = Math.max(1e-9, ...this.entries.map(({value}) => Math.abs(value)));
    return html`<div class="bars" role="radiogroup" aria-label=${words.label} @keydown=${this.key.bind(this)}>
        ${this.entries.map((entry) => this.renderBar(entry, widest))}
      </div>
      <div class="more small">
        ${this.entries.length > 1 ? this.renderContrast(unit, against) : nothing}
        ${this.labels.length > this.entries.length ? this.renderSearch() : nothing}
      </div>`;
  }
}

define('whylight-classes', WhylightClasses);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-classes': WhylightClasses;
  }
}
