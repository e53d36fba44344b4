/** What is stored in this browser, and the buttons that change it. */
import {html, nothing} from 'lit';
import {formatBytes} from '../element/index.ts';
import {stored as words} from '../strings/english.ts';
import {canKeep, isKept} from './keeping.ts';
import type {Offline} from './offline.ts';
import {own, type State} from './state.ts';
import type {Workbench} from './workbench.ts';

/** Offers to keep the person's own model; nothing while another is shown. */
export function renderKeep({card}: State, bench: Workbench) {
  if (card?.name !== own || !canKeep()) return nothing;
  return html`<button title=${words.keepTitle(card.title)} @click=${() => void bench.keeper.keep()}>
    ${words.keep(formatBytes(card.bytes ?? 0))}
  </button>`;
}

/** Everything that is stored, each with its size and a button that removes it. */
export function renderStorage({stored, cards}: State, bench: Workbench, offline: Offline) {
  const kept = cards.filter(isKept);
  const page = stored.state === 'kept';
  return html`<section aria-labelledby="stored-title">
    <h3 id="stored-title">${words.heading}</h3>
    ${!canKeep() ? html`<p>${words.unable}</p>` : !page && kept.length === 0 ? html`<p>${words.nothing}</p>` : nothing}
    <ul class="stored">
      ${
        page
          ? html`<li>
              ${words.page(formatBytes(stored.bytes))}
              <button aria-label=${words.removePage} @click=${() => void offline.remove()}>${words.remove}</button>
            </li>`
          : nothing
      }
      ${kept.map(
        (card) =>
          html`<li>
            ${words.model(card.title, formatBytes(card.stored))}
            <button aria-label=${words.removeModel(card.title)} @click=${() => void bench.keeper.forget(card)}>
              ${words.remove}
            </button>
          </li>`,
      )}
    </ul>
  </section>`;
}
