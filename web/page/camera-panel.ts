/** What stands above the pictures while the camera is asked for or on. */
import {html, nothing} from 'lit';
import {camera as words} from '../strings/english.ts';
import {valueOf, type Host} from './host.ts';

const checked = (event: Event): boolean => (event.target as HTMLInputElement).checked;

function renderAsking({bench}: Host) {
  return html`<section class="camera small" aria-label=${words.heading}>
    <p role="status">${words.asking}</p>
    <button @click=${() => void bench.camera.leave('')}>${words.cancel}</button>
  </section>`;
}

/** The camera's own picture, smooth however long a map takes, and what can be done with it. */
export function renderCamera(host: Host) {
  const {camera, rate} = host.state;
  const {bench} = host;
  if (camera.phase === 'off') return nothing;
  if (camera.phase === 'asking') return renderAsking(host);
  const paused = camera.phase === 'paused';
  bench.camera.video.classList.toggle('mirrored', camera.mirrored);
  bench.camera.video.setAttribute('aria-label', words.preview);
  return html`<section class="camera small" aria-label=${words.heading}>
    ${bench.camera.video}
    <div class="use">
      <p class="number" role="status">${paused ? words.paused : words.rate(rate)}</p>
      ${
        camera.devices.length > 1
          ? html`<select aria-label=${words.which} @change=${(event: Event) => void bench.camera.open(valueOf(event))}>
              ${camera.devices.map(({id, name}) => html`<option value=${id} ?selected=${id === camera.device}>${name}</option>`)}
            </select>`
          : nothing
      }
      <label title=${words.mirrorHelp}
        ><input
          type="checkbox"
          .checked=${camera.mirrored}
          ?disabled=${paused}
          @change=${(event: Event) => bench.camera.mirror(checked(event))}
        />
        ${words.mirrored}</label
      >
      <div class="actions">
        <button title=${words.takeHelp} @click=${() => void bench.camera.take()}>${words.take}</button>
        <button @click=${() => (paused ? bench.camera.resume() : bench.camera.pause())}>
          ${paused ? words.resume : words.pause}
        </button>
        <button title=${words.stopHelp} @click=${() => void bench.camera.leave('')}>${words.stop}</button>
      </div>
    </div>
    ${camera.note ? html`<p class="note" role="status">${camera.note}</p>` : nothing}
  </section>`;
}
