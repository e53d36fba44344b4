import {LitElement, css, html, nothing, type TemplateResult} from 'lit';
import {property} from 'lit/decorators.js';
import type {MethodRow, Option} from '../core/types.ts';
import {options as text} from '../strings/english.ts';
import {define, send} from './define.ts';
import {formatNumber, words} from './format.ts';
import {theme} from './theme.ts';

const shownAtOnce = 3;

/** Sliders run over the logarithm where the range spans more than two powers of ten. */
function sliderOf({low, high, kind}: Option): {to: (value: number) => number; from: (place: number) => number} {
  const logarithmic = low >= 0 && high / Math.max(low, kind === 'integer' ? 1 : high / 1e6) > 100;
  const whole = (value: number) => (kind === 'integer' ? Math.round(value) : Number(value.toPrecision(3)));
  if (!logarithmic) {
    return {
      to: (value) => ((value - low) / (high - low)) * 1000,
      from: (place) => whole(low + (place / 1000) * (high - low)),
    };
  }
  const first = Math.max(low, kind === 'integer' ? 1 : high / 1e6);
  const ratio = Math.log(high / first);
  return {
    to: (value) => (1000 * Math.log(Math.max(value, first) / first)) / ratio,
    from: (place) => (place === 0 ? low : whole(first * Math.exp((place / 1000) * ratio))),
  };
}

/**
 * Which method, and a control for each of its options, made from the catalogue's rows.
 *
 * @fires whylight-method - detail.method is the name of the row chosen
 * @fires whylight-setting - detail is the option's name and its value as text
 * @element whylight-options
 */
export class WhylightOptions extends LitElement {
  /** rows of the catalogue */
  @property({attribute: false}) methods: readonly MethodRow[] = [];
  /** the name of the row chosen */
  @property() method = '';
  /** what differs from the catalogue's defaults */
  @property({attribute: false}) settings: Record<string, string> = {};
  /** values of the model that may be chosen as a layer */
  @property({attribute: false}) layers: readonly {name: string; shape: number[]}[] = [];
  /** the one of them that is taken by default */
  @property({attribute: false}) lastFeatureMap = '';

  static override styles = [
    theme,
    css`
      .method {
        display: flex;
        gap: 12px;
        align-items: center;
      }
      .method select {
        flex: 1;
        min-width: 0;
      }
      p {
        margin: 6px 0 10px;
      }
      .options {
        display: grid;
        grid-template-columns: minmax(6.5em, max-content) minmax(0, 1fr) 6em;
        gap: 6px 12px;
        align-items: center;
      }
      .options > .wide {
        grid-column: 2 / -1;
        justify-self: start;
      }
      .options input[type='number'] {
        width: 100%;
      }
      .options input[type='range'] {
        width: 100%;
      }
      .options input[type='checkbox'] {
        width: 16px;
        height: 16px;
        margin: 6px 0;
      }
      label {
        text-transform: none;
      }
      .changed {
        font-weight: 600;
      }
      details {
        margin-top: 8px;
      }
      summary {
        cursor: pointer;
        margin-bottom: 6px;
      }
    `,
  ];

  private set(option: Option, value: string): void {
    send(this, 'whylight-setting', {name: option.name, value});
  }

  private setNumber(option: Option, input: HTMLInputElement): void {
    const bounded = option.high > option.low;
    const value = input.valueAsNumber;
    const wrong = !Number.isFinite(value) || (bounded && (value < option.low || value > option.high));
    input.setCustomValidity(wrong ? text.range(option.name, formatNumber(option.low), formatNumber(option.high)) : '');
    if (input.reportValidity()) this.set(option, String(option.kind === 'integer' ? Math.round(value) : value));
  }

