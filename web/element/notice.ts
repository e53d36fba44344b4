import {LitElement, css, html, nothing} from 'lit';
import {property} from 'lit/decorators.js';
import {notice as words} from '../strings/english.ts';
import {define, send} from './define.ts';
import {theme} from './theme.ts';

/**
 * The one place where the page says that something went wrong, or what it found in a file.
 *
 * @fires whylight-dismiss - the person has read it
 * @element whylight-notice
 */
export class WhylightNotice extends LitElement {
  /** nothing is shown without one */
  @property() heading = '';
  /** the sentences below it */
  @property() text = '';
  /** how it looks and is announced */
  @property() kind: 'failure' | 'finding' = 'failure';

  static override styles = [
    theme,
    css`
      .notice {
        display: flex;
        gap: 16px;
        align-items: flex-start;
        border-left: 3px solid var(--alert);
        background: var(--wash);
        padding: 10px 12px 10px 14px;
      }
      .notice.finding {
        border-left-color: var(--accent);
      }
      .body {
        flex: 1;
        min-width: 0;
      }
      p {
        margin: 2px 0 0;
        max-height: 12em;
        overflow: auto;
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
    `,
  ];

  override render() {
    if (!this.heading) return nothing;
    return html`<div class="notice ${this.kind}" role=${this.kind === 'failure' ? 'alert' : 'status'}>
      <div class="body">
        <b>${this.heading}</b>
        ${this.text ? html`<p class="small" tabindex="0">${this.text}</p>` : nothing}
        <slot></slot>
      </div>
      <button @click=${() => send(this, 'whylight-dismiss', {})}>${words.dismiss}</button>
    </div>`;
  }
}

define('whylight-notice', WhylightNotice);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-notice': WhylightNotice;
  }
}
