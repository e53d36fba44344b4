import {LitElement, css, html, nothing, svg, type PropertyValues} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import {marking as words} from '../strings/english.ts';
import {define, send} from './define.ts';
import {theme} from './theme.ts';

/** A part of a picture, in shares (0 to 1) of its width and height. */
export interface Mark {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** First and last (exclusive) column and row of a picture. */
type Span = [number, number];

/** A span moved, or its end moved with `resize`, by so many pixels; stays within `count` and at least one pixel long. */
function shift([first, last]: Span, by: number, count: number, resize: boolean): Span {
  if (resize) return [first, Math.min(count, Math.max(first + 1, last + by))];
  const step = Math.min(count - last, Math.max(-first, by));
  return [first + step, last + step];
}

/** The pixels between two places of a drag, those that are touched included. */
function between(from: number, to: number, count: number): Span {
  const within = (value: number) => Math.min(count, Math.max(0, value));
  return [Math.floor(within(Math.min(from, to))), Math.ceil(within(Math.max(from, to)))];
}

/**
 * Lies over a picture and lets a person mark a part of it, in whole pixels, by dragging or with the arrow keys.
 *
 * @fires whylight-mark - detail.mark is the part that is marked now, undefined for none
 * @element whylight-mark
 */
export class WhylightMark extends LitElement {
  /** pixels of the picture below */
  @property({type: Number}) width = 1;
  /** pixels of the picture below */
  @property({type: Number}) height = 1;
  /** what is marked */
  @property({attribute: false}) mark: Mark | undefined;
  /** takes drags and keys; otherwise only shows the mark */
  @property({type: Boolean, reflect: true}) active = false;

  @state() private drag: {from: DOMPoint; to: DOMPoint} | undefined;
  @query('.surface') private surface!: HTMLElement | null;
  @query('svg') private drawing!: SVGSVGElement;

  static override styles = [
    theme,
    css`
      :host {
        position: absolute;
        inset: 0;
        pointer-events: none;
      }
      .surface {
        position: absolute;
        inset: 0;
        pointer-events: auto;
        touch-action: none;
        cursor: crosshair;
      }
      svg {
        position: absolute;
        width: 100%;
        height: 100%;
        pointer-events: none;
      }
      rect {
        fill: none;
        stroke: #000;
        stroke-width: 1.5px;
        vector-effect: non-scaling-stroke;
      }
      rect.dashes {
        stroke: #fff;
        stroke-dasharray: 4 4;
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('active') || changed.has('width') || changed.has('height')) this.drag = undefined;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('active') && this.active) this.surface?.focus({preventScroll: true});
  }

  /** Where a pointer is, in pixels of the picture. */
  private place(event: PointerEvent): DOMPoint {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(this.drawing.getScreenCTM()!.inverse());
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 || !event.isPrimary) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    const at = this.place(event);
    this.drag = {from: at, to: at};
  }

  private moved(event: PointerEvent): void {
    if (this.drag && event.isPrimary) this.drag = {...this.drag, to: this.place(event)};
  }

  /** A drag of less than a pixel is a click, which marks nothing. */
  private up(event: PointerEvent): void {
    if (!event.isPrimary || !this.drag) return;
    this.moved(event);
    const {from, to} = this.drag;
    const spans = this.spans;
    this.drag = undefined;
    if (Math.hypot(to.x - from.x, to.y - from.y) >= 1 && spans) this.tell(...spans);
  }

  private tell(columns: Span, rows: Span): void {
    if (columns[0] >= columns[1] || rows[0] >= rows[1]) return; // dragged beside the picture
    const [left, right] = columns.map((column) => column / this.width) as Span;
    const [top, bottom] = rows.map((row) => row / this.height) as Span;
    send(this, 'whylight-mark', {mark: {left, top, width: right - left, height: bottom - top} satisfies Mark});
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      if (this.drag) this.drag = undefined;
      else send(this, 'whylight-mark', {mark: undefined});
      return;
    }
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (!step) return;
    event.preventDefault();
    const {width, height} = this;
    const centre = (count: number): Span => [Math.floor(count / 4), Math.ceil((count * 3) / 4)];
    const [columns, rows] = this.spans ?? [centre(width), centre(height)];
    const by = (direction: number, count: number) => direction * Math.max(1, Math.round(count / 50));
    this.tell(
      shift(columns, by(step[0]!, width), width, event.shiftKey),
      shift(rows, by(step[1]!, height), height, event.shiftKey),
    );
  }

  /** Columns and rows of the drag or, without one, of the mark. */
  private get spans(): [Span, Span] | undefined {
    const {drag, mark, width, height} = this;
    if (drag) return [between(drag.from.x, drag.to.x, width), between(drag.from.y, drag.to.y, height)];
    if (!mark) return undefined;
    const span = (first: number, length: number, count: number): Span => [
      Math.round(first * count),
      Math.round((first + length) * count),
    ];
    return [span(mark.left, mark.width, width), span(mark.top, mark.height, height)];
  }

  private renderDrawing() {
    const [columns, rows] = this.spans ?? [];
    const outline = (name: string) =>
      svg`<rect class=${name} x=${columns![0]} y=${rows![0]} width=${columns![1] - columns![0]} height=${rows![1] - rows![0]}></rect>`;
    return html`<svg viewBox=${`0 0 ${this.width} ${this.height}`} aria-hidden="true">
      ${columns && rows ? svg`${outline('line')}${outline('dashes')}` : nothing}
    </svg>`;
  }

  private describe(): string {
    if (this.drag || !this.spans) return '';
    return words.marked(...this.spans);
  }

  override render() {
    const hidden = html`<p class="visually-hidden" role="status">${this.describe()}</p>`;
    if (!this.active) return html`${this.renderDrawing()}${hidden}`;
    return html`<div
        class="surface"
        role="application"
        tabindex="0"
        aria-label=${words.label}
        @pointerdown=${this.down.bind(this)}
        @pointermove=${this.moved.bind(this)}
        @pointerup=${this.up.bind(this)}
        @pointercancel=${() => (this.drag = undefined)}
        @keydown=${this.key.bind(this)}
      ></div>
      ${this.renderDrawing()}${hidden}`;
  }
}

define('whylight-mark', WhylightMark);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-mark': WhylightMark;
  }
}
