/** The explanation on paper: made when the browser is about to print, one page, without anything that only works on a screen. */
import {html, nothing} from 'lit';
import {compose} from '../core/compose.ts';
import {describeMap, enlarge, heatMap} from '../core/heat.ts';
import {findPalette} from '../core/palette.ts';
import {version} from '../core/version.ts';
import {formatNumber, formatShare, words as spaced, type ScoreEntry} from '../element/index.ts';
import {notesOf} from '../element/overlaid.ts';
import {probabilitiesOf, strongest, targetTitle} from '../element/outputs.ts';
import {printed as words} from '../strings/english.ts';
import {curvesOf} from './curves.ts';
import {evidenceOf} from '../element/evidence.ts';
import type {State} from './state.ts';

function renderTitle({card, explanation, outputs, source}: State) {
  const [unit, against] = explanation!.target.split(':');
  const probability = outputs && against === undefined ? probabilitiesOf(outputs)?.[Number(unit)] : undefined;
  const share = probability === undefined ? '' : formatShare(probability);
  const from = [card!.title, source?.title, source?.credit].filter(Boolean).join(' · ');
  return html`<h1>${words.title(targetTitle(card!, explanation!.target))} <span class="number">${share}</span></h1>
    <p>${from}</p>`;
}

function renderMap({seen, explanation, card, choice}: State) {
  const {layout} = card!.input;
  const raw = enlarge(heatMap(explanation!, layout), seen!.width, seen!.height);
  const composed = compose(raw, seen!, choice.view);
  const {scale, limit, levels} = composed;
  return html`<figure>
    <whylight-picture
      bare
      .picture=${seen}
      .attribution=${explanation}
      .layout=${layout ?? 'nchw'}
      .view=${choice.view}
    ></whylight-picture>
    <whylight-legend
      .scale=${scale}
      .palette=${findPalette(choice.view.palette, scale.kind)}
      .limit=${limit}
      .levels=${levels}
    ></whylight-legend>
    <figcaption>${[...notesOf(composed, choice.view), describeMap(raw)].join(' ')}</figcaption>
  </figure>`;
}

function renderClasses({outputs, card, explanation}: State) {
  if (!outputs || !card) return nothing;
  const explained = explanation!.target.split(':').map(Number);
  return html`<table>
    <caption>
      ${words.classes}
    </caption>
    ${strongest(outputs, card, 5, explained).map(
      ({unit, label, value, probability}) =>
        html`<tr class=${explained.includes(unit) ? 'explained' : ''}>
          <td>${label}</td>
          <td class="number">${probability === undefined ? formatNumber(value) : formatShare(probability)}</td>
        </tr>`,
    )}
  </table>`;
}

function renderMethod(state: State) {
  const explanation = state.explanation!;
  const row = state.catalogue?.methods.find(({name}) => name === explanation.method);
  const options = Object.entries(explanation.settings).map(([name, value]) => `${spaced(name)} ${value}`);
  return html`<h2>${row?.title ?? explanation.method}</h2>
    <p>${row?.summary} ${options.length > 0 ? words.options(options.join(', ')) : nothing}</p>
    <dl>
      ${evidenceOf(state).map(
        ({name, value}) =>
          html`<dt>${name}</dt>
            <dd class="number">${value}</dd>`,
      )}
    </dl>`;
}

function renderScores(entries: readonly ScoreEntry[]) {
  const done = entries.flatMap(({row, score, state}) => (state === 'done' && score ? [{row, score}] : []));
  if (done.length === 0) return nothing;
  return html`<table class="scores">
    <caption>
      ${words.scores}
    </caption>
    ${done.map(
      ({row, score}) =>
        html`<tr>
          <td>${row.title}</td>
          <td class="number">${score.value === null ? words.none : formatNumber(score.value)}</td>
          <td class="direction quiet">${words.better(row.better)}</td>
        </tr>`,
    )}
  </table>`;
}

function renderCitation({catalogue, explanation, card, build}: State) {
  const paper = catalogue?.methods.find(({name}) => name === explanation!.method)?.paper;
  return html`<p class="citation">
    ${paper ? words.paper(paper) : nothing} ${words.made(version, build, card!.title)}<br />${location.href}
  </p>`;
}

/** Everything of the map on the screen that a reader needs to judge it and to make it again. */
export function renderPrinted(state: State) {
  const {explanation, seen, card, printing, share} = state;
  if (!printing || !explanation || !seen || !card) return nothing;
  const curves = curvesOf(state);
  return html`<section class="printed">
    ${renderTitle(state)}
    <div class="columns">
      ${renderMap(state)}
      <div>${renderClasses(state)} ${renderMethod(state)}</div>
    </div>
    <div class="columns below">
      ${curves.length > 0 ? html`<whylight-curve .curves=${curves} .share=${share}></whylight-curve>` : nothing}
      ${renderScores(state.scores)}
    </div>
    ${renderCitation(state)}
  </section>`;
}
