import {LitElement, css, html} from 'lit';
import {property, query} from 'lit/decorators.js';
import type {Picture} from '../core/image.ts';
import {drawingSheet as words} from '../strings/english.ts';
import {define, send} from './define.ts';
import {theme} from './theme.ts';

const side = 280;
const pen = 20;

/**
 * A sheet to draw a digit on, with pen, finger or mouse.
 *
 * @fires whylight-draw - detail.picture is the sheet, dark on light; detail.drawing says whether the pen is down
 * @element whylight-draw
 */
export class WhylightDraw extends LitElement {
  /** nothing has been drawn yet */
  @property({type: Boolean, reflect: true}) empty = true;
  @query('canvas') private canvas!: HTMLCanvasElement;
  private context!: CanvasRenderingContext2D;
  private drawing = false;
  private last: [number, number] = [0, 0];

  static override styles = [
    theme,
    css`
      .sheet {
        position: relative;
        aspect-ratio: 1;
      }
      canvas {
        display: block;
        width: 100%;
        height: 100%;
        background: #fff;
        outline: 1px solid var(--edge);
        outline-offset: -1px;
        touch-action: none;
        cursor: crosshair;
      }
      .hint {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        pointer-events: none;
        color: #5a6068;
        margin: 0;
      }
      :host(:not([empty])) .hint {
        display: none;
      }
      .below {
        display: flex;
        justify-content: space-between;
        align-items: center;
        margin-top: 10px;
        min-height: 28px;
      }
    `,
  ];

  protected override firstUpdated(): void {
    this.context = this.canvas.getContext('2d', {willReadFrequently: true})!;
    this.context.lineWidth = pen;
    this.context.lineCap = 'round';
    this.context.lineJoin = 'round';
    this.wipe();
  }

  private wipe(): void {
    this.context.fillStyle = '#fff';
    this.context.fillRect(0, 0, side, side);
    this.empty = true;
  }

  /** Puts a sheet back as it was, without telling anyone. */
  show({data, width}: Picture): void {
    this.context.putImageData(new ImageData(new Uint8ClampedArray(data), width), 0, 0);
    this.empty = false;
  }

  /** Wipes the sheet without telling anyone. */
  clear(): void {
    this.wipe();
  }

  private tell(): void {
    const {data} = this.context.getImageData(0, 0, side, side);
    const picture: Picture = {width: side, height: side, data: new Uint8ClampedArray(data)};
    send(this, 'whylight-draw', {picture, drawing: this.drawing, empty: this.empty});
  }

  private place(event: PointerEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * side, ((event.clientY - box.top) / box.height) * side];
  }

  private stroke(to: [number, number]): void {
    this.context.beginPath();
    this.context.moveTo(...this.last);
    this.context.lineTo(...to);
    this.context.stroke();
    this.last = to;
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.drawing = true;
    this.empty = false;
    this.last = this.place(event);
    this.stroke(this.last);
    this.tell();
  }

  private moved(event: PointerEvent): void {
    if (!this.drawing) return;
    const events = event.getCoalescedEvents();
    for (const part of events.length > 0 ? events : [event]) this.stroke(this.place(part));
    this.tell();
  }

  private up(): void {
    if (!this.drawing) return;
    this.drawing = false;
    this.tell();
  }

  override render() {
    return html`<div class="sheet">
        <canvas
          width=${side}
          height=${side}
          role="img"
          aria-label=${words.label}
          @pointerdown=${this.down.bind(this)}
          @pointermove=${this.moved.bind(this)}
          @pointerup=${this.up.bind(this)}
          @pointercancel=${this.up.bind(this)}
        ></canvas>
        <p class="hint">${words.hint}</p>
      </div>
      <div class="below">
        <slot></slot>
        <button ?disabled=${this.empty} @click=${() => (this.wipe(), this.tell())}>${words.clear}</button>
      </div>`;
  }
}

define('whylight-draw', WhylightDraw);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-draw': WhylightDraw;
  }
}
