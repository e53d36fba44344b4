import {LitElement, css, html, nothing, type PropertyValues} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import {
  describeMap,
  enlarge,
  entryOf,
  heatMap,
  paint,
  scaleOf,
  soften,
  type HeatMap,
  type Scale,
} from '../core/heat.ts';
import type {Picture} from '../core/image.ts';
import {colourTable, findPalette, palettes} from '../core/palette.ts';
import type {NdArray} from '../core/types.ts';
import {define, send} from './define.ts';
import {formatSigned} from './format.ts';
import './legend.ts';
import {theme} from './theme.ts';
import {plainView, type View} from './view.ts';

const smoothings = [
  [0, 'none'],
  [1, 'slight'],
  [2, 'medium'],
  [4, 'strong'],
] as const;

/**
 * A picture with its map over it, a legend with numbers, and the value under the pointer or the keyboard's cursor.
 *
 * @fires whylight-view - the person chose another palette, opacity or smoothing; detail is the changed part of View
 * @slot - lies over the picture
 * @slot control - small controls beside the value that is read
 * @csspart stage - the square that holds the picture
 * @element whylight-picture
 */
export class WhylightPicture extends LitElement {
  /** at the network's resolution */
  @property({attribute: false}) picture: Picture | undefined;
  /** of the input's shape or of a layer's; enlarged to the picture's */
  @property({attribute: false}) attribution: NdArray | undefined;
  /** where the attribution's channels are */
  @property() layout: 'nchw' | 'nhwc' = 'nchw';
  /** how the map is drawn */
  @property({attribute: false}) view: View = plainView;
  /** of several maps that are to be compared; by default the map's own */
  @property({attribute: false}) common: Scale | undefined;
  /** what is explained, for the text alternative: "Egyptian cat by integrated gradients" */
  @property() label = '';
  /** the map does not belong to what is asked any more; a new one is being made */
  @property({type: Boolean, reflect: true}) stale = false;
  /** only the picture: no legend, no controls */
  @property({type: Boolean, reflect: true}) bare = false;

  @state() private cursor: {x: number; y: number} | undefined;
  @state() private speaks = false;
  @query('canvas.map') private canvas!: HTMLCanvasElement;
  private raw: HeatMap | undefined;
  private map: HeatMap | undefined;
  private scale: Scale | undefined;
  private words = '';

