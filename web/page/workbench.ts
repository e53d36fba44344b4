/** What the page does: loads models and pictures, explains, and follows what the person chooses. Latest wins. */
import type {Picture} from '../core/image.ts';
import type {Card, Engine, Model} from '../core/types.ts';
import {happening as words} from '../strings/english.ts';
import {Beside} from './beside.ts';
import {drawingCard, drawingSource, displayed, fileSource, galleryCard, prepareSource, sampleSource} from './inputs.ts';
import {deriveCard} from '../core/derive.ts';
import {Camera} from './camera.ts';
import {describeFindings} from './findings.ts';
import {Live} from './live.ts';
import {openOwn} from './own-model.ts';
import {Profiler} from './profiling.ts';
import {Repeating} from './repeating.ts';
import {Keeper} from './keeper.ts';
import {galleryOf, modelAddress, openCard, placesOf} from './shelf.ts';
import type {First, Start} from './start.ts';
import {anew, camera, drawing, own, recorded, unmarked, type Choice, type Source, type Store} from './state.ts';

const slow = 500; // milliseconds before progress and Stop appear
const smallModel = 1e6; // bytes; models below are fetched ahead, so that choosing them later asks nobody

const loadingLabel = ({title}: Card): string => words.loading(title);

/** The browser's turn: resolves when what has changed is on the screen, or soon where nothing is drawn since nobody looks. */
function shown(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, slow);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(resolve); // the frame is drawn after its callbacks
    });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export class Workbench extends Beside {
  readonly keeper: Keeper;
  readonly profiler: Profiler;
  private readonly repeating: Repeating;

  readonly camera: Camera;
  private readonly live: Live;
  private engine!: Engine;
  private readonly models = new Map<string, Model>();
  /** of which model the pictures are shown, or will be */
  private shelf: {card: Card | undefined; filled: Promise<void>} = {card: undefined, filled: Promise.resolve()};
  /** until it has been shown */
  private first: First | undefined;
  private recordedSource: Source | undefined;
  private ownFile: {blob: Blob; name: string} | undefined;
  private run = new AbortController();
  private turn = 0;
  private queue: Promise<void> = Promise.resolve();
  /** the last choice whose model and input could be had */
  private good: {model: string; input: string} = {model: '', input: ''};

  /** `onLoaded` is called once: when nothing more will be fetched without being asked. */
  constructor(
    store: Store,
    private readonly onLoaded: () => void,
  ) {
    super(store);
    this.keeper = new Keeper(store, this.models, {
      renamed: (model) => (this.good = {...this.good, model}),
      fail: (heading, error) => this.fail(heading, error),
    });
    this.profiler = new Profiler(store, () => this.model);
    this.live = new Live(store, () => this.model);
    this.repeating = new Repeating(store, this);

    this.camera = new Camera(store, this.live, {
      begin: () => this.giveUp(camera),
      take: (file) => this.openFiles([file]),
      restore: (part) => {
        this.good.input = '';
        return this.choose(part);
      },
    });
  }

  async start(begun: Start): Promise<void> {
    try {
      begun.onProgress = (card, share) => this.store.update({loading: {label: loadingLabel(card), share}});
      const cards = await begun.cards;
      const first = (this.first = await begun.first);
      first?.model.then((model) => this.models.set(first.card.name, model)).catch(() => undefined);
      if (first) this.preview(first, cards);
      const engine = (this.engine = await begun.engine);
      this.store.update({cards, workers: engine.workers, build: engine.build, wasm: engine.sha256});
      await this.settle();
      if (this.store.state.phase === 'ready') await this.fetchAhead();
    } catch (error) {
      begun.onProgress = () => undefined; // what still arrives is of no use
      this.fail(words.notStarted, error);
      this.store.update({phase: 'failed', loading: undefined});
    }
  }

  /** What can be shown before the model is there. */
  private preview({card, source}: First, cards: readonly Card[]): void {
    this.store.update({cards, gallery: placesOf(galleryCard(card, cards))});
    const show = (found: Source | undefined) => {
      if (!found || this.store.state.card) return;
      this.store.update({card, source: found, seen: displayed(prepareSource(found, card).picture, card)});
    };
    source.then(show).catch(() => undefined); // it is told when it is needed
  }

  /** Takes up a choice, whole or in part, and brings the screen to it. */
  choose(part: Partial<Choice>): Promise<void> {
    this.store.choose(part);
    return this.settle();
  }

  /** Does what is still to be done for the present choice; whatever is under way for an earlier one is given up. */
  settle(): Promise<void> {
    if (this.camera.keeps(this.store.state.choice)) return Promise.resolve(); // its next picture is explained so
    const turn = ++this.turn;
    this.halt();
    this.store.update({working: true});
    this.queue = this.queue.then(async () => {
      if (turn === this.turn) await this.pass(turn);
      if (turn === this.turn) this.store.update({working: false});
    });
    return this.queue;
  }

  /** Stops what is being computed; the last map stays, marked as old. */
  stop(): void {
    ++this.turn;
    this.halt();
    this.store.update({
      working: false,
      task: undefined,
      stale: this.store.state.explanation !== undefined,
      stopped: true,
    });
  }

  private halt(): void {
    this.run.abort();
    this.run = new AbortController();
    this.leave();
  }

  /** The camera's pictures change faster than anything beside the map could follow. */
  override attend(): void {
    if (!this.camera.keeps(this.store.state.choice)) super.attend();
  }

  ownModel(): Card | undefined {
    return this.keeper.owned.card;
  }

  async sourceOfModel(card: Card): Promise<Uint8Array | string> {
    return (await this.keeper.bytesOf(card)) ?? modelAddress(card);
  }

  takeRecorded(source: Source): void {
    this.recordedSource = source;
    this.good.input = '';
  }

  fail(heading: string, error: unknown): void {
    this.store.update({notice: {kind: 'failure', heading, text: messageOf(error)}});
  }

  private async pass(turn: number): Promise<void> {
    if (!(await this.takeModel())) return;
    if (turn !== this.turn) return;
    const pictured = await this.takeInput();
    if (pictured && turn === this.turn) await this.explain(turn);
    this.first = undefined;
    this.fillGallery();
  }

  /** The pictures of the shelf, once for each model, when the chosen one has been seen to. */
  private fillGallery(): void {
    const {card, cards} = this.store.state;
    if (!card || this.shelf.card === card) return;
    const filled = galleryOf(galleryCard(card, cards))
      .then((gallery) => {
        if (this.store.state.card === card) this.store.update({gallery});
      })
      .catch((error: unknown) => {
        this.shelf.card = undefined;
        this.fail(words.noPictures, error);
      });
    this.shelf = {card, filled};
  }

  /** The model chosen, opened; on failure the page goes on with the one before. */
  private async takeModel(): Promise<boolean> {
    this.fitDrawing();
    const {choice, cards} = this.store.state;
    const card = choice.model === own ? this.keeper.owned.card : cards.find(({name}) => name === choice.model);
    if (!card) return this.fallBack();
    if (this.good.model === card.name && this.model && this.store.state.card === card) return true;
    try {
      const model = this.models.get(card.name) ?? (await this.fetchModel(card));
      this.models.set(card.name, model);
      this.model = model;
      this.profiler.forget();
      this.good = {model: card.name, input: ''};
      const {description} = model;
      const emptied = {explanation: undefined, scores: [], outputs: undefined, ...unmarked};
      this.store.update({card, description, network: model, ...emptied});
      return true;
    } catch (error) {
      this.store.update({loading: undefined});
      this.fail(words.notLoaded(card.title), error);
      return this.good.model ? this.back() : (this.store.update({phase: 'failed'}), false);
    }
  }

  /** The view with the sheet needs a model that reads drawings. */
  private fitDrawing(): void {
    const {choice, cards} = this.store.state;
    if (choice.screen !== 'draw') return;
    const named = choice.model === own ? this.keeper.owned.card : cards.find(({name}) => name === choice.model);
    if (named?.input.kind === 'digit') return;
    const card = drawingCard(cards);
    if (card) this.store.choose({...anew, model: card.name});
    else this.store.choose({screen: 'explain'});
  }

  private async fetchModel(card: Card): Promise<Model> {
    const label = loadingLabel(card);
    const onProgress = (share: number) => this.store.update({loading: {label, share}});
    const early = this.first?.card === card ? await this.first.model.catch(() => undefined) : undefined;
    if (!early) onProgress(0);
    const model = early ?? (await openCard(this.engine, card, onProgress));
    this.store.update({loading: undefined});
    return model;
  }

  /** A link may name a model that is not here (any more): then the first one. */
  private fallBack(): Promise<boolean> | boolean {
    const {choice, cards} = this.store.state;
    if (choice.model) {
      const kept = choice.model.startsWith('kept-');
      const text = choice.model === own ? words.ownModel : kept ? words.notKept : words.noModel(choice.model);
      this.store.update({notice: {kind: 'finding', heading: words.otherModel, text}});
    }
    if (!cards[0]) throw new Error('models/index.json: names no model');
    this.store.choose({
      model: cards[0].name,
      ...(choice.model ? anew : {}),
    });
    return this.takeModel();
  }

  private back(): boolean {
    this.store.choose(this.good);
    return true;
  }

  /** The picture chosen, prepared for the model; on failure the page goes on with the one before. */
  private async takeInput(): Promise<boolean> {
    const {choice, card, cards} = this.store.state;
    if (this.good.input && this.good.input === choice.input && this.store.state.input) return true;
    const shelf = galleryCard(card!, cards);
    const first = shelf.samples[0]?.file ?? '';
    try {
      let source = await this.sourceOf(choice.input, card!, shelf);
      let input = choice.input;
      if (!source) {
        input = first;
        source = await this.sample(shelf, first);
        if (choice.input) this.store.choose({input, target: 'top'});
        else this.store.choose({input});
      }
      if (!source) return this.wait();
      this.show(source);
      this.good.input = input;
      return true;
    } catch (error) {
      this.fail(words.unreadable, error);
      if (!this.good.input) return this.wait();
      this.store.choose({input: this.good.input});
      return true;
    }
  }

  /** No picture to begin with: the page is ready for another one, or the person's own. */
  private wait(): boolean {
    this.store.update({phase: 'ready', source: undefined, input: undefined, seen: undefined, ...unmarked});
    return false;
  }

  private async sourceOf(input: string, card: Card, shelf: Card): Promise<Source | undefined> {
    if (input === own && this.ownFile) return fileSource(this.ownFile.blob, this.ownFile.name, card);
    if (input === recorded) return this.recordedSource;
    if (input === drawing) return this.store.state.source;
    return this.sample(shelf, input);
  }

  /** A picture of the shelf; the one fetched at the start, if that is asked for. */
  private async sample(shelf: Card, file: string): Promise<Source | undefined> {
    const early = this.first?.file === file ? await this.first.source.catch(() => undefined) : undefined;
    return early ?? sampleSource(shelf, file);
  }

  private show(source: Source): void {
    const card = this.store.state.card!;
    const {input, picture} = prepareSource(source, card);
    this.store.update({
      source,
      input,
      seen: displayed(picture, card),
      outputs: undefined,
      explanation: undefined,
      scores: [],
      perturbed: undefined,
      ...unmarked,
    });
  }

  /** The method a link or the card names, if there is such a one; else the first. */
  private fillIn(): void {
    const {choice, card, catalogue} = this.store.state;
    const known = (name: string | undefined) => catalogue!.methods.some((row) => row.name === name);
    if (known(choice.method)) return;
    const method = [card!.defaults?.method, 'integrated-gradients'].find(known) ?? catalogue!.methods[0]?.name ?? '';
    this.store.choose({method, settings: {}});
  }

  /** What the model makes of the picture; the first time that has been asked for already. */
  private async predict(signal: AbortSignal): Promise<Float32Array> {
    const {input, source, card} = this.store.state;
    const {first} = this;
    const asked = first?.card === card && source === (await first?.source.catch(() => undefined));
    const early = asked ? await first?.outputs.catch(() => undefined) : undefined;
    return (early ?? (await this.model!.predict(input!, {signal}))).data;
  }

  /** Shows the classes, and gives the browser time to draw them before anything else is begun. */
  private async classify(turn: number, signal: AbortSignal): Promise<void> {
    if (this.store.state.outputs) return;
    const outputs = await this.predict(signal);
    if (turn !== this.turn) return;
    this.store.update({outputs, phase: 'ready'});
    await shown();
  }

  private async explain(turn: number): Promise<void> {
    const {signal} = this.run;
    const task = {label: words.prediction, share: 0};
    this.store.update({stopped: false, stale: this.store.state.explanation !== undefined});
    const timer = setTimeout(() => this.store.update({task: {...task}}), slow);
    try {
      await this.classify(turn, signal);
      if (!this.store.state.catalogue) this.store.update({catalogue: await this.engine.catalogue()});
      if (turn !== this.turn) return;
      this.fillIn();
      this.fillGallery();
      const {choice, input, catalogue} = this.store.state;
      task.label = catalogue!.methods.find(({name}) => name === choice.method)?.title ?? choice.method;
      const onProgress = (share: number) => {
        task.share = share;
        if (!signal.aborted && this.store.state.task) this.store.update({task: {...task}});
      };
      const request = {method: choice.method, target: choice.target, settings: choice.settings, seed: choice.seed};
      const explanation = await this.tools.maps.make(this.model!, input!, request, {signal, onProgress});
      if (turn !== this.turn) return;
      this.store.update({explanation, stale: false, maps: this.store.state.maps + 1});
      this.attend();
    } catch (error) {
      if (turn !== this.turn || signal.aborted) return;
      this.fail(words.failed(task.label), error);
      this.store.update({phase: 'ready'});
    } finally {
      clearTimeout(timer);
      if (turn === this.turn) this.store.update({task: undefined});
    }
  }

  /** Fetches small models and their samples while nobody waits, then declares everything loaded. */
  private async fetchAhead(): Promise<void> {
    for (const card of this.store.state.cards) {
      if (this.models.has(card.name) || (card.bytes ?? Infinity) > smallModel) continue;
      try {
        this.models.set(card.name, await openCard(this.engine, card));
        await galleryOf(card);
      } catch {
        // It will be fetched, and its failure told, when it is chosen.
      }
    }
    await this.shelf.filled;
    this.onLoaded();
  }

  /** Files that were dropped, pasted or chosen: models by their ending, everything else is taken for a picture. */
  async openFiles(files: readonly File[]): Promise<void> {
    const file = files[0];
    if (!file || !this.engine || this.store.state.phase === 'starting') return;
    const model = files.find(({name}) => /\.onnx$/i.test(name));
    const record = files.find(({name}) => /\.json$/i.test(name));
    if (model) {
      const before = this.keeper.owned.card;
      await this.openModel(model, files);
      if (this.keeper.owned.card !== before) await this.repeating.resume();
    }
    if (record) await this.repeating.open(record);
    if (model || record) return;
    const {card} = this.store.state;
    if (!card) return;
    try {
      await fileSource(file, file.name, card);
    } catch (error) {
      this.fail(words.unreadableFile(file.name), error);
      return;
    }
    this.ownFile = {blob: file, name: file.name};
    this.good.input = '';
    await this.choose({input: own, target: 'top'});
  }

  /** A person's own model, with files of its weights that were dropped along: says what was found and explains with it, or lists what stands against it. */
  private async openModel(file: File, files: readonly File[]): Promise<void> {
    this.store.update({loading: {label: words.opening(file.name), share: 0}});
    try {
      const {model, card, bytes, extras} = await openOwn(this.engine, file, files, this.store.state);
      this.models.get(own)?.close();
      this.models.set(own, model);
      Object.assign(this.keeper.owned, {card, bytes, extras});
      this.good = {...this.good, model: ''};
      this.store.update({
        notice: {kind: 'finding', heading: words.explained(file.name), text: describeFindings(model.description)},
      });
      void this.choose({model: own, settings: {}, target: 'top'});
    } catch (error) {
      this.fail(words.notOpened(file.name), error);
    } finally {
      this.store.update({loading: undefined});
    }
    await this.queue;
  }

  /** Another guess at how a person's own model scales its pixels. */
  async rescale(scaling: string): Promise<void> {
    const {card, description, cards} = this.store.state;
    this.store.update({scaling});
    if (card?.name !== own || !description) return;
    const {bytes = 0, sha256: hash = ''} = card;
    this.keeper.owned.card = {...deriveCard(own, card.title, description, scaling, cards), bytes, sha256: hash};
    this.good = {model: '', input: ''};
    await this.settle();
  }

  /** Pictures that change by themselves follow: whatever is under way for another is given up. */
  private giveUp(input: string): void {
    ++this.turn;
    this.halt();
    this.store.update({working: false, task: undefined});
    this.store.choose({input});
    this.good.input = input;
  }

  /** The drawing changed: while the pen is down maps follow it, afterwards it is an input like any other. */
  async draw(sheet: Picture, penDown: boolean, empty: boolean): Promise<void> {
    const {card, phase} = this.store.state;
    if (!card || phase !== 'ready' || !this.model) return;
    if (empty) return;
    this.camera.close();
    this.giveUp(drawing);
    const last = await this.live.follow(drawingSource(sheet), penDown);
    if (last) await this.settle();
  }
}
