import {LitElement, css, html, nothing, type PropertyValues} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import {bibtex, citationLine} from '../core/citation.ts';
import {formatBytes} from '../element/index.ts';
import {send} from '../element/define.ts';
import {theme} from '../element/theme.ts';
import {saving} from '../strings/english.ts';
import {savedFiles, stemOf, type SavedFile} from './files.ts';
import {download} from './save.ts';
import type {State} from './state.ts';

/** A file that is offered: how large it is, and what is in it once it has been made. */
interface Offer {
  size?: number;
  blob?: Blob;
  failure?: string;
}

/**
 * The dialog that saves the explanation on the screen: every file with its use and its size, and how the method is cited.
 *
 * @fires whylight-said - something was saved or copied; detail.text says so
 */
export class WhylightSaving extends LitElement {
  /** as it was when the dialog was opened */
  @property({attribute: false}) shown: State | undefined;
  @state() private offers: Partial<Record<SavedFile['name'], Offer>> = {};
  @state() private said = '';
  @query('dialog') private dialog!: HTMLDialogElement;

  static override styles = [
    theme,
    css`
      dialog {
        width: min(680px, calc(100vw - 24px));
        max-height: calc(100vh - 24px);
        padding: 18px 22px 0;
        color: var(--ink);
        background: var(--ground);
        border: 1px solid var(--edge);
        border-radius: 6px;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 45%);
      }
      h2 {
        font-size: 1.15em;
      }
      h3 {
        margin: 18px 0 6px;
      }
      .files {
        margin: 10px 0 0;
        padding: 0;
        list-style: none;
      }
      .files li {
        display: grid;
        grid-template-columns: 1fr auto auto;
        gap: 0 14px;
        align-items: center;
        padding: 7px 0;
        border-top: 1px solid var(--line);
      }
      .size,
      .files button {
        grid-row: 1 / span 2;
      }
      .size {
        min-width: 5em;
        text-align: end;
      }
      .title {
        grid-column: 1;
      }
      .size {
        grid-column: 2;
      }
      .files button {
        grid-column: 3;
      }
      .purpose {
        grid-column: 1;
        grid-row: 2;
      }
      p {
        margin: 0;
      }
      pre,
      .line {
        margin: 4px 0 8px;
        padding: 8px 10px;
        overflow-x: auto;
        background: var(--wash);
        font-size: 0.86em;
        line-height: 1.45;
      }
      pre {
        font-family: ui-monospace, monospace;
      }
      .end {
        display: flex;
        gap: 12px;
        align-items: center;
        justify-content: space-between;
        position: sticky;
        bottom: 0;
        margin: 12px -22px 0;
        padding: 10px 22px;
        background: var(--ground);
        border-top: 1px solid var(--line);
      }
      @media (max-width: 520px) {
        .purpose {
          grid-column: 1 / -1;
        }
        .size,
        .files button {
          grid-row: 1;
        }
      }
    `,
  ];

  /** Opens for what is on the screen now. */
  async open(shown: State): Promise<void> {
    this.shown = shown;
    this.offers = {};
    this.said = '';
    await this.updateComplete;
    this.dialog.showModal();
    for (const file of savedFiles) {
      const offer = await this.offer(file, shown);
      if (this.shown !== shown) return;
      this.offers = {...this.offers, [file.name]: offer};
    }
  }

  private async offer({make, size}: SavedFile, shown: State): Promise<Offer> {
    try {
      if (size) return {size: await size(shown)};
      const blob = await make(shown);
      return blob ? {blob, size: blob.size} : {failure: saving.impossible};
    } catch (error) {
      return {failure: error instanceof Error ? error.message : String(error)};
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('shown') && !this.shown) this.dialog.close();
  }

  private say(text: string): void {
    this.said = text;
    send(this, 'whylight-said', {text});
  }

  private async save(file: SavedFile): Promise<void> {
    const {shown} = this;
    if (!shown) return;
    try {
      const blob = this.offers[file.name]?.blob ?? (await file.make(shown));
      if (!blob) return this.say(saving.impossible);
      const name = stemOf(shown) + file.ending;
      download(blob, name);
      this.say(saving.saved(name, formatBytes(blob.size)));
    } catch (error) {
      this.say(saving.failed(error instanceof Error ? error.message : String(error)));
    }
  }

  private async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.say(saving.copied);
    } catch {
      this.say(saving.notCopied);
    }
  }

  private renderFile(file: SavedFile) {
    const {title, purpose} = saving.files[file.name];
    const {size, failure} = this.offers[file.name] ?? {};
    return html`<li>
      <b class="title">${title}</b>
      <p class="purpose small quiet">${failure ?? purpose}</p>
      <span class="size small number" data-file=${file.name}
        >${size === undefined ? (failure ? '' : '…') : formatBytes(size)}</span
      >
      <button aria-label=${saving.saveAs(title)} ?disabled=${size === undefined} @click=${() => void this.save(file)}>
        ${saving.save}
      </button>
    </li>`;
  }

  private renderCitation() {
    const {explanation, catalogue} = this.shown ?? {};
    const row = catalogue?.methods.find(({name}) => name === explanation?.method);
    if (!row) return nothing;
    const [line, entry] = [citationLine(row.paper), bibtex(row.paper)];
    return html`<h3>${saving.cite(row.title)}</h3>
      <p class="line">${line}</p>
      <button @click=${() => void this.copy(line)}>${saving.copyLine}</button>
      <pre tabindex="0" aria-label="BibTeX">${entry}</pre>
      <button @click=${() => void this.copy(entry)}>${saving.copyBibtex}</button>`;
  }

  override render() {
    return html`<dialog aria-labelledby="title" @close=${() => (this.shown = undefined)}>
      ${
        this.shown
          ? html`<h2 id="title" tabindex="-1" autofocus>${saving.heading}</h2>
              <p class="small quiet">${saving.lead}</p>
              <ul class="files">
                ${savedFiles.map((file) => this.renderFile(file))}
              </ul>
              ${this.renderCitation()}`
          : nothing
      }
      <div class="end">
        <span class="small" role="status">${this.said}</span>
        <button @click=${() => this.dialog.close()}>${saving.close}</button>
      </div>
    </dialog>`;
  }
}

customElements.define('whylight-saving', WhylightSaving);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-saving': WhylightSaving;
  }
}
