import {LitElement, css, html} from 'lit';
import {state} from 'lit/decorators.js';
import {drop as words} from '../strings/english.ts';
import {define, send} from './define.ts';
import {theme} from './theme.ts';

/**
 * Takes files dropped or pasted anywhere on the page, and shows that it would while they hover.
 *
 * @fires whylight-files - detail.files are the files
 * @element whylight-drop
 */
export class WhylightDrop extends LitElement {
  @state() private over = false;
  private depth = 0;

  static override styles = [
    theme,
    css`
      :host {
        display: contents;
      }
      .veil {
        position: fixed;
        inset: 12px;
        z-index: 10;
        display: grid;
        place-items: center;
        background: color-mix(in srgb, var(--ground) 88%, transparent);
        border: 2px dashed var(--accent);
        font-size: 1.15em;
        pointer-events: none;
      }
    `,
  ];

  private readonly listeners: Partial<{[Name in keyof WindowEventMap]: (event: WindowEventMap[Name]) => void}> = {
    dragenter: (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      this.depth += 1;
      this.over = true;
    },
    dragover: (event) => {
      if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
    },
    dragleave: () => {
      this.depth = Math.max(0, this.depth - 1);
      this.over = this.depth > 0;
    },
    drop: (event) => {
      this.depth = 0;
      this.over = false;
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      send(this, 'whylight-files', {files});
    },
    paste: (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (files.length === 0 && text.trimStart().startsWith('{') && text.includes('"whylight-explanation"'))
        files.push(new File([text], 'clipboard.json', {type: 'application/json'}));
      if (files.length > 0) send(this, 'whylight-files', {files});
    },
  };

  override connectedCallback(): void {
    super.connectedCallback();
    for (const [name, listener] of Object.entries(this.listeners))
      window.addEventListener(name, listener as EventListener);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const [name, listener] of Object.entries(this.listeners))
      window.removeEventListener(name, listener as EventListener);
  }

  override render() {
    return html`<div class="veil" ?hidden=${!this.over}>${words.hint}</div>`;
  }
}

define('whylight-drop', WhylightDrop);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-drop': WhylightDrop;
  }
}