  static override styles = [
    theme,
    css`
      .stage {
        position: relative;
        aspect-ratio: 1;
        background: var(--wash);
        touch-action: pan-y;
      }
      canvas.map {
        display: block;
        width: 100%;
        height: 100%;
        object-fit: contain;
        transition: opacity 120ms;
      }
      canvas.map.coarse {
        image-rendering: pixelated;
      }
      :host([stale]) canvas.map {
        opacity: 0.55;
      }
      .reader {
        position: absolute;
        inset: 0;
        cursor: crosshair;
      }
      .cross {
        position: absolute;
        width: 11px;
        height: 11px;
        margin: -5.5px 0 0 -5.5px;
        border: 1px solid #000;
        outline: 1px solid #fff;
        pointer-events: none;
      }
      .below {
        min-height: 118px;
        margin-top: 10px;
      }
      .controls {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 10px;
        align-items: center;
        justify-content: space-between;
        margin-top: 8px;
      }
      .controls label {
        display: flex;
        gap: 6px;
        align-items: center;
      }
      .controls input {
        width: 56px;
      }
      .controls select {
        padding: 3px 4px;
      }
      .controls output {
        min-width: 2.8em;
      }
      .note {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: start;
        margin-top: 8px;
      }
      .read {
        flex: 1 1 240px;
        min-height: 2.8em;
        margin: 0;
      }
      @media (prefers-reduced-motion: reduce) {
        canvas.map {
          transition: none;
        }
      }
      @media print {
        .controls {
          display: none;
        }
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues<this>): void {
    const {picture, attribution} = this;
    if (changed.has('attribution') || changed.has('layout') || changed.has('picture')) {
      this.raw = undefined;
      if (attribution && picture) {
        this.raw = enlarge(heatMap(attribution, this.layout), picture.width, picture.height);
        this.words = describeMap(this.raw);
      }
    } else if (!changed.has('view') && !changed.has('common')) return;
    this.map = this.raw && soften(this.raw, this.view.smoothing);
    this.scale = this.map && (this.common ?? scaleOf(this.map));
  }

  protected override updated(changed: PropertyValues<this>): void {
    const drawn = ['picture', 'attribution', 'view', 'layout', 'common'] as const;
    if (drawn.some((name) => changed.has(name))) this.draw();
  }

  private get palette() {
    return findPalette(this.view.palette, this.scale?.kind ?? 'diverging');
  }

  private draw(): void {
    const {picture, map, scale, canvas} = this;
    if (!picture) return;
    const shown = map && scale ? paint(picture, map, scale, this.palette, this.view.opacity) : picture;
    canvas.width = shown.width;
    canvas.height = shown.height;
    canvas.getContext('2d')!.putImageData(new ImageData(shown.data, shown.width), 0, 0);
  }

  private point(event: PointerEvent): void {
    const {picture} = this;
    if (!picture) return;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const place = (at: number, size: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor((at / size) * count)));
    this.speaks = false;
    this.cursor = {
      x: place(event.clientX - box.left, box.width, picture.width),
      y: place(event.clientY - box.top, box.height, picture.height),
    };
  }

  private key(event: KeyboardEvent): void {
    const {picture} = this;
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (!picture || !step) return;
    event.preventDefault();
    const {x, y} = this.cursor ?? {x: picture.width >> 1, y: picture.height >> 1};
    const far = event.shiftKey ? 10 : 1;
    const within = (value: number, count: number) => Math.min(count - 1, Math.max(0, value));
    this.speaks = true;
    this.cursor = {x: within(x + step[0]! * far, picture.width), y: within(y + step[1]! * far, picture.height)};
  }

  private readout() {
    const {cursor, map, raw, picture} = this;
    if (!picture || !map || !raw) return nothing;
    if (!cursor) return this.words;
    const at = cursor.y * picture.width + cursor.x;
    const [red, green, blue] = picture.data.subarray(at * 4, at * 4 + 3);
    const smoothed = map !== raw ? ` (${formatSigned(raw.values[at]!)} before smoothing)` : '';
    const colour = picture.width > 64 ? `, picture ${red} ${green} ${blue}` : '';
    return html`column ${cursor.x}, row ${cursor.y}: <b class="number">${formatSigned(map.values[at]!)}</b
      ><span class="quiet">${smoothed}${colour}</span>`;
  }

  private change(part: Partial<View>): void {
    send(this, 'whylight-view', part);
  }

  private renderControls(scale: Scale) {
    const {view} = this;
    const number = (event: Event) => Number((event.target as HTMLInputElement).value);
    return html`<div class="controls small">
      <label
        >map
        <input
          type="range"
          min="0"
          max="100"
          step="5"
          aria-label="opacity of the map, per cent"
          .value=${String(Math.round(view.opacity * 100))}
          @input=${(event: Event) => this.change({opacity: number(event) / 100})}
        />
        <output class="number">${Math.round(view.opacity * 100)} %</output></label
      >
      <label
        >smooth
        <select @change=${(event: Event) => this.change({smoothing: number(event)})}>
          ${smoothings.map(
            ([pixels, name]) => html`<option value=${pixels} ?selected=${pixels === view.smoothing}>${name}</option>`,
          )}
        </select></label
      >
      <label
        >colours
        <select @change=${(event: Event) => this.change({palette: (event.target as HTMLSelectElement).value})}>
          ${palettes
            .filter(({kind}) => kind === scale.kind)
            .map(
              ({name, title}) => html`<option value=${name} ?selected=${name === this.palette.name}>${title}</option>`,
            )}
        </select></label
      >
    </div>`;
  }

  private renderCursor() {
    const {cursor, picture} = this;
    if (!cursor || !picture) return nothing;
    const left = ((cursor.x + 0.5) / picture.width) * 100;
    const top = ((cursor.y + 0.5) / picture.height) * 100;
    return html`<div class="cross" .style=${`left:${left}%;top:${top}%`}></div>`;
  }

  override render() {
    const {picture, map, raw, scale} = this;
    const alternative = raw ? `${this.label}. ${this.words}` : this.label || 'picture';
    const coarse = picture && picture.width <= 64 ? 'coarse' : '';
    return html`<div class="stage" part="stage">
        <canvas class="map ${coarse}" role="img" aria-label=${alternative} ?hidden=${!picture}></canvas>
        ${
          map && !this.bare
            ? html`<div
                class="reader"
                role="application"
                tabindex="0"
                aria-label="Values of the map. Arrow keys move, with shift by ten"
                @pointermove=${this.point.bind(this)}
                @pointerdown=${this.point.bind(this)}
                @pointerleave=${() => (this.cursor = undefined)}
                @blur=${() => (this.cursor = undefined)}
                @keydown=${this.key.bind(this)}
              >
                ${this.renderCursor()}
              </div>`
            : nothing
        }
        <slot></slot>
      </div>
      ${
        this.bare
          ? nothing
          : html`<div class="below">
              ${
                scale
                  ? html`<whylight-legend .scale=${scale} .palette=${this.palette}></whylight-legend>
                      ${this.renderControls(scale)}`
                  : nothing
              }
              <div class="note">
                <p class="read small" aria-live=${this.speaks ? 'polite' : 'off'}>${this.readout()}</p>
                <slot name="control"></slot>
              </div>
            </div>`
      }`;
  }

  /** The colour of a value on this map's scale as red, green, blue. */
  colourOf(value: number): number[] {
    const entry = this.scale ? entryOf(value, this.scale) * 3 : 0;
    return [...colourTable(this.palette).subarray(entry, entry + 3)];
  }
}

define('whylight-picture', WhylightPicture);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-picture': WhylightPicture;
  }
}
