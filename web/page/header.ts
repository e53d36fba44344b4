/** The line at the top: the views, the model, and help. */
import {html, nothing} from 'lit';
import {documentation, header as words, keys, undoing, views as titles} from '../strings/english.ts';
import {valueOf, type Host} from './host.ts';
import {anew, own, screens, type Screen} from './state.ts';
import {toFragment} from './url.ts';

/** The view is a part of the address, so that its link can be opened elsewhere too. */
function renderLink(host: Host, screen: Screen) {
  const {choice} = host.state;
  const go = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    host.step({screen});
  };
  return html`<a
    href=${toFragment({...choice, screen})}
    aria-current=${screen === choice.screen ? 'page' : nothing}
    @click=${go}
    >${titles[screen]}</a
  >`;
}

function renderModels(host: Host) {
  const {cards, choice, card} = host.state;
  const choose = (event: Event) => {
    const model = valueOf(event);
    const draws = cards.find(({name}) => name === model)?.input.kind === 'digit';
    const screen = choice.screen === 'draw' && !draws ? 'explain' : choice.screen;
    host.step({...anew, model, screen});
  };
  return html`<label class="visually-hidden" for="model">${words.model}</label>
    <select id="model" ?disabled=${cards.length === 0} @change=${choose}>
      ${cards.length === 0 ? html`<option>${words.loading}</option>` : nothing}
      ${cards.map(({name, title}) => html`<option value=${name} ?selected=${name === choice.model}>${title}</option>`)}
      ${card?.name === own ? html`<option value=${own} ?selected=${choice.model === own}>${card.title}</option>` : nothing}
    </select>`;
}

function renderUndo({steps}: Host) {
  const button = (name: 'undo' | 'redo', sign: string, possible: boolean, keys: string) =>
    html`<button
      class=${name}
      aria-label=${undoing[name]}
      title=${`${undoing[name]} (${keys})`}
      ?disabled=${!possible}
      @click=${() => steps[name]()}
    >
      ${sign}
    </button>`;
  return html`<span class="undoing"
    >${button('undo', '↶', steps.canUndo, 'Ctrl + Z')} ${button('redo', '↷', steps.canRedo, 'Ctrl + Shift + Z')}</span
  >`;
}

export function renderHeader(host: Host) {
  const ask = (event: Event) => (event.currentTarget as HTMLElement).parentElement!.querySelector('input')!.click();
  const take = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = '';
    host.steps.begin('');
    void host.bench.openFiles(files);
  };
  return html`<header>
    <h1>${words.name}</h1>
    <nav aria-label=${words.views}>${screens.map((screen) => renderLink(host, screen))}</nav>
    <whylight-tour .host=${host}></whylight-tour>
    ${renderUndo(host)} ${renderModels(host)}
    <button @click=${ask} title=${words.openTitle}>${words.open}</button>
    <input id="model-file" type="file" accept=".onnx,.json" hidden aria-label=${words.file} @change=${take} />
    <a href="docs/index.html">${documentation.link}</a>
    ${host.state.presenting ? html`<button class="leave" @click=${() => host.present()}>${keys.leave}</button>` : nothing}
    <button class="help" aria-label=${words.help} @click=${() => host.openHelp()}>${words.helpSign}</button>
  </header>`;
}
