import {html} from 'lit';
import {documentation, guide, help as words, keys as keyWords} from '../strings/english.ts';
import type {Host} from './host.ts';
import {setSingleKeys, shortcuts, singleKeys} from './keys.ts';

const checked = (event: Event): boolean => (event.target as HTMLInputElement).checked;

function renderKeys() {
  return html`<h2>${keyWords.title}</h2>
    <label class="single"
      ><input type="checkbox" .checked=${singleKeys()} @change=${(event: Event) => setSingleKeys(checked(event))} />
      ${keyWords.single}</label
    >
    <dl class="keys">
      ${shortcuts.map(
        ({keys, what}) =>
          html`<dt>${keys.map((key) => html`<kbd>${keyWords.shown(key)}</kbd> `)}</dt>
            <dd>${what}</dd>`,
      )}
    </dl>
    <dl>
      ${words.keys.map(
        ([key, what]) =>
          html`<dt>${key}</dt>
            <dd>${what}</dd>`,
      )}
    </dl>`;
}

/** What the map means and does not mean, and how to use the page. */
export const renderHelp = (host: Host) => html`
  <p class="ways">
    <button @click=${() => host.tour()}>${words.tour}</button>
    <button @click=${() => host.present()}>${words.present}</button>
    <button @click=${() => window.print()}>${words.print}</button>
  </p>
  <h2 tabindex="-1" autofocus>${guide.means.title}</h2>
  <p>${guide.means.text}</p>
  <h2>${guide.meansNot.title}</h2>
  <p>${guide.meansNot.text}</p>
  <p><a href="docs/index.html">${documentation.more}</a></p>
  <h2>${guide.use.title}</h2>
  ${guide.use.texts.map((text) => html`<p>${text}</p>`)} ${renderKeys()}
`;
