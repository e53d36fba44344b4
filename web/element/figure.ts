import {LitElement, html, nothing, type PropertyValues} from 'lit';
import {property, state} from 'lit/decorators.js';
import {invert, readable} from '../core/digit.ts';
import {decodeImage, prepare, type Picture, type Prepared} from '../core/image.ts';
import {findPalette} from '../core/palette.ts';
import type {Catalogue, Explanation, NdArray} from '../core/types.ts';
import {figure as words} from '../strings/english.ts';
import {tellError} from './advice.ts';
import './classes.ts';
import {colouring, entriesOf, leavesTarget, type Asked} from './comparison.ts';
import {define, send} from './define.ts';
import {figureStyles} from './figure-styles.ts';
import {formatShare} from './format.ts';
import './legend.ts';
import './options.ts';
import {labelOf, probabilitiesOf, strongest, targetTitle} from './outputs.ts';
import './picture.ts';
import './progress.ts';
import {sharedCatalogue, sharedModel, sharedPicture, type Loaded} from './shared.ts';
import {theme} from './theme.ts';
import {plainView, viewFrom, type View} from './view.ts';

const slow = 300; // milliseconds before progress and Stop appear

/** What is shown: the picture, what the network makes of it, and the maps asked for. */
export interface Shown extends Loaded {
  seen: Picture;
  outputs: Float32Array;
  catalogue: Catalogue;
  asked: Asked[];
  explanations: Explanation[];
}

type Settings = Record<string, string>;

/** What the reader chose in place of the author. */
export interface Chosen {
  method?: string;
  target?: string;
  settings?: Settings;
  picture?: Picture;
}

/** What an attribute holds that is written as a JSON object, as text. */
function fieldsOf(attribute: 'options' | 'view', text: string): Settings {
  if (!text) return {};
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error(`${attribute}: ${attribute === 'options' ? 'are' : 'is'} not JSON, found ${text}`);
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw new Error(`${attribute}: must be an object, found ${text}`);
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, String(value)]));
}

/**
 * The part of <whylight-explainer> that computes and draws; its attributes are described there.
 *
 * @element whylight-figure
 */
export class WhylightFigure extends LitElement {
  @property() model = '';
  @property() card = '';
  @property() src = '';
  @property() method = '';
  @property() target = '';
  @property() options = '';
  @property() palette = '';
  @property() view = '';
  @property() compare = '';
  @property() controls = '';
  @property() droppable = '';
  @state() protected shown: Shown | undefined;
  @state() private failure = '';
  @state() protected stopped = false;
  @state() protected task: {label: string; share: number} | undefined;
  @state() protected look: View = plainView;
  @state() protected chosen: Chosen = {};
  private run = new AbortController();
  /** the explanations of the latest run */
  explained: Promise<Explanation[]> = Promise.resolve([]);

  static override styles = [theme, figureStyles];