  private renderNumber(option: Option, value: string, id: string) {
    const bounded = option.high > option.low && Number.isFinite(option.high);
    const slider = bounded ? sliderOf(option) : undefined;
    const number = () => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)!;
    return html`${
        slider
          ? html`<input
              type="range"
              min="0"
              max="1000"
              aria-label=${`${words(option.name)}, slider`}
              title=${option.help}
              .value=${String(Math.round(slider.to(Number(value))))}
              @input=${(event: Event) => (number().value = String(slider.from(Number((event.target as HTMLInputElement).value))))}
              @change=${(event: Event) => this.set(option, String(slider.from(Number((event.target as HTMLInputElement).value))))}
            />`
          : html`<span></span>`
      }
      <input
        id=${id}
        type="number"
        step="any"
        .value=${value}
        title=${option.help}
        min=${bounded ? option.low : nothing}
        max=${bounded ? option.high : nothing}
        @change=${(event: Event) => this.setNumber(option, event.target as HTMLInputElement)}
      />`;
  }

  private renderSelect(option: Option, value: string, id: string, choices: {value: string; text: string}[]) {
    return html`<select
      class="wide"
      id=${id}
      title=${option.help}
      @change=${(event: Event) => this.set(option, (event.target as HTMLSelectElement).value)}
    >
      ${choices.map((choice) => html`<option value=${choice.value} ?selected=${choice.value === value}>${choice.text}</option>`)}
    </select>`;
  }

  private renderLayer(option: Option, value: string, id: string) {
    const chosen = value || this.lastFeatureMap;
    const choices = this.layers.map(({name, shape}) => ({
      value: name,
      text: `${name}  (${shape.slice(1).join(' × ')})`,
    }));
    if (!choices.some((choice) => choice.value === chosen)) choices.unshift({value: '', text: text.lastMap});
    return this.renderSelect(option, chosen, id, choices);
  }

  private readonly controls: Record<Option['kind'], (option: Option, value: string, id: string) => TemplateResult> = {
    integer: this.renderNumber.bind(this),
    number: this.renderNumber.bind(this),
    choice: (option, value, id) =>
      this.renderSelect(
        option,
        value,
        id,
        option.choices.map((choice) => ({value: choice, text: words(choice)})),
      ),
    flag: (option, value, id) =>
      html`<input
        class="wide"
        id=${id}
        type="checkbox"
        title=${option.help}
        .checked=${value === 'true' || value === '1'}
        @change=${(event: Event) => this.set(option, String((event.target as HTMLInputElement).checked))}
      />`,
    layer: this.renderLayer.bind(this),
  };

  private renderOption(option: Option) {
    const id = `option-${option.name}`;
    const value = this.settings[option.name] ?? option.fallback;
    return html`<label for=${id} title=${option.help} class=${option.name in this.settings ? 'changed' : ''}
        >${words(option.name)}</label
      >
      ${this.controls[option.kind](option, value, id)}`;
  }

  private renderMethods() {
    const families = [...new Set(this.methods.map(({family}) => family))];
    return html`<select
      id="method"
      @change=${(event: Event) => send(this, 'whylight-method', {method: (event.target as HTMLSelectElement).value})}
    >
      ${families.map(
        (family) =>
          html`<optgroup label=${text.families[family] ?? words(family)}>
            ${this.methods
              .filter((row) => row.family === family)
              .map(({name, title}) => html`<option value=${name} ?selected=${name === this.method}>${title}</option>`)}
          </optgroup>`,
      )}
    </select>`;
  }

  override render() {
    const row = this.methods.find(({name}) => name === this.method);
    const options = row?.options ?? [];
    const hidden = options.slice(shownAtOnce);
    return html`<div class="method">
        <label for="method"><h2>${text.method}</h2></label>${this.renderMethods()}
      </div>
      ${row ? html`<p class="small">${row.summary} <span class="quiet">${row.paper}</span></p>` : nothing}
      <div class="options small">${options.slice(0, shownAtOnce).map((option) => this.renderOption(option))}</div>
      ${
        hidden.length > 0
          ? html`<details class="small" ?open=${hidden.some(({name}) => name in this.settings)}>
              <summary>${text.more(hidden.length)}</summary>
              <div class="options">${hidden.map((option) => this.renderOption(option))}</div>
            </details>`
          : nothing
      }`;
  }
}

define('whylight-options', WhylightOptions);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-options': WhylightOptions;
  }
}
