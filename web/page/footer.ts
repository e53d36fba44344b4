/** The line at the bottom: what left the page (nothing), what is kept, and how to take the explanation along. */
import {html, nothing} from 'lit';
import {formatBytes, formatCount, formatTime} from '../element/index.ts';
import {missingFromLink} from './address.ts';
import {footer as words, proof, saving} from '../strings/english.ts';
import type {Host} from './host.ts';
import type {Offline} from './offline.ts';
import type {State} from './state.ts';
import {renderKeep} from './storage.ts';

export async function copyLink(host: Host): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    host.say(missingFromLink(host.store));
  } catch {
    host.say(words.linkInAddress);
  }
}

/** What is kept on this machine, and how to change that. */
function renderStored({stored: {state, bytes}}: State, offline: Offline) {
  if (state === 'unable') return nothing;
  const size = formatBytes(bytes);
  if (state === 'nothing')
    return html`<button title=${words.keepTitle} @click=${() => void offline.keep()}>${words.keep(size)}</button>`;
  if (state === 'storing') return html`<span role="status">${words.storing(size)}</span>`;
  return html`<span class="number">${words.kept(size)}</span>
    <button aria-label=${words.removeTitle} @click=${() => void offline.remove()}>${words.remove}</button>`;
}

function summary({requests, card, explanation, workers, description}: State): string {
  const parts = [
    requests === undefined ? words.loading : words.requests(requests),
    description ? words.model(card?.bytes ? formatBytes(card.bytes) : '', formatCount(description.parameters)) : '',
    explanation ? words.time(formatTime(explanation.milliseconds), workers) : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

export function renderFooter(host: Host, offline: Offline) {
  const {explanation, said} = host.state;
  return html`<footer class="small">
    <span class="quiet number"
      ><button class="plain" @click=${() => host.openProof()}>${proof.open}</button> · ${summary(host.state)}</span
    >
    <span class="actions"
      ><span role="status">${said}</span>
      ${renderKeep(host.state, host.bench)} ${renderStored(host.state, offline)}
      <button ?disabled=${!explanation} @click=${() => void copyLink(host)}>${words.copyLink}</button>
      <button ?disabled=${!explanation} @click=${() => host.openSaving()}>${saving.open}</button></span
    >
  </footer>`;
}
