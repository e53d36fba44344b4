/** The picture with its map, and what lies over it. */
import {html, nothing} from 'lit';
import type {Picture} from '../../core/image.ts';
import {formatShare, type Mark, type View} from '../../element/index.ts';
import {targetTitle} from '../../element/outputs.ts';
import {mapFigure as words} from '../../strings/english.ts';
import type {Detail, Host} from '../host.ts';
import {renderHint} from './why.ts';

export function renderSheet(host: Host) {
  const {rate} = host.state;
  const draw = ({detail}: Detail<{picture: Picture; drawing: boolean; empty: boolean}>) =>
    host.draw(detail.picture, detail.drawing, detail.empty);
  return html`<whylight-draw @whylight-draw=${draw}>
    <span class="small quiet number">${rate === undefined ? words.pen : words.rate(rate)}</span>
  </whylight-draw>`;
}

/** What lies over the picture to mark the object, and its buttons. */
function renderMark(host: Host) {
  const {state, store} = host;
  const {seen, mark, marking, explanation} = state;
  if (!seen || !explanation) return nothing;
  return html`<whylight-mark
      .width=${seen.width}
      .height=${seen.height}
      .mark=${mark}
      ?active=${marking}
      @whylight-mark=${({detail}: Detail<{mark: Mark | undefined}>) => host.mark(detail.mark)}
    ></whylight-mark>
    <div slot="control" class="marking small">
      <button aria-pressed=${marking} @click=${() => store.update({marking: !marking})}>${words.mark}</button>
      <button aria-label=${words.clearTitle} ?disabled=${!mark} @click=${() => host.mark(undefined)}>
        ${words.clear}
      </button>
    </div>`;
}

function renderLoading({state: {loading}}: Host) {
  if (!loading) return nothing;
  return html`<div class="loading" role="status">
    <p>${loading.label}${loading.share > 0 ? ` ${formatShare(loading.share)}` : '…'}</p>
    <progress max="1" .value=${loading.share} aria-label=${loading.label}></progress>
  </div>`;
}

export function renderFigure(host: Host, withSheet: boolean) {
  const {seen, explanation, choice, card, catalogue, stale, plain} = host.state;
  const method = catalogue?.methods.find(({name}) => name === explanation?.method)?.title;
  const label = explanation && card ? words.map(targetTitle(card, explanation.target), method) : words.picture;
  const change = ({detail}: Detail<Partial<View>>) => host.adjust(detail);
  return html`<section class="figure ${withSheet ? 'two' : ''}" aria-label=${words.label}>
    ${withSheet ? renderSheet(host) : nothing}
    <whylight-picture
      .picture=${seen}
      .attribution=${explanation}
      .layout=${card?.input.layout ?? 'nchw'}
      .view=${plain ? {...choice.view, opacity: 0} : choice.view}
      .label=${label}
      ?stale=${stale}
      @whylight-view=${change}
    >
      ${renderMark(host)} ${renderLoading(host)}
    </whylight-picture>
    ${renderHint(host)}
  </section>`;
}
