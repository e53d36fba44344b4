/** The pictures to choose from, and what is known of the one chosen. */
import {html, nothing} from 'lit';
import {scalings} from '../../core/derive.ts';
import {camera, inputs as words} from '../../strings/english.ts';
import {renderCamera} from '../camera-panel.ts';
import {valueOf, type Detail, type Host} from '../host.ts';
import {own} from '../state.ts';

export function renderInputs(host: Host) {
  const {gallery, choice, card, scaling, source, phase} = host.state;
  return html`<section class="inputs" aria-label=${words.label}>
    ${renderCamera(host)}
    <whylight-gallery
      .items=${gallery}
      .selected=${choice.input}
      @whylight-input=${({detail}: Detail<{input: string}>) => (host.clearSheet(), host.step({input: detail.input, target: 'top'}))}
    >
      <button
        class="open-camera"
        ?disabled=${phase !== 'ready' || host.state.camera.phase !== 'off'}
        @click=${() => void host.bench.camera.open()}
      >
        ${camera.open}
      </button>
    </whylight-gallery>
    ${
      source
        ? html`<p class="small credit">
            <b>${source.title}</b>${source.credit ? html`<br /><span class="quiet">${source.credit}</span>` : nothing}
            ${source.note ? html`<br />${source.note}` : nothing}
          </p>`
        : nothing
    }
    ${
      card?.name === own && card.input.kind === 'image'
        ? html`<p class="small">
            <label
              >${words.scaling}
              <select @change=${(event: Event) => void host.bench.rescale(valueOf(event))}>
                ${scalings.map(({name, title}) => html`<option value=${name} ?selected=${name === scaling}>${title}</option>`)}
              </select></label
            ><br /><span class="quiet">${words.unscaled}</span>
          </p>`
        : nothing
    }
  </section>`;
}
