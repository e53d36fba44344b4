import {LitElement, css, html, nothing} from 'lit';
import {property} from 'lit/decorators.js';
import {gallery as words} from '../strings/english.ts';
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
 * @slot - further ways to a picture, after the button
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
        display: grid;
        gap: 6px;
        margin-bottom: 14px;
      }
      p {
        margin: 0;
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
        .own {
          display: flex;
          margin-bottom: 8px;
        }
        .own button,
        ::slotted(*) {
          flex: 1;
        }
        p {
          display: none;
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

  /** Opens the browser's dialog for a file. */
  ask(): void {
    this.renderRoot.querySelector<HTMLInputElement>('#file')!.click();
  }

  private chosen(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = '';
    if (files.length > 0) send(this, 'whylight-files', {files});
  }

  override render() {
    const none = !this.items.some(({id}) => id === this.selected);
    return html`<div class="own">
        <button @click=${() => this.ask()}>${words.open}</button>
        <slot></slot>
        <p class="small quiet">${words.hint}</p>
      </div>
      <input id="file" type="file" accept="image/*" hidden aria-label=${words.file} @change=${this.chosen.bind(this)} />
      <div class="items" role="radiogroup" aria-label=${words.pictures} @keydown=${this.key.bind(this)}>
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
      </div>`;
  }
}

define('whylight-gallery', WhylightGallery);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-gallery': WhylightGallery;
  }
}
