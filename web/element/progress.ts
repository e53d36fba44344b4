import {LitElement, css, html, nothing} from 'lit';
import {property} from 'lit/decorators.js';
import {progress as words} from '../strings/english.ts';
import {define, send} from './define.ts';
import {formatShare} from './format.ts';
import {theme} from './theme.ts';

/**
 * How far a long computation is, and the button that stops it. Keeps its place while there is nothing to say.
 *
 * @fires whylight-stop - the person wants it stopped
 * @element whylight-progress
 */
export class WhylightProgress extends LitElement {
  /** what is being done */
  @property() label = '';
  /** 0 to 1 */
  @property({type: Number}) share = 0;
  /** without this only the label is shown */
  @property({type: Boolean}) active = false;

  static override styles = [
    theme,
    css`
      .row {
        display: flex;
        gap: 12px;
        align-items: center;
        min-height: 30px;
      }
      progress {
        flex: 1;
        min-width: 60px;
        height: 6px;
        accent-color: var(--accent);
      }
    `,
  ];

  override render() {
    return html`<div class="row small">
      ${
        this.active
          ? html`<span class="quiet">${this.label}</span>
              <progress max="1" .value=${this.share} aria-label=${this.label}></progress>
              <span class="number">${formatShare(this.share)}</span>
              <button @click=${() => send(this, 'whylight-stop', {})}>${words.stop}</button>`
          : this.label
            ? html`<span class="quiet" role="status">${this.label}</span>`
            : nothing
      }
    </div>`;
  }
}

define('whylight-progress', WhylightProgress);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-progress': WhylightProgress;
  }
}
