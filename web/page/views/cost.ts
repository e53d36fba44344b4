/** Where the time of the network's passes goes. */
import {html} from 'lit';
import {cost as words} from '../../strings/english.ts';
import type {Detail, Host} from '../host.ts';

export function renderCost({state, bench}: Host) {
  const {profiling, description, phase} = state;
  const {profile, share, failure} = profiling;
  return html`<section class="cost" aria-labelledby="cost-title">
    <h2 id="cost-title">${words.title}</h2>
    <p class="small quiet">${words.lead}</p>
    <whylight-profile
      .profile=${profile}
      .active=${share !== undefined}
      .share=${share ?? 0}
      .failure=${failure}
      .possible=${description !== undefined && phase === 'ready'}
      @whylight-profile=${({detail}: Detail<{way: 'gradient' | 'lrp'}>) => void bench.profiler.measure(detail.way)}
      @whylight-profile-stop=${() => bench.profiler.stop()}
    ></whylight-profile>
  </section>`;
}
