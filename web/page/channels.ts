/** Small pictures of a layer's channels, the strongest first. */
import {LitElement, css, html, nothing, type PropertyValues} from 'lit';
import {property, state} from 'lit/decorators.js';
import {entryOf, scaleOf, type Scale} from '../core/heat.ts';
import {colourTable, findPalette} from '../core/palette.ts';
import type {NdArray} from '../core/types.ts';
import '../element/legend.ts';
import {formatNumber} from '../element/index.ts';
import {theme} from '../element/theme.ts';
import {channels as words} from '../strings/english.ts';

const atFirst = 48;

interface Channel {
  number: number;
  /** mean of its values, and of their sizes: what they are sorted by */
  mean: number;
  strength: number;
}

/** A layer's values as channels of a height and a width; numbers alone are pictures of one pixel. */
function gridOf({shape}: NdArray): {count: number; height: number; width: number} {
  const [, ...rest] = shape;
  if (rest.length >= 3) return {count: rest[0]!, height: rest.at(-2)!, width: rest.at(-1)!};
  if (rest.length === 2) return {count: 1, height: rest[0]!, width: rest[1]!};
  return {count: rest[0] ?? 1, height: 1, width: 1};
}

/**
 * What a layer's channels hold, on one scale of colours.
 *
 * @fires whylight-channel - the person chose one to be explained; detail.channel is its number
 * @element whylight-channels
 */
export class WhylightChannels extends LitElement {
  @property({attribute: false}) values: NdArray | undefined;
  @property() palette = '';
  /** that is explained now, or -1 */
  @property({type: Number}) chosen = -1;
  @state() private all = false;
  private sorted: Channel[] = [];
  private scale: Scale | undefined;

  static override styles = [
    theme,
    css`
      .channels {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(76px, 1fr));
        gap: 8px;
        margin: 8px 0;
      }
      button.channel {
        padding: 0;
        border: 0;
        border-radius: 0;
        background: none;
        text-align: start;
      }
      button.channel:hover {
        outline: 1px solid var(--ink);
      }
      button.channel[aria-current] {
        outline: 2px solid var(--accent);
      }
      canvas {
        display: block;
        width: 100%;
        aspect-ratio: 1;
        image-rendering: pixelated;
        background: var(--wash);
      }
      canvas.flat {
        aspect-ratio: 4;
      }
      whylight-legend {
        max-width: 320px;
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('values') || !this.values) return;
    const {data} = this.values;
    const {count, height, width} = gridOf(this.values);
    const area = height * width;
    this.all = false;
    this.scale = scaleOf({width, height: data.length / width, values: data});
    this.sorted = Array.from({length: count}, (_, number) => {
      const part = data.subarray(number * area, (number + 1) * area);
      const mean = part.reduce((sum, value) => sum + value, 0) / area;
      return {number, mean, strength: part.reduce((sum, value) => sum + Math.abs(value), 0) / area};
    }).sort((one, other) => other.strength - one.strength);
  }

  private get shown(): Channel[] {
    return this.all ? this.sorted : this.sorted.slice(0, atFirst);
  }

  protected override updated(): void {
    const {values, scale} = this;
    if (!values || !scale) return;
    const {height, width} = gridOf(values);
    const table = colourTable(findPalette(this.palette, scale.kind));
    const canvases = this.renderRoot.querySelectorAll('canvas');
    this.shown.forEach(({number}, place) => {
      const canvas = canvases[place]!;
      const pixels = new ImageData(width, height);
      const first = number * width * height;
      for (let at = 0; at < width * height; ++at) {
        const entry = entryOf(values.data[first + at]!, scale) * 3;
        pixels.data.set([table[entry]!, table[entry + 1]!, table[entry + 2]!, 255], at * 4);
      }
      canvas.width = width;
      canvas.height = height;
      canvas.getContext('2d')!.putImageData(pixels, 0, 0);
    });
  }

  private choose(channel: number): void {
    this.dispatchEvent(new CustomEvent('whylight-channel', {detail: {channel}, bubbles: true, composed: true}));
  }

  override render() {
    const {values, scale} = this;
    if (!values || !scale) return nothing;
    const {width, height} = gridOf(values);
    const {length} = this.sorted;
    return html`<whylight-legend .scale=${scale} .palette=${findPalette(this.palette, scale.kind)}></whylight-legend>
      <div class="channels">
        ${this.shown.map(
          ({number, mean}) =>
            html`<button
              class="channel small"
              title=${words.explain(number, formatNumber(mean))}
              aria-current=${number === this.chosen ? 'true' : nothing}
              @click=${() => this.choose(number)}
            >
              <canvas class=${width * height === 1 ? 'flat' : ''} aria-hidden="true"></canvas>
              <span class="visually-hidden">${words.channel}</span> <span class="quiet number">${number}</span>
              <span class="number">${formatNumber(mean, 2)}</span>
            </button>`,
        )}
      </div>
      ${
        length > atFirst
          ? html`<button class="small" aria-expanded=${this.all} @click=${() => (this.all = !this.all)}>
              ${this.all ? words.fewer : words.showAll(length)}
            </button>`
          : nothing
      }`;
  }
}

customElements.define('whylight-channels', WhylightChannels);
