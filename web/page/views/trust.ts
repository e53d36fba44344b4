/** The curves and scores of the map on the screen. */
import {html} from 'lit';
import {formatShare} from '../../element/index.ts';
import {camera as words, documentation, trust as text} from '../../strings/english.ts';
import {curvesOf} from '../curves.ts';
import type {Detail, Host} from '../host.ts';

function renderCurves({state, bench}: Host) {
  const {share, explanation} = state;
  const curves = curvesOf(state);
  if (curves.length === 0) {
    const said = state.camera.phase !== 'off' ? words.later : explanation ? text.computing : text.none;
    return html`<p class="small quiet waiting">${said}</p>`;
  }
  return html`<whylight-curve
    .curves=${curves}
    .share=${share}
    @whylight-scrub=${({detail}: Detail<{share: number}>) => bench.scoring.scrub(detail.share)}
  ></whylight-curve>`;
}

export function renderTrust(host: Host) {
  const {scores, share, perturbed} = host.state;
  const {scoring} = host.bench;
  return html`<section class="trust" aria-labelledby="trust-title">
    <h2 id="trust-title">${text.title}</h2>
    <p class="small"><a href="docs/understand/reading-scores.html">${documentation.scores}</a></p>
    <div class="curves">
      <div class="plot">${renderCurves(host)}</div>
      <div class="perturbed">
        <whylight-picture bare .picture=${perturbed} label=${text.perturbed(formatShare(share))}></whylight-picture>
        <p class="small quiet">${perturbed ? text.drag(formatShare(share)) : ''}</p>
      </div>
    </div>
    <whylight-scores
      .entries=${scores}
      @whylight-score-stop=${({detail}: Detail<{metric: string}>) => scoring.stop(detail.metric)}
      @whylight-score=${({detail}: Detail<{metric: string}>) => void scoring.compute(detail.metric)}
    ></whylight-scores>
  </section>`;
}
