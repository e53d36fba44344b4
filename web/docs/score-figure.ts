import {LitElement, css, html, nothing} from 'lit';
import {property, state} from 'lit/decorators.js';
import {loadCard} from '../core/card.ts';
import {invert} from '../core/digit.ts';
import {decodeImage, geometry, prepare, toPicture, type Picture} from '../core/image.ts';
import type {Card, Catalogue, EvaluateRequest, MetricRow, Model, NdArray, Score} from '../core/types.ts';
import {Whylight} from '../core/whylight.ts';
import {tellError} from '../element/advice.ts';
import {formatFact, formatNumber, formatShare, type Mark, type ScoredCurve} from '../element/index.ts';
import {theme} from '../element/theme.ts';
import {scoreFigure as words} from '../strings/english.ts';

/** A map that was drawn by lot, to compare with. */
const chance = 'chance';

/** The model of a figure, its input, and what there is to ask. */
interface Loaded {
  model: Model;
  card: Card;
  catalogue: Catalogue;
  input: NdArray;
  seen: Picture;
  target: string;
}

/** A map with its score. */
interface Scored {
  /** of a method in the catalogue, or "chance" */
  name: string;
  title: string;
  map: NdArray;
  score: Score | undefined;
  /** the picture as the curve's handle has it */
  perturbed: Picture | undefined;
}

let engine: Promise<Whylight> | undefined;
const models = new Map<string, Promise<{model: Model; card: Card}>>();

async function open(address: string): Promise<{model: Model; card: Card}> {
  engine ??= Whylight.start({base: new URL('../element/', import.meta.url)});
  const [started, card] = await Promise.all([engine, loadCard(new URL('card.json', address))]);
  return {model: await started.open(address, card), card};
}

/** One value for each position of the input, uniform, the same ones each time (xorshift, Marsaglia 2003). */
function chanceMap(card: Card): NdArray {
  const {height, width, last} = geometry(card);
  let word = 2463534242;
  const data = Float32Array.from({length: height * width}, () => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return (word >>> 0) / 2 ** 32;
  });
  return {shape: last ? [1, height, width, 1] : [1, 1, height, width], data};
}

function maskOf(mark: Mark, card: Card): NdArray {
  const {height, width} = geometry(card);
  const data = new Float32Array(height * width);
  const inside = (place: number, size: number, start: number, extent: number) =>
    place >= Math.round(start * size) && place < Math.round((start + extent) * size);
  for (let at = 0; at < data.length; at++) {
    const [row, column] = [Math.floor(at / width), at % width];
    if (inside(row, height, mark.top, mark.height) && inside(column, width, mark.left, mark.width)) data[at] = 1;
  }
  return {shape: [height, width], data};
}

/**
 * A metric at work: one picture, the map of a method that the reader chooses, another beside it, and the score of each.
 *
 * @attr metric - name in the catalogue
 * @attr model - address of the ONNX file, with card.json beside it
 * @attr method - the first map's
 * @attr against - the other map's method, or "chance"
 * @attr mark - the object's rectangle for metrics that need one: left, top, width and height as shares of the picture
 * @slot - an <img> with the picture, shown until the first score is there
 * @element whylight-score
 */
export class WhylightScore extends LitElement {
  @property() metric = '';
  @property() model = '';
  @property() method = 'lrp';
  @property() against = chance;
  @property() mark = '';
  @state() private loaded: Loaded | undefined;
  @state() private scored: readonly Scored[] = [];
  @state() private working = true;
  @state() private failure = '';
  @state() private share = 0.1;
  private run = new AbortController();

