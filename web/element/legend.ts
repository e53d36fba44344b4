import {LitElement, css, html, nothing} from 'lit';
import {property, query} from 'lit/decorators.js';
import {legendPixels, type Scale} from '../core/heat.ts';
import type {Palette} from '../core/palette.ts';
import {define} from './define.ts';
import {formatNumber, formatSigned} from './format.ts';
import {theme} from './theme.ts';

/**
 * The colours of a scale with its numbers; ends beyond which values go are marked so.
 *
 * @element whylight-legend
 */
export class WhylightLegend extends LitElement {
  /** what the ends stand for */
  @property({attribute: false}) scale: Scale | undefined;
  /** whose colours are shown */
  @property({attribute: false}) palette: Palette | undefined;
  /** values weaker than this are hidden */
  @property({attribute: false}) limit = 0;
  /** values at which lines are drawn */
  @property({attribute: false}) levels: readonly number[] = [];
  @query('canvas') private canvas!: HTMLCanvasElement | null;

  static override styles = [
    theme,
    css`
      canvas {
        display: block;
        width: 100%;
        height: 10px;
        outline: 1px solid var(--line);
      }
      .ticks {
        display: flex;
        justify-content: space-between;
        margin-top: 3px;
      }
    `,
  ];

  protected override updated(): void {
    const {canvas, palette, scale} = this;
    if (!canvas || !palette || !scale) return;
    const pixels = new ImageData(256, 1);
    pixels.data.set(legendPixels(palette, scale, this.limit, this.levels));
    canvas.width = 256;
    canvas.height = 1;
    canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  }

  override render() {
    const {scale} = this;
    if (!scale) return nothing;
    const low = scale.kind === 'diverging' ? -scale.span : 0;
    const beyond = Math.max(scale.high, -scale.low) > scale.span * 1.01;
    return html`<canvas aria-hidden="true"></canvas>
      <div class="ticks small number" dir="ltr">
        <span>${beyond && low < 0 ? '≤ ' : ''}${formatNumber(low)}</span>
        ${low < 0 ? html`<span>0</span>` : nothing}
        <span>${beyond ? '≥ ' : ''}${formatSigned(scale.span)}</span>
      </div>`;
  }
}

define('whylight-legend', WhylightLegend);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-legend': WhylightLegend;
  }
}