  /** Goes on with what was under way when it was taken out of the document. */
  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated && this.run.signal.aborted) this.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.run.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('palette') || changed.has('view')) this.look = this.authorsLook();
    // What the author changes counts again, whatever the reader chose.
    const author: [keyof WhylightFigure, ...(keyof Chosen)[]][] = [
      ['method', 'method', 'settings'],
      ['options', 'settings'],
      ['target', 'target'],
      ['src', 'picture'],
    ];
    for (const [name, ...chosen] of author) if (changed.has(name)) for (const one of chosen) delete this.chosen[one];
    const asks = ['model', 'card', 'src', 'method', 'target', 'options', 'compare'] as const;
    if (asks.some((name) => changed.has(name))) this.begin();
  }

  /** How the author wants maps drawn; what cannot be read is told when they are made. */
  private authorsLook(): View {
    try {
      const given = fieldsOf('view', this.view);
      return viewFrom(this.palette ? {...given, palette: this.palette} : given);
    } catch {
      return plainView;
    }
  }

  /** Gives up what is under way and does what is asked now. */
  protected begin(): void {
    this.run.abort();
    this.run = new AbortController();
    const {signal} = this.run;
    this.stopped = false;
    this.explained = this.explain(signal);
    this.explained.catch((error: unknown) => {
      if (!signal.aborted) this.fail(error);
    });
  }

  protected fail(error: unknown): void {
    this.failure = tellError(error);
    send(this, 'whylight-error', {message: this.failure, error});
  }

  /** Lets go of the maps that are being computed; those before them stay. */
  protected stop(): void {
    this.run.abort();
    this.task = undefined;
    this.stopped = true;
  }

  /** The model, the picture as the network takes it, and the catalogue. */
  protected async obtain(onProgress: (share: number) => void): Promise<[Loaded, Prepared, Catalogue]> {
    const {picture: own} = this.chosen;
    if (!this.model) throw new Error('The attribute model is missing: it names the ONNX file');
    if (!this.src && !own) throw new Error('There is no picture: give src, or put an <img> inside');
    const [loaded, picture, catalogue] = await Promise.all([
      sharedModel(this.model, this.card, onProgress),
      own ?? sharedPicture(this.src),
      sharedCatalogue(),
    ]);
    return [loaded, prepare(own ? readable(picture, loaded.card) : picture, loaded.card), catalogue];
  }

  private async explain(signal: AbortSignal): Promise<Explanation[]> {
    const timer = setTimeout(() => {
      if (!signal.aborted) this.task = {label: 'Loading', share: 0};
    }, slow);
    const tell = (label: string, share: number) => {
      if (signal.aborted) return;
      if (this.task) this.task = {label, share};
      send(this, 'whylight-progress', {label, share});
    };
    try {
      const settings = this.chosen.settings ?? fieldsOf('options', this.options);
      fieldsOf('view', this.view);
      const [loaded, prepared, catalogue] = await this.obtain((share) => tell(words.loading, share));
      signal.throwIfAborted();
      const {model, card} = loaded;
      const {input, picture: seen} = prepared;
      const outputs = (await model.predict(input, {signal})).data;
      send(this, 'whylight-load', {model: model.description, card});
      const usual = card.defaults?.method ?? 'integrated-gradients';
      const method = this.chosen.method ?? (this.method || usual);
      const asked = entriesOf(this.compare, method, this.chosen.target ?? (this.target || 'top'), settings, catalogue);
      const explanations: Explanation[] = [];
      for (const [index, request] of asked.entries()) {
        const onProgress = (share: number) => tell('Explaining', (index + share) / asked.length);
        explanations.push(await model.explain(input, request, {signal, onProgress}));
      }
      signal.throwIfAborted();
      const shownPicture = card.input.kind === 'digit' ? invert(seen) : seen;
      this.failure = '';
      this.shown = {...loaded, seen: shownPicture, outputs, catalogue, asked, explanations};
      await this.updateComplete;
      send(this, 'whylight-explain', {explanations});
      return explanations;
    } finally {
      clearTimeout(timer);
      if (!signal.aborted) this.task = undefined;
    }
  }

  protected choose(part: Chosen): void {
    this.chosen = {...this.chosen, ...part};
    this.begin();
  }

  private async take(files: Iterable<File>): Promise<void> {
    const [file] = files;
    if (!file) return;
    try {
      const picture = await decodeImage(file);
      delete this.chosen.target; // it was meant for another picture
      this.choose({picture});
    } catch (error) {
      this.fail(error);
    }
  }

  private drop(event: DragEvent): void {
    if (!this.droppable || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    void this.take(event.dataTransfer.files);
  }

  protected methodTitle(shown: Shown, method: string): string {
    return shown.catalogue.methods.find(({name}) => name === method)?.title ?? method;
  }

  /** "Why “tabby” (39 %)?", the probability where one class is explained. */
  private question(shown: Shown, target: string): string {
    const probability = target.includes(':') ? undefined : probabilitiesOf(shown.outputs)?.[Number(target)];
    const share = probability === undefined ? '' : formatShare(probability);
    return words.question(targetTitle(shown.card, target), share);
  }

  /** How sure the network is, for who cannot see the bars. */
  private certainty({outputs, card}: Shown): string {
    const [first, second] = strongest(outputs, card, 2, []);
    if (first?.probability === undefined || second?.probability === undefined) return '';
    const name = ({unit}: {unit: number}) => labelOf(card, unit);
    return words.certainty(name(first), formatShare(first.probability), name(second), formatShare(second.probability));
  }

  private setting({detail: {name, value}}: CustomEvent<{name: string; value: string}>): void {
    const {shown} = this;
    const method = shown?.asked[0]?.method;
    const settings = {...(this.chosen.settings ?? fieldsOf('options', this.options)), [name]: value};
    const row = shown?.catalogue.methods.find((one) => one.name === method);
    if (row?.options.find((option) => option.name === name)?.fallback === value) delete settings[name];
    this.choose({settings});
  }

  private renderMaps(shown: Shown) {
    const {explanations, card, seen} = shown;
    const layout = card.input.layout ?? 'nchw';
    const several = explanations.length > 1;
    const bare = several || this.controls === 'none';
    const {maps, scale, note} = colouring(explanations, layout);
    const differ = (name: 'method' | 'target') => new Set(explanations.map((one) => one[name])).size > 1;
    const [methods, targets] = [differ('method'), differ('target')];
    const picture = (map: NdArray, {method, target}: Explanation) => {
      const parts = [methods ? this.methodTitle(shown, method) : '', targets ? targetTitle(card, target) : ''];
      const heading = parts.filter(Boolean).join(', ');
      return html`<div class="map">
        ${heading ? html`<p class="small heading"><bdi>${heading}</bdi></p>` : nothing}
        <whylight-picture
          exportparts="stage"
          ?bare=${bare}
          ?stale=${this.task !== undefined}
          .picture=${seen}
          .attribution=${map}
          .layout=${layout}
          .common=${several ? scale : undefined}
          .view=${this.look}
          .label=${`${words.map(targetTitle(card, target), this.methodTitle(shown, method))}.${this.certainty(shown)}`}
          @whylight-view=${({detail}: CustomEvent<Partial<View>>) => (this.look = {...this.look, ...detail})}
        ></whylight-picture>
      </div>`;
    };
    return html`<div class="maps" part="maps">${explanations.map((one, index) => picture(maps[index]!, one))}</div>
      ${
        bare
          ? html`<whylight-legend
                .scale=${scale}
                .limit=${this.look.threshold * scale.span}
                .palette=${findPalette(this.look.palette, scale.kind)}
              ></whylight-legend>
              ${note ? html`<p class="small quiet">${note}</p>` : nothing}`
          : nothing
      }`;
  }

  private renderControls(shown: Shown) {
    const {outputs, card, catalogue, model, explanations, asked} = shown;
    const {target} = explanations[0]!;
    const also = target.split(':').map(Number);
    return html`<div class="choices" part="controls">
      ${
        leavesTarget(this.compare)
          ? html`<whylight-classes
              .entries=${strongest(outputs, card, 5, also)}
              .labels=${card.labels}
              .target=${target}
              @whylight-target=${({detail}: CustomEvent<{target: string}>) => this.choose({target: detail.target})}
            ></whylight-classes>`
          : nothing
      }
      ${
        this.controls === 'all' && explanations.length === 1
          ? html`<whylight-options
              .methods=${catalogue.methods}
              .method=${asked[0]!.method}
              .settings=${asked[0]!.settings}
              .layers=${model.description.layers}
              .lastFeatureMap=${model.description.lastFeatureMap}
              @whylight-method=${({detail}: CustomEvent<{method: string}>) => this.choose({method: detail.method, settings: {}})}
              @whylight-setting=${this.setting.bind(this)}
            ></whylight-options>`
          : nothing
      }
    </div>`;
  }

  private renderDrop() {
    const files = (event: Event) => void this.take((event.target as HTMLInputElement).files ?? []);
    const ask = () => this.renderRoot.querySelector<HTMLInputElement>('input[type="file"]')!.click();
    return html`<p class="small own">
      <button @click=${ask}>${words.tryOwn}</button>
      <span class="quiet">${words.stays}</span>
      <input type="file" accept="image/*" aria-label=${words.own} hidden @change=${files} />
    </p>`;
  }

  private renderCaption(shown: Shown) {
    const {explanations} = shown;
    const {method, target} = explanations[0]!;
    const by = explanations.length > 1 ? '' : words.by(this.methodTitle(shown, method));
    return html`<figcaption part="caption">
      <bdi>${this.question(shown, target)}<span class="quiet">${by}</span></bdi>
    </figcaption>`;
  }

  override render() {
    const {shown, task, failure} = this;
    const single = shown?.explanations.length === 1 && this.controls !== 'none';
    return html`<figure
      part="figure"
      class=${single ? 'wide' : ''}
      @dragover=${(event: DragEvent) => this.droppable && event.preventDefault()}
      @drop=${this.drop.bind(this)}
    >
      ${
        shown
          ? html`<div class="picture">${this.renderMaps(shown)}</div>
              <div class="text">
                ${this.renderCaption(shown)} ${this.controls === 'none' ? nothing : this.renderControls(shown)}
                ${this.droppable ? this.renderDrop() : nothing}
              </div>`
          : nothing
      }
      <whylight-progress
        ?hidden=${!task}
        .active=${task !== undefined}
        .label=${task?.label ?? ''}
        .share=${task?.share ?? 0}
        @whylight-stop=${() => this.stop()}
      ></whylight-progress>
      ${this.stopped ? html`<p class="small">${words.stopped} <button @click=${() => this.begin()}>${words.again}</button></p>` : nothing}
      ${failure ? html`<p class="failure" part="failure" role="alert">${failure}</p>` : nothing}
    </figure>`;
  }
}

define('whylight-figure', WhylightFigure);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-figure': WhylightFigure;
  }
}
