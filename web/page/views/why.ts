/** The classes, the method and the evidence beside the map. */
import {html, nothing} from 'lit';
import {evidenceOf} from '../../element/evidence.ts';
import {formatNumber, formatShare} from '../../element/index.ts';
import {probabilitiesOf, strongest, targetTitle} from '../../element/outputs.ts';
import {first as words, why as text} from '../../strings/english.ts';
import type {Detail, Host} from '../host.ts';
import type {State} from '../state.ts';
import {toFragment} from '../url.ts';

function renderTitle({card, explanation, outputs, stale}: State) {
  if (!card || !explanation) return html`<h2 class="why-title quiet">${text.untitled}</h2>`;
  const [unit, against] = explanation.target.split(':');
  const probability = outputs && against === undefined ? probabilitiesOf(outputs)?.[Number(unit)] : undefined;
  return html`<h2 class="why-title ${stale ? 'quiet' : ''}">
    ${text.title(targetTitle(card, explanation.target))}
    ${probability === undefined ? nothing : html`<span class="number">${formatShare(probability)}</span>`}
  </h2>`;
}

function taskLabel({task, stopped, stale, explanation, catalogue}: State): string {
  if (task) return task.label;
  if (!stopped) return '';
  const method = catalogue?.methods.find(({name}) => name === explanation?.method)?.title ?? '';
  return stale ? text.stoppedAt(method) : text.stopped;
}

function setOption(host: Host, {detail: {name, value}}: Detail<{name: string; value: string}>): void {
  const {choice, catalogue} = host.state;
  const row = catalogue?.methods.find((method) => method.name === choice.method);
  const settings = {...choice.settings, [name]: value};
  if (row?.options.find((option) => option.name === name)?.fallback === value) delete settings[name];
  host.step({settings});
}

export function renderClasses(host: Host) {
  const {card, outputs, choice, explanation} = host.state;
  const target = choice.target === 'top' ? (explanation?.target ?? '') : choice.target;
  const hidden = target.includes('@');
  const also = hidden ? [] : target.split(':').filter(Boolean).map(Number);
  return html`<whylight-classes
    .entries=${outputs && card ? strongest(outputs, card, 5, also) : []}
    .labels=${card?.labels ?? []}
    .target=${hidden ? '' : target}
    @whylight-target=${({detail}: Detail<{target: string}>) => host.step({target: detail.target})}
  ></whylight-classes>`;
}

export function renderOptions(host: Host) {
  const {choice, catalogue, description} = host.state;
  return html`<whylight-options
    .methods=${catalogue?.methods ?? []}
    .method=${choice.method}
    .settings=${choice.settings}
    .layers=${description?.layers ?? []}
    .lastFeatureMap=${description?.lastFeatureMap ?? ''}
    @whylight-method=${({detail}: Detail<{method: string}>) => host.step({method: detail.method, settings: {}})}
    @whylight-setting=${(event: Detail<{name: string; value: string}>) => setOption(host, event)}
  ></whylight-options>`;
}

/** The one score that says most of a map, on the first screen already. */
function renderScore({state}: Host) {
  const entry = state.scores.find(({row}) => row.name === 'deletion');
  const value = entry?.score?.value;
  if (!entry) return html`<span class="one-score small quiet">${words.none}</span>`;
  return html`<a class="one-score small" href="#trust-title" title=${entry.row.summary} @click=${toTrust}
    >${entry.row.title}
    <b class="number">${typeof value === 'number' ? formatNumber(value) : '…'}</b>
    <span aria-hidden="true">${entry.row.better === 'higher' ? '↑' : '↓'}</span
    ><span class="visually-hidden">, ${words.better(entry.row.better)}</span></a
  >`;
}

/** The fragment of the address is the state's: the link scrolls by itself. */
function toTrust(event: Event): void {
  event.preventDefault();
  document.querySelector('#trust-title')?.scrollIntoView({block: 'start'});
}

/** What to do next, as long as nothing was chosen. */
export function renderHint(host: Host) {
  const {choice} = host.state;
  const fragment = toFragment({...choice, screen: 'compare'});
  const go = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    host.step({screen: 'compare'});
  };
  return html`<p class="hint small quiet">
    ${words.next} <a href=${fragment} @click=${go}>${words.compare}</a>${words.orOwn}
  </p>`;
}

function renderEvidence(host: Host) {
  const {state, bench} = host;
  const {task, stopped} = state;
  return html`<div class="doing">
      <h2>${text.evidence}</h2>
      ${task ? nothing : renderScore(host)}
      <whylight-progress
        .active=${task !== undefined}
        .share=${task?.share ?? 0}
        .label=${taskLabel(state)}
        @whylight-stop=${() => bench.stop()}
      ></whylight-progress>
      ${stopped && !task ? html`<button @click=${() => void bench.settle()}>${text.again}</button>` : nothing}
    </div>
    <whylight-facts .lines=${evidenceOf(state)}></whylight-facts>`;
}

export function renderWhy(host: Host) {
  return html`<section class="why" aria-label=${text.label}>
    ${renderTitle(host.state)} ${renderClasses(host)} ${renderOptions(host)} ${renderEvidence(host)}
  </section>`;
}