  static override styles = [
    theme,
    css`
      .maps {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr));
        gap: 12px 24px;
        margin: 12px 0;
      }
      p {
        margin: 6px 0 0;
      }
      .heading {
        margin: 0 0 6px;
        font-weight: 600;
      }
      .value {
        font-size: 1.15em;
        font-weight: 600;
      }
      .stale {
        opacity: 0.5;
      }
      .pair {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 6px;
      }
      label {
        display: inline-flex;
        gap: 10px;
        align-items: center;
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.run.abort();
  }

  protected override firstUpdated(): void {
    void this.begin();
  }

  /** Resolves with the scores once they are there. */
  async computed(): Promise<(number | null | undefined)[]> {
    while (this.working) await new Promise((resolve) => setTimeout(resolve, 20));
    if (this.failure) throw new Error(this.failure);
    return this.scored.map(({score}) => score?.value);
  }

  private get row(): MetricRow | undefined {
    return this.loaded?.catalogue.metrics.find(({name}) => name === this.metric);
  }

  private get rectangle(): Mark | undefined {
    const [left, top, width, height] = this.mark.split(',').map(Number);
    return height === undefined ? undefined : {left: left!, top: top!, width: width!, height};
  }

  private async load(): Promise<Loaded> {
    const address = new URL(this.model, document.baseURI).href;
    const opening = models.get(address) ?? open(address);
    models.set(address, opening);
    const source = this.querySelector('img')?.src;
    if (!source) throw new Error(words.noPicture);
    const [{model, card}, picture] = await Promise.all([
      opening,
      fetch(source).then(async (response) => decodeImage(await response.blob())),
    ]);
    const catalogue = await (await engine!).catalogue();
    const {input, picture: seen} = prepare(picture, card);
    const {data} = await model.predict(input);
    const shown = card.input.kind === 'digit' ? invert(seen) : seen;
    return {model, card, catalogue, input, seen: shown, target: String(data.indexOf(Math.max(...data)))};
  }

  /** Computes everything that is asked now, one map after the other. */
  private async begin(): Promise<void> {
    this.run.abort();
    this.run = new AbortController();
    const {signal} = this.run;
    this.working = true;
    try {
      this.loaded ??= await this.load();
      const scored: Scored[] = [];
      for (const name of [this.method, this.against]) {
        scored.push(await this.compute(name, signal));
        signal.throwIfAborted();
      }
      this.scored = scored;
      this.working = false;
      await this.perturb(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.failure = tellError(error);
      this.working = false;
    }
  }

  private request(name: string): EvaluateRequest {
    const {card, target} = this.loaded!;
    const mark = this.rectangle;
    return {
      metric: this.metric,
      target,
      ...(this.row?.needsMethod && name !== chance ? {method: name} : {}),
      ...(mark ? {mask: maskOf(mark, card)} : {}),
    };
  }

  private async compute(name: string, signal: AbortSignal): Promise<Scored> {
    const {model, card, catalogue, input, target} = this.loaded!;
    const title = catalogue.methods.find((one) => one.name === name)?.title ?? words.chance;
    const map = name === chance ? chanceMap(card) : await model.explain(input, {method: name, target}, {signal});
    const score = await model.evaluate(input, map, this.request(name), {signal});
    return {name, title, map, score, perturbed: undefined};
  }

  /** The pictures that belong to the handle's place. */
  private async perturb(signal: AbortSignal): Promise<void> {
    if (!this.scored.some(({score}) => score?.curves.length)) return;
    const {model, card, input} = this.loaded!;
    const {share} = this;
    const pictures = this.scored.map(async (one) => {
      const row = await model.perturbed(input, one.map, this.request(one.name), share);
      const picture = toPicture(row, card);
      return {...one, perturbed: card.input.kind === 'digit' ? invert(picture) : picture};
    });
    const scored = await Promise.all(pictures);
    if (!signal.aborted && share === this.share) this.scored = scored;
  }

  private choose(event: Event): void {
    this.method = (event.target as HTMLSelectElement).value;
    void this.begin();
  }

  private scrub({detail}: CustomEvent<{share: number}>): void {
    this.share = detail.share;
    void this.perturb(this.run.signal);
  }

  private renderMap({card, seen}: Loaded, {title, map, score, perturbed}: Scored) {
    const mark = this.rectangle;
    const direction = this.row?.better === 'higher' ? words.higher : words.lower;
    return html`<div>
      <p class="heading">${title}</p>
      <div class=${perturbed ? 'pair' : ''}>
        <whylight-picture
          bare
          .picture=${seen}
          .attribution=${map}
          .layout=${card.input.layout ?? 'nchw'}
          .label=${words.map(title)}
        >
          ${
            mark
              ? html`<whylight-mark .width=${seen.width} .height=${seen.height} .mark=${mark}></whylight-mark>`
              : nothing
          }
        </whylight-picture>
        ${
          perturbed
            ? html`<whylight-picture
                bare
                .picture=${perturbed}
                .label=${words.perturbed(formatShare(this.share))}
              ></whylight-picture>`
            : nothing
        }
      </div>
      <p>
        ${
          typeof score?.value === 'number'
            ? html`<span class="value number">${formatNumber(score.value)}</span>
                <span class="quiet small">${direction}</span>`
            : html`<span class="quiet">${score?.missing}</span>`
        }
      </p>
      ${score?.facts
        .filter(({name}) => name !== 'work-saved-share')
        .map((fact) => {
          const {name, value} = formatFact(fact);
          return html`<p class="small quiet number">${name} ${value}: ${fact.meaning}</p>`;
        })}
    </div>`;
  }

  private renderCurves() {
    const curves = this.scored.flatMap(({title, score}): ScoredCurve[] => {
      const [curve] = score?.curves ?? [];
      return curve ? [{...curve, name: title, area: score!.value, note: ''}] : [];
    });
    if (curves.length === 0) return nothing;
    return html`<whylight-curve
        .curves=${curves}
        .share=${this.share}
        @whylight-scrub=${this.scrub.bind(this)}
      ></whylight-curve>
      <p class="small quiet">${words.drag}</p>`;
  }

  override render() {
    const {loaded, scored, working, failure} = this;
    if (failure)
      return html`<slot></slot>
        <p role="alert">${failure}</p>`;
    if (!loaded || scored.length === 0)
      return html`<slot></slot>
        <p class="small quiet" role="status">${words.computing}</p>`;
    return html`<label
        >${words.method}
        <select @change=${this.choose.bind(this)}>
          ${loaded.catalogue.methods.map(
            ({name, title}) => html`<option value=${name} ?selected=${name === this.method}>${title}</option>`,
          )}
        </select></label
      >
      <span class="small quiet" role="status">${working ? words.computing : ''}</span>
      <div class="maps ${working ? 'stale' : ''}">${scored.map((one) => this.renderMap(loaded, one))}</div>
      ${this.renderCurves()}`;
  }
}

customElements.define('whylight-score', WhylightScore);
