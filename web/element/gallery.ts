import {LitElement, css, html, nothing} from 'lit';
import {property} from 'lit/decorators.js';
import {define, send} from './define.ts';
import {theme} from './theme.ts';

export interface GalleryItem {
  id: string;
  title: string;
  /** absent while it is on its way */
  url: string | undefined;
  credit: string;
}

/**
 * Pictures to choose from, and a button for the person's own file.
 *
 * @fires whylight-input - detail.input is the item's id
 * @fires whylight-files - detail.files are the files chosen
 * @element whylight-gallery
 */
export class WhylightGallery extends LitElement {
  /** to choose from */
  @property({attribute: false}) items: readonly GalleryItem[] = [];
  /** the id of the one chosen */
  @property() selected = '';

  static override styles = [
    theme,
    css`
      .items {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(72px, 1fr));
        gap: 8px;
      }
      .item {
        padding: 0;
        border: 0;
        border-radius: 0;
        background: var(--wash);
        aspect-ratio: 1;
        min-height: 0;
        overflow: hidden;
        outline-offset: 2px;
      }
      .item[aria-checked='true'] {
        outline: 2px solid var(--accent);
      }
      .item:focus-visible {
        outline: 2px solid var(--ink);
      }
      .item:hover img {
        opacity: 0.85;
      }
      img {
        display: block;
        width: 100%;
        height: 100%;
        object-fit: cover;
      }
      .own {
        margin-top: 14px;
        width: 100%;
      }
      p {
        margin: 6px 0 0;
      }
      @media (max-width: 720px) {
        .items {
          display: flex;
          overflow-x: auto;
          padding: 4px;
        }
        .item {
          flex: 0 0 64px;
        }
      }
    `,
  ];

  private key(event: KeyboardEvent): void {
    const step = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...this.renderRoot.querySelectorAll<HTMLElement>('.item')];
    const next = (buttons.indexOf(event.target as HTMLElement) + step + buttons.length) % buttons.length;
    buttons[next]!.focus();
    send(this, 'whylight-input', {input: this.items[next]!.id});
  }

  private chosen(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = '';
    if (files.length > 0) send(this, 'whylight-files', {files});
  }

  override render() {
    const none = !this.items.some(({id}) => id === this.selected);
    return html`<div class="items" role="radiogroup" aria-label="Pictures" @keydown=${this.key.bind(this)}>
        ${this.items.map(
          ({id, title, url, credit}, number) =>
            html`<button
              class="item"
              role="radio"
              aria-checked=${id === this.selected}
              tabindex=${id === this.selected || (none && number === 0) ? 0 : -1}
              aria-label=${title}
              title=${`${title} (${credit})`}
              @click=${() => send(this, 'whylight-input', {input: id})}
            >
              ${url ? html`<img src=${url} alt="" />` : nothing}
            </button>`,
        )}
      </div>
      <button class="own" @click=${() => this.renderRoot.querySelector<HTMLInputElement>('#file')!.click()}>
        Choose a picture…
      </button>
      <input
        id="file"
        type="file"
        accept="image/*"
        hidden
        aria-label="Picture file"
        @change=${this.chosen.bind(this)}
      />
      <p class="small quiet">or drop or paste one anywhere</p>`;
  }
}

define('whylight-gallery', WhylightGallery);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-gallery': WhylightGallery;
  }
}
