import {LitElement, html, nothing} from 'lit';
import {query} from 'lit/decorators.js';
import '../element/index.ts';
import {
  formatBytes,
  formatCount,
  formatShare,
  formatTime,
  type Mark,
  type ScoredCurve,
  type View,
  type WhylightDraw,
} from '../element/index.ts';
import type {Picture} from '../core/image.ts';
import {missingFromLink, watchAddress, writeAddress} from './address.ts';
import {evidenceOf} from './evidence.ts';
import {help} from './help.ts';
import {scalings} from '../core/derive.ts';
import {probabilitiesOf, strongest, targetTitle} from '../element/outputs.ts';
import {documentation} from '../strings/english.ts';
import {Offline} from './offline.ts';
import {countRequests} from './requests.ts';
import type {WhylightSaving} from './saving.ts';
import './saving.ts';
import {start} from './start.ts';
import {own, Store, type Choice} from './state.ts';
import {fromFragment} from './url.ts';
import {Workbench} from './workbench.ts';
import {saving} from '../strings/english.ts';

type Detail<Value> = CustomEvent<Value>;

const valueOf = (event: Event): string => (event.target as HTMLSelectElement).value;

/** The whole page. It is drawn from the state alone; what happens goes through the workbench. */
export class WhylightPage extends LitElement {
  private readonly store = new Store(fromFragment(location.hash));
  private readonly bench = new Workbench(this.store, () => countRequests((requests) => this.store.update({requests})));
  private readonly offline = new Offline(this.store);
  @query('#help') private dialog!: HTMLDialogElement;
  @query('whylight-saving') private saving!: WhylightSaving;
  @query('whylight-draw') private sheet!: WhylightDraw | null;

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren();
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.store.onChange = () => this.requestUpdate();
    watchAddress((choice) => void this.bench.choose(choice));
    window.addEventListener('keydown', (event) => {
      const typing = (event.composedPath()[0] as Element).matches?.('input, select, textarea');
      if (event.key === '?' && !typing) this.dialog.showModal();
    });
    void this.bench.start(start);
    void this.offline.look();
  }

  protected override updated(): void {
    writeAddress(this.store, false);
    const {card, source, phase, working, maps} = this.store.state;
    this.dataset.state = phase === 'ready' && working ? 'working' : phase;
    this.dataset.maps = String(maps);
    document.title = card && source ? `${source.title}, ${card.title} · Whylight` : 'Whylight';
  }

  private get state() {
    return this.store.state;
  }

  /** A step of the person's: worth an entry in the history. */
  private step(part: Partial<Choice>): void {
    if (this.state.phase !== 'ready') return;
    this.store.choose(part);
    writeAddress(this.store, true);
    void this.bench.settle();
  }

  private files(event: Detail<{files: File[]}>): void {
    void this.bench.openFiles(event.detail.files).then(() => this.sheet?.clear());
  }

  private setOption({detail: {name, value}}: Detail<{name: string; value: string}>): void {
    const {choice, catalogue} = this.state;
    const row = catalogue?.methods.find((method) => method.name === choice.method);
    const settings = {...choice.settings, [name]: value};
    if (row?.options.find((option) => option.name === name)?.fallback === value) delete settings[name];
    this.step({settings});
  }

  private say(said: string): void {
    this.store.update({said});
    setTimeout(() => this.state.said === said && this.store.update({said: ''}), 4000);
  }

  private async copyLink(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.say(missingFromLink(this.store));
    } catch {
      this.say('The link is in the address bar; this browser does not let the page copy it');
    }
  }

  private renderHeader() {
    const {cards, choice, card} = this.state;
    return html`<header>
      <h1>Whylight</h1>
      <p class="quiet">why a network answers as it does</p>
      <label class="visually-hidden" for="model">Model</label>
      <select
        id="model"
        ?disabled=${cards.length === 0}
        @change=${(event: Event) => this.step({model: valueOf(event), input: '', method: '', settings: {}, target: 'top'})}
      >
        ${cards.length === 0 ? html`<option>loading…</option>` : nothing}
        ${cards.map(({name, title}) => html`<option value=${name} ?selected=${name === choice.model}>${title}</option>`)}
        ${card?.name === own ? html`<option value=${own} ?selected=${choice.model === own}>${card.title}</option>` : nothing}
      </select>
      <button
        @click=${() => this.querySelector<HTMLInputElement>('#model-file')!.click()}
        title="An ONNX model to explain with, or an explanation saved as JSON to repeat"
      >
        Open…
      </button>
      <input
        id="model-file"
        type="file"
        accept=".onnx,.json"
        hidden
        aria-label="ONNX model or saved explanation"
        @change=${this.modelFile.bind(this)}
      />
      <a href="docs/index.html">${documentation.link}</a>
      <button class="help" aria-label="Help" @click=${() => this.dialog.showModal()}>?</button>
    </header>`;
  }

  private modelFile(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = '';
    void this.bench.openFiles(files);
  }

  private renderInputs() {
    const {gallery, choice, card, scaling, source} = this.state;
    return html`<section class="inputs" aria-label="Inputs">
      <whylight-gallery
        .items=${gallery}
        .selected=${choice.input}
        @whylight-input=${({detail}: Detail<{input: string}>) => (this.sheet?.clear(), this.step({input: detail.input, target: 'top'}))}
      ></whylight-gallery>
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
                >pixel values as
                <select @change=${(event: Event) => void this.bench.rescale(valueOf(event))}>
                  ${scalings.map(({name, title}) => html`<option value=${name} ?selected=${name === scaling}>${title}</option>`)}
                </select></label
              ><br /><span class="quiet">The file does not say how its pictures were scaled.</span>
            </p>`
          : nothing
      }
    </section>`;
  }

  private draw({detail}: Detail<{picture: Picture; drawing: boolean; empty: boolean}>): void {
    void this.bench.draw(detail.picture, detail.drawing, detail.empty);
  }

  private renderSheet() {
    const {rate} = this.state;
    return html`<whylight-draw @whylight-draw=${this.draw.bind(this)}>
      <span class="small quiet number"
        >${rate === undefined ? 'the map follows the pen' : `${Math.round(rate)} maps a second`}</span
      >
    </whylight-draw>`;
  }

  /** What lies over the picture to mark the object, and its buttons. */
  private renderMark() {
    const {seen, mark, marking, explanation} = this.state;
    if (!seen || !explanation) return nothing;
    return html`<whylight-mark
        .width=${seen.width}
        .height=${seen.height}
        .mark=${mark}
        ?active=${marking}
        @whylight-mark=${({detail}: Detail<{mark: Mark | undefined}>) => void this.bench.scoring.mark(detail.mark)}
      ></whylight-mark>
      <div slot="control" class="marking small">
        <button aria-pressed=${marking} @click=${() => this.store.update({marking: !marking})}>Mark object</button>
        <button
          aria-label="Clear the mark of the object"
          ?disabled=${!mark}
          @click=${() => void this.bench.scoring.mark(undefined)}
        >
          Clear
        </button>
      </div>`;
  }

  private renderFigure() {
    const {seen, explanation, choice, card, catalogue, stale, loading} = this.state;
    const method = catalogue?.methods.find(({name}) => name === explanation?.method)?.title;
    const label = explanation && card ? `Map for ${targetTitle(card, explanation.target)} by ${method}` : 'The picture';
    const isDigit = card?.input.kind === 'digit';
    return html`<section class="figure ${isDigit ? 'two' : ''}" aria-label="Picture and map">
      ${isDigit ? this.renderSheet() : nothing}
      <whylight-picture
        .picture=${seen}
        .attribution=${explanation}
        .layout=${card?.input.layout ?? 'nchw'}
        .view=${choice.view}
        .label=${label}
        ?stale=${stale}
        @whylight-view=${({detail}: Detail<Partial<View>>) => this.store.choose({view: {...choice.view, ...detail}})}
      >
        ${this.renderMark()}
        ${
          loading
            ? html`<div class="loading" role="status">
                <p>${loading.label}${loading.share > 0 ? ` ${formatShare(loading.share)}` : '…'}</p>
                <progress max="1" .value=${loading.share} aria-label=${loading.label}></progress>
              </div>`
            : nothing
        }
      </whylight-picture>
    </section>`;
  }

  private renderTitle() {
    const {card, explanation, outputs, stale} = this.state;
    if (!card || !explanation) return html`<h2 class="why-title quiet">Why?</h2>`;
    const [unit, against] = explanation.target.split(':');
    const probability = outputs && against === undefined ? probabilitiesOf(outputs)?.[Number(unit)] : undefined;
    return html`<h2 class="why-title ${stale ? 'quiet' : ''}">
      Why “${targetTitle(card, explanation.target)}”?
      ${probability === undefined ? nothing : html`<span class="number">${formatShare(probability)}</span>`}
    </h2>`;
  }

  private taskLabel(): string {
    const {task, stopped, stale, explanation, catalogue} = this.state;
    if (task) return task.label;
    if (!stopped) return '';
    const method = catalogue?.methods.find(({name}) => name === explanation?.method)?.title ?? '';
    return stale ? `Stopped. The map is still that of ${method}.` : 'Stopped.';
  }

  private renderWhy() {
    const {card, outputs, choice, explanation, catalogue, description, task, stopped} = this.state;
    const target = choice.target === 'top' ? (explanation?.target ?? '') : choice.target;
    const also = target.split(':').filter(Boolean).map(Number);
    return html`<section class="why" aria-label="Why">
      ${this.renderTitle()}
      <whylight-classes
        .entries=${outputs && card ? strongest(outputs, card, 5, also) : []}
        .labels=${card?.labels ?? []}
        .target=${target}
        @whylight-target=${({detail}: Detail<{target: string}>) => this.step({target: detail.target})}
      ></whylight-classes>
      <whylight-options
        .methods=${catalogue?.methods ?? []}
        .method=${choice.method}
        .settings=${choice.settings}
        .layers=${description?.layers ?? []}
        .lastFeatureMap=${description?.lastFeatureMap ?? ''}
        @whylight-method=${({detail}: Detail<{method: string}>) => this.step({method: detail.method, settings: {}})}
        @whylight-setting=${this.setOption.bind(this)}
      ></whylight-options>
      <div class="doing">
        <h2>Evidence</h2>
        <whylight-progress
          .active=${task !== undefined}
          .share=${task?.share ?? 0}
          .label=${this.taskLabel()}
          @whylight-stop=${() => this.bench.stop()}
        ></whylight-progress>
        ${stopped && !task ? html`<button @click=${() => void this.bench.settle()}>Run again</button>` : nothing}
      </div>
      <whylight-facts .lines=${evidenceOf(this.state)}></whylight-facts>
    </section>`;
  }

  private get curves(): ScoredCurve[] {
    return this.state.scores.flatMap(({row, score}) =>
      (row.name === 'deletion' || row.name === 'insertion') && score?.curves[0]
        ? [{...score.curves[0], name: row.title, area: score.value, note: `${row.better} is better`}]
        : [],
    );
  }

  private renderTrust() {
    const {scores, share, perturbed, explanation} = this.state;
    const {curves} = this;
    return html`<section class="trust" aria-labelledby="trust-title">
      <h2 id="trust-title">Can the map be trusted?</h2>
      <div class="curves">
        <div class="plot">
          ${
            curves.length > 0
              ? html`<whylight-curve
                  .curves=${curves}
                  .share=${share}
                  @whylight-scrub=${({detail}: Detail<{share: number}>) => this.bench.scoring.scrub(detail.share)}
                ></whylight-curve>`
              : html`<p class="small quiet waiting">
                  ${explanation ? 'The deletion and insertion curves are being computed…' : 'Deletion and insertion curves appear here.'}
                </p>`
          }
        </div>
        <div class="perturbed">
          <whylight-picture
            bare
            .picture=${perturbed}
            label=${`The picture with ${formatShare(share)} of its pixels perturbed`}
          ></whylight-picture>
          <p class="small quiet">
            ${perturbed ? `The ${formatShare(share)} that the map marks most are taken away. Drag the handle.` : ''}
          </p>
        </div>
      </div>
      <whylight-scores
        .entries=${scores}
        @whylight-score-stop=${({detail}: Detail<{metric: string}>) => this.bench.scoring.stop(detail.metric)}
        @whylight-score=${({detail}: Detail<{metric: string}>) => void this.bench.scoring.compute(detail.metric)}
      ></whylight-scores>
    </section>`;
  }

  private renderCost() {
    const {profiling, description, phase} = this.state;
    const {profile, share, failure} = profiling;
    return html`<section class="cost" aria-labelledby="cost-title">
      <h2 id="cost-title">Where does the time go?</h2>
      <p class="small quiet">
        Runs the network forward and backward a few dozen times in one worker, and tells the time of every step.
      </p>
      <whylight-profile
        .profile=${profile}
        .active=${share !== undefined}
        .share=${share ?? 0}
        .failure=${failure}
        .possible=${description !== undefined && phase === 'ready'}
        @whylight-profile=${({detail}: Detail<{way: 'gradient' | 'lrp'}>) => void this.bench.profiler.measure(detail.way)}
        @whylight-profile-stop=${() => this.bench.profiler.stop()}
      ></whylight-profile>
    </section>`;
  }

  /** What is kept on this machine, and how to change that. */
  private renderStored() {
    const {state, bytes} = this.state.stored;
    if (state === 'unable') return nothing;
    const size = formatBytes(bytes);
    if (state === 'nothing')
      return html`<button
        title="Stores the page, its models and pictures in this browser, so that it starts without a network"
        @click=${() => void this.offline.keep()}
      >
        Keep offline (${size})
      </button>`;
    if (state === 'storing') return html`<span role="status">Storing ${size}…</span>`;
    return html`<span class="number">Kept offline: ${size}</span>
      <button aria-label="Remove what is kept offline" @click=${() => void this.offline.remove()}>Remove</button>`;
  }

  private renderFooter() {
    const {requests, card, explanation, workers, description, said} = this.state;
    const parts = [
      'Nothing leaves this page',
      requests === undefined ? 'loading' : `${requests} ${requests === 1 ? 'request' : 'requests'} since load`,
      description
        ? `${card?.bytes ? `model ${formatBytes(card.bytes)}, ` : ''}${formatCount(description.parameters)} parameters`
        : '',
      explanation
        ? `${formatTime(explanation.milliseconds)} on ${workers} ${workers === 1 ? 'worker' : 'workers'}`
        : '',
    ];
    return html`<footer class="small">
      <span class="quiet number">${parts.filter(Boolean).join(' · ')}</span>
      <span class="actions"
        ><span role="status">${said}</span>
        ${this.renderStored()}
        <button ?disabled=${!explanation} @click=${() => void this.copyLink()}>Copy link</button>
        <button ?disabled=${!explanation} @click=${() => void this.saving.open(this.state)}>
          ${saving.open}
        </button></span
      >
    </footer>`;
  }

  override render() {
    const {notice} = this.state;
    return html`${this.renderHeader()}
      <whylight-drop @whylight-files=${this.files.bind(this)}></whylight-drop>
      <whylight-notice
        .heading=${notice?.heading ?? ''}
        .text=${notice?.text ?? ''}
        .kind=${notice?.kind ?? 'failure'}
        @whylight-dismiss=${() => this.store.update({notice: undefined})}
      ></whylight-notice>
      <main @whylight-files=${this.files.bind(this)}>
        ${this.renderInputs()} ${this.renderFigure()} ${this.renderWhy()} ${this.renderTrust()} ${this.renderCost()}
      </main>
      ${this.renderFooter()}
      <whylight-saving @whylight-said=${({detail}: Detail<{text: string}>) => this.say(detail.text)}></whylight-saving>
      <dialog id="help" aria-label="Help">
        ${help}
        <form method="dialog"><button>Close</button></form>
      </dialog>`;
  }
}

customElements.define('whylight-page', WhylightPage);
