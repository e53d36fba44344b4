import {scaleLinear} from 'd3-scale';
import {area, line} from 'd3-shape';
import {LitElement, css, html, nothing, svg} from 'lit';
import {property, state} from 'lit/decorators.js';
import type {Curve} from '../core/types.ts';
import {curve as words} from '../strings/english.ts';
import {define, send} from './define.ts';
import {formatNumber} from './format.ts';
import {theme} from './theme.ts';

/** A curve with the number it gives: the area under it. */
export interface ScoredCurve extends Curve {
  area: number | null;
  /** "lower is better" */
  note: string;
}

const margin = {left: 52, right: 14, top: 10, bottom: 40};
const height = 230;

/** The curve's value at a place between its points. */
function valueAt({x, y}: Curve, place: number): number {
  const next = x.findIndex((at) => at >= place);
  if (next <= 0) return y[next === 0 ? 0 : y.length - 1] ?? 0;
  const share = (place - x[next - 1]!) / (x[next]! - x[next - 1]! || 1);
  return y[next - 1]! * (1 - share) + y[next]! * share;
}

/**
 * Deletion and insertion curves with a handle: dragging it, or the arrow keys, ask for the picture perturbed so far.
 *
 * @fires whylight-scrub - detail.share is the handle's place from 0 to 1
 * @element whylight-curve
 */
export class WhylightCurve extends LitElement {
  /** what is drawn, on common axes */
  @property({attribute: false}) curves: readonly ScoredCurve[] = [];
  /** where the handle is, 0 to 1 */
  @property({type: Number}) share = 0.1;
  @state() private width = 520;
  private observer: ResizeObserver | undefined;
  private dragging = false;

