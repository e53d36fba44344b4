import {LitElement, css, html, nothing, svg, type PropertyValues} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import {compose, type Composed} from '../core/compose.ts';
import {describeMap, enlarge, entryOf, heatMap, paint, type HeatMap, type Scale} from '../core/heat.ts';
import type {Picture} from '../core/image.ts';
import {colourTable, findPalette, palettes} from '../core/palette.ts';
import type {NdArray} from '../core/types.ts';
import {picture as reading, pictures} from '../strings/english.ts';
import {define, send} from './define.ts';
import {formatSigned} from './format.ts';
import './legend.ts';
import {theme} from './theme.ts';
import {notesOf} from './overlaid.ts';
import {overlays, plainView, type View} from './view.ts';

/** Standard deviations in pixels of a picture 224 wide. */
const smoothings = ([0, 1, 2, 4] as const).map((pixels) => [pixels, pictures.smoothings[pixels]] as const);

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
  /** whether the lesser controls are shown; until the person says so, where one of them is in use */
  @state() private more: boolean | undefined;
  @state() private speaks = false;
  @query('canvas.map') private canvas!: HTMLCanvasElement;
  private raw: HeatMap | undefined;
  private composed: Composed | undefined;
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
      .lines {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        pointer-events: none;
        fill: none;
        stroke: #000;
        stroke-width: 1.2;
      }
      .lines path {
        vector-effect: non-scaling-stroke;
      }
      .lines .under {
        stroke: #fff;
        stroke-width: 3;
        stroke-opacity: 0.65;
      }
      .lines .against {
        stroke-dasharray: 4 3;
      }
      .lines .border {
        stroke-width: 0.6;
      }
      .overlaid {
        margin: 6px 0 0;
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
    this.composed = this.raw && picture && compose(this.raw, picture, this.view, this.common);
  }

  private get map(): HeatMap | undefined {
    return this.composed?.map;
  }

  private get scale(): Scale | undefined {
    return this.composed?.scale;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const drawn = ['picture', 'attribution', 'view', 'layout', 'common'] as const;
    if (drawn.some((name) => changed.has(name))) this.draw();
  }

  private get palette() {
    return findPalette(this.view.palette, this.scale?.kind ?? 'diverging');
  }

  private draw(): void {
    const {picture, composed, canvas, palette, view} = this;
    if (!picture) return;
    const {map, scale, limit} = composed ?? {};
    const shown = map && scale ? paint(picture, map, scale, palette, view.opacity, limit) : picture;
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
    const own = formatSigned(raw.values[at]!);
    const kind = this.view.overlay === 'regions' ? pictures.ofRegion(own) : pictures.smoothed(own);
    const smoothed = map !== raw ? ` ${kind}` : '';
    const hidden = Math.abs(map.values[at]!) < (this.composed?.limit ?? 0) ? `, ${pictures.hidden}` : '';
    const colour = picture.width > 64 ? reading.colour(red!, green!, blue!) : '';
    return html`${reading.place(cursor.x, cursor.y)}<b class="number">${formatSigned(map.values[at]!)}</b
      ><span class="quiet">${smoothed}${hidden}${colour}</span>`;
  }

  private change(part: Partial<View>): void {
    send(this, 'whylight-view', part);
  }

  private renderControls(scale: Scale) {
    const {view} = this;
    const more = this.more ?? (view.threshold !== plainView.threshold || view.overlay !== plainView.overlay);
    return html`<div class="controls small">
        ${this.renderSlider(pictures.map, pictures.mapLabel, 'opacity', 100)}
        ${this.renderChoice(
          pictures.colours,
          'palette',
          palettes.filter(({kind}) => kind === scale.kind).map(({name, title}) => [name, title]),
          this.palette.name,
        )}
        <button
          aria-expanded=${more}
          aria-label=${`${more ? pictures.less : pictures.more}: ${pictures.lesser}`}
          @click=${() => (this.more = !more)}
        >
          ${more ? pictures.less : pictures.more}
        </button>
      </div>
      ${
        more
          ? html`<div class="controls small">
              ${this.renderChoice(pictures.smooth, 'smoothing', smoothings, view.smoothing)}
              ${this.renderSlider(pictures.hide, pictures.hideLabel, 'threshold', 75)}
              ${this.renderChoice(
                pictures.overlay,
                'overlay',
                overlays.map((name) => [name, pictures.overlays[name]]),
                view.overlay,
              )}
            </div>`
          : nothing
      }`;
  }

  /** A share of the view, in per cent. */
  private renderSlider(title: string, label: string, name: 'opacity' | 'threshold', most: number) {
    const percent = Math.round(this.view[name] * 100);
    return html`<label
      >${title}
      <input
        type="range"
        min="0"
        max=${most}
        step="5"
        aria-label=${label}
        .value=${String(percent)}
        @input=${({target}: Event) => this.change({[name]: Number((target as HTMLInputElement).value) / 100})}
      />
      <output class="number">${percent} %</output></label
    >`;
  }

  private renderChoice(
    title: string,
    name: 'palette' | 'smoothing' | 'overlay',
    choices: readonly (readonly [string | number, string])[],
    chosen: string | number,
  ) {
    const take = ({target}: Event) => {
      const [value] = choices[(target as HTMLSelectElement).selectedIndex]!;
      this.change({[name]: value});
    };
    return html`<label
      >${title}
      <select @change=${take}>
        ${choices.map(([value, text]) => html`<option value=${value} ?selected=${value === chosen}>${text}</option>`)}
      </select></label
    >`;
  }

  /** What lies over the picture, each line on a light ground so that it is seen on every colour. */
  private renderLines() {
    const {lines = []} = this.composed ?? {};
    const {width, height} = this.picture ?? {};
    if (lines.length === 0) return nothing;
    return html`<svg class="lines" viewBox="0 0 ${width} ${height}" aria-hidden="true">
      ${lines.map(({kind, path}) => svg`<path class="under" d=${path} /><path class=${kind} d=${path} />`)}
    </svg>`;
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
        ${this.renderLines()}
        ${
          map && !this.bare
            ? html`<div
                class="reader"
                role="application"
                tabindex="0"
                aria-label=${reading.reader}
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
                  ? html`<whylight-legend
                        .scale=${scale}
                        .palette=${this.palette}
                        .limit=${this.composed!.limit}
                        .levels=${this.composed!.levels}
                      ></whylight-legend>
                      ${this.renderControls(scale)}
                      ${notesOf(this.composed!, this.view).map((note) => html`<p class="overlaid small quiet">${note}</p>`)}`
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
