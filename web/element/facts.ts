import {LitElement, css, html} from 'lit';
import {property} from 'lit/decorators.js';
import {define} from './define.ts';
import {theme} from './theme.ts';

/** One line of evidence: already formatted, with a sentence that says what it means. */
export interface FactLine {
  name: string;
  value: string;
  meaning: string;
}

/**
 * Evidence beside the map: what was explained, from which baseline, and how far the sums agree.
 *
 * @element whylight-facts
 */
export class WhylightFacts extends LitElement {
  /** one below the other */
  @property({attribute: false}) lines: readonly FactLine[] = [];

  static override styles = [
    theme,
    css`
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 3px 16px;
        margin: 0;
      }
      dt {
        color: var(--quiet);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  override render() {
    return html`<dl class="small">
      ${this.lines.map(
        ({name, value, meaning}) =>
          html`<dt title=${meaning}>${name}</dt>
            <dd class="number" title=${meaning}>${value}<span class="visually-hidden">: ${meaning}</span></dd>`,
      )}
    </dl>`;
  }
}

define('whylight-facts', WhylightFacts);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-facts': WhylightFacts;
  }
}