  static override styles = [
    theme,
    css`
      svg {
        display: block;
        width: 100%;
        overflow: visible;
        font-size: 12px;
        fill: var(--quiet);
        touch-action: pan-y;
      }
      .rule {
        stroke: var(--line);
      }
      .line {
        fill: none;
        stroke-width: 1.75;
        stroke-linejoin: round;
      }
      .c0 {
        stroke: var(--accent);
        color: var(--accent);
      }
      .c1 {
        stroke: var(--alert);
        color: var(--alert);
      }
      .shade {
        stroke: none;
        fill: currentColor;
        opacity: 0.08;
      }
      .dot {
        fill: var(--ground);
        stroke-width: 1.75;
      }
      .handle {
        cursor: ew-resize;
        outline: none;
      }
      .handle line {
        stroke: var(--ink);
      }
      .handle rect.grip {
        fill: var(--ground);
        stroke: var(--ink);
      }
      .handle rect.reach {
        fill: transparent;
      }
      .handle:focus-visible rect.grip {
        stroke: var(--accent);
        stroke-width: 3;
      }
      ul {
        list-style: none;
        margin: 0 0 6px;
        padding: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 2px 24px;
      }
      .key {
        display: inline-block;
        width: 18px;
        border-top: 2px solid;
        vertical-align: 0.3em;
        margin-right: 6px;
      }
      @media print {
        svg {
          height: auto;
        }
        .handle,
        .dot {
          display: none;
        }
      }
      @media (forced-colors: active) {
        .c0 {
          stroke: LinkText;
        }
        .c1 {
          stroke: CanvasText;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver(([entry]) => {
      this.width = Math.max(240, Math.round(entry!.contentRect.width));
    });
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
  }

  private scales() {
    const values = this.curves.flatMap(({y}) => y);
    const x = scaleLinear([0, 1], [margin.left, this.width - margin.right]);
    const y = scaleLinear(
      [Math.min(0, ...values), Math.max(1e-9, ...values)],
      [height - margin.bottom, margin.top],
    ).nice(4);
    return {x, y};
  }

  private move(share: number): void {
    send(this, 'whylight-scrub', {share: Math.min(1, Math.max(0, share))});
  }

  private point(event: PointerEvent): void {
    if (event.type === 'pointerdown') {
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      this.dragging = true;
    }
    if (!this.dragging) return;
    const box = (event.currentTarget as Element).getBoundingClientRect();
    this.move(this.scales().x.invert(event.clientX - box.left));
  }

  private key(event: KeyboardEvent): void {
    const step = {ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1}[
      event.key
    ];
    const end = {Home: 0, End: 1}[event.key];
    if (step === undefined && end === undefined) return;
    event.preventDefault();
    this.move(end ?? this.share + step!);
  }

  private renderAxes({x, y}: ReturnType<WhylightCurve['scales']>) {
    const bottom = height - margin.bottom;
    return svg`${y.ticks(4).map(
      (
        tick,
      ) => svg`<line class="rule" x1=${margin.left} x2=${this.width - margin.right} y1=${y(tick)} y2=${y(tick)}></line>
        <text x=${margin.left - 8} y=${y(tick)} dy="0.32em" text-anchor="end">${formatNumber(tick, 2)}</text>`,
    )}
    ${[0, 0.25, 0.5, 0.75, 1].map(
      (tick) => svg`<text x=${x(tick)} y=${bottom + 16} text-anchor="middle">${tick * 100} %</text>`,
    )}
    <text x=${(margin.left + this.width - margin.right) / 2} y=${height - 6} text-anchor="middle">${this.curves[0]?.xLabel}</text>`;
  }

  private renderCurve(curve: ScoredCurve, number: number, {x, y}: ReturnType<WhylightCurve['scales']>) {
    const points = curve.x.map((at, index): [number, number] => [at, curve.y[index]!]);
    const path = line<[number, number]>(
      (point) => x(point[0]),
      (point) => y(point[1]),
    );
    const shade = area<[number, number]>(
      (point) => x(point[0]),
      y(0),
      (point) => y(point[1]),
    );
    return svg`<g class=${`c${number}`}><path class="shade" d=${shade(points) ?? ''}></path><path class=${`line c${number}`} d=${path(points) ?? ''}></path>
      <circle class=${`dot c${number}`} r="4" cx=${x(this.share)} cy=${y(valueAt(curve, this.share))}></circle></g>`;
  }

  private renderHandle({x}: ReturnType<WhylightCurve['scales']>) {
    const now = Math.round(this.share * 100);
    const spoken = this.curves.map((curve) => `${curve.name} ${formatNumber(valueAt(curve, this.share))}`).join(', ');
    return svg`<g class="handle" role="slider" tabindex="0" aria-label=${words.handle} aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${now} aria-valuetext=${`${now} %: ${spoken}`} @keydown=${this.key.bind(this)} transform=${`translate(${x(this.share)} 0)`}>
      <line y1=${margin.top} y2=${height - margin.bottom}></line>
      <rect class="reach" x="-12" y=${margin.top} width="24" height=${height - margin.top - margin.bottom}></rect>
      <rect class="grip" x="-5" y=${height - margin.bottom - 9} width="10" height="18" rx="2"></rect></g>`;
  }

  override render() {
    if (this.curves.length === 0) return nothing;
    const scales = this.scales();
    const [first] = this.curves;
    return html`<ul class="small">
        ${this.curves.map(
          ({name, area: size, note}, number) =>
            html`<li>
              <span class=${`key c${number}`}></span>${name}${words.area}
              <b class="number">${size === null ? words.none : formatNumber(size)}</b>
              <span class="quiet">${note}</span>
            </li>`,
        )}
        <li class="quiet">${words.vertical(first!.yLabel)}</li>
      </ul>
      <svg
        viewBox=${`0 0 ${this.width} ${height}`}
        height=${height}
        @pointerdown=${this.point.bind(this)}
        @pointermove=${this.point.bind(this)}
        @pointerup=${() => (this.dragging = false)}
        @pointercancel=${() => (this.dragging = false)}
      >
        ${this.renderAxes(scales)} ${this.curves.map((curve, number) => this.renderCurve(curve, number, scales))}
        ${this.renderHandle(scales)}
      </svg>`;
  }
}

define('whylight-curve', WhylightCurve);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-curve': WhylightCurve;
  }
}
