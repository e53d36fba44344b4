/** Repeats an explanation that was saved as JSON, and tells whether the map is the same bit for bit. */
import {toPicture} from '../core/image.ts';
import {compareMaps, differences, readRecord, unpack, type ExplanationRecord} from '../core/record.ts';
import type {Card, NdArray} from '../core/types.ts';
import {version} from '../core/version.ts';
import type {Build} from '../core/wasm.ts';
import {Whylight} from '../core/whylight.ts';
import {viewFrom} from '../element/view.ts';
import {formatCount, formatShare} from '../element/index.ts';
import {repeating} from '../strings/english.ts';
import {galleryCard, prepareSource, sampleSource} from './inputs.ts';
import {own, recorded, type Choice, type Source, type Store} from './state.ts';

/** What the workbench does for it. */
export interface RepeatingBench {
  choose(part: Partial<Choice>): Promise<void>;
  rescale(scaling: string): Promise<void>;
  /** the model that a person opened */
  ownModel(): Card | undefined;
  /** makes a source what the choice `recorded` stands for */
  takeRecorded(source: Source): void;
  fail(heading: string, error: unknown): void;
  /** a model's bytes, or where they are */
  sourceOfModel(card: Card): Promise<Uint8Array | string>;
}

const builds: readonly string[] = ['simd', 'relaxed'] satisfies Build[];

interface Opened {
  file: string;
  record: ExplanationRecord;
  input: NdArray;
  map: NdArray;
}

const sameValues = (one: NdArray, other: NdArray): boolean => compareMaps(one, other).identical;

export class Repeating {
  /** waits for a person to open its model */
  private waiting: Opened | undefined;

  constructor(
    private readonly store: Store,
    private readonly bench: RepeatingBench,
  ) {}

  async open(file: File): Promise<void> {
    try {
      const record = readRecord(await file.text(), file.name);
      const input = await unpack(record.input, `${file.name}: input`);
      const map = await unpack(record.result, `${file.name}: result`);
      if (record.request.inject) throw new Error(repeating.injected(file.name));
      await this.begin({file: file.name, record, input, map});
    } catch (error) {
      this.bench.fail(repeating.impossible(file.name), error);
    }
  }

  /** A person's model has been opened: perhaps the one that was waited for. */
  async resume(): Promise<void> {
    const {waiting} = this;
    const model = this.bench.ownModel();
    if (!waiting || !model) return;
    if (model.sha256 === waiting.record.model.sha256) return this.begin(waiting);
    this.tell('failure', repeating.needsModel(waiting.file), repeating.otherModel(model.title, waiting.record.model));
  }

  private tell(kind: 'failure' | 'finding', heading: string, text: string): void {
    this.store.update({notice: {kind, heading, text}});
  }

  /** The model it was made with, if it is here; else one of the same name. */
  private cardFor({model}: ExplanationRecord): Card | undefined {
    const {cards} = this.store.state;
    const mine = this.bench.ownModel();
    const all = mine ? [...cards, mine] : cards;
    return all.find(({sha256}) => sha256 === model.sha256) ?? cards.find(({name}) => name === model.name);
  }

  private async begin(opened: Opened): Promise<void> {
    const {file, record} = opened;
    const card = this.cardFor(record);
    this.waiting = card ? undefined : opened;
    if (!card) return this.tell('finding', repeating.needsModel(file), repeating.whichModel(record.model));
    const {method, target, seed} = record.request;
    const row = this.store.state.catalogue?.methods.find(({name}) => name === method);
    if (!row) throw new Error(repeating.noMethod(method));
    if (card.input.shape.join() !== opened.input.shape.join())
      throw new Error(repeating.otherShape(opened.input.shape, card.input.shape));
    const {scaling} = record.model;
    if (card.name === own && scaling && scaling !== this.store.state.scaling) await this.bench.rescale(scaling);
    const usual = new Map(row.options.map((option) => [option.name, option.fallback]));
    const changed = Object.entries(record.request.settings).filter(([name, value]) => usual.get(name) !== value);
    await this.bench.choose({
      screen: 'explain',
      model: card.name,
      input: await this.inputFor(opened, card),
      method,
      target,
      seed,
      settings: Object.fromEntries(changed),
      view: viewFrom(record.view ?? {}),
    });
    await this.compare(opened);
  }

  /** The name of the sample that it is, or `recorded` for what only the file holds. */
  private async inputFor({file, record, input}: Opened, card: Card): Promise<string> {
    const shelf = galleryCard(card, this.store.state.cards);
    const sample = await sampleSource(shelf, record.input.name).catch(() => undefined);
    if (sample && sameValues(prepareSource(sample, card).input, input)) return record.input.name;
    const {title, credit} = record.input;
    const picture = toPicture(input, card);
    this.bench.takeRecorded({picture, input, title: title || repeating.inputOf(file), credit: credit || '', note: ''});
    return recorded;
  }

  private async compare(opened: Opened): Promise<void> {
    const {file, record, map} = opened;
    const {explanation, card, build, wasm, input, notice} = this.store.state;
    if (!explanation || !input || explanation.method !== record.request.method) {
      if (notice?.kind !== 'failure') this.bench.fail(repeating.impossible(file), new Error(repeating.noMap));
      return;
    }
    const {identical, values, different, share, obstacle} = compareMaps(map, explanation);
    const reasons = differences(record, {version, build, sha256: wasm, model: card?.sha256 ?? ''});
    if (identical) {
      this.tell('finding', repeating.identical, repeating.allSame(formatCount(values), file, reasons));
      return;
    }
    const other = record.engine.build;
    if (other !== build && builds.includes(other) && (await this.sameByBuild(opened, card!, other as Build))) {
      const differ = repeating.someDiffer(formatCount(different), formatCount(values), formatShare(share));
      this.tell('finding', repeating.identical, repeating.sameByBuild(formatCount(values), file, other, build, differ));
      return;
    }
    const found = obstacle || repeating.someDiffer(formatCount(different), formatCount(values), formatShare(share));
    this.tell('failure', repeating.notIdentical, repeating.why(file, found, reasons, build));
  }

  /** Whether the build that made it makes the same map; that is fetched for this and let go again. */
  private async sameByBuild({record, input, map}: Opened, card: Card, build: Build): Promise<boolean> {
    this.tell('finding', repeating.otherBuild, repeating.trying(build));
    const engine = await Whylight.start({build, workers: this.store.state.workers}).catch(() => undefined);
    try {
      if (engine?.build !== build) return false;
      const model = await engine.open(await this.bench.sourceOfModel(card), card, {shape: card.input.shape});
      const {method, target, settings, seed} = record.request;
      return sameValues(map, await model.explain(input, {method, target, settings, seed}));
    } catch {
      return false; // the difference is told as it is
    } finally {
      engine?.stop();
    }
  }
}
