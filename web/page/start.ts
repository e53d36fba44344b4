/** What the first result needs, begun by a small script of its own: it comes long before the rest of the page. */
import type {Card, Engine, Model, NdArray} from '../core/types.ts';
import {Whylight} from '../core/whylight.ts';
import {happening} from '../strings/english.ts';
import {firstCard, galleryCard, prepareSource, sampleSource} from './inputs.ts';
import {Requests} from './requests.ts';
import {keptCards} from './keeping.ts';
import {fetchCards, modelFiles} from './shelf.ts';
import type {Choice, Source} from './state.ts';
import {fromFragment} from './url.ts';
import {Workers} from './workers.ts';

/** The first model, its picture and what it makes of it, on their way: whoever needs one that failed asks again, and tells why. */
export interface First {
  card: Card;
  /** the picture's name on the shelf */
  file: string;
  model: Promise<Model>;
  source: Promise<Source | undefined>;
  outputs: Promise<NdArray | undefined>;
}

/** A promise whose failure is told by whoever waits for it. */
function untold<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined);
  return promise;
}

export class Start {
  /** all that is asked of the network, by workers too */
  readonly requests = new Requests();
  readonly workers = new Workers((asked) => this.requests.add(asked));
  readonly engine: Promise<Engine> = untold(
    // Within the page its policy holds for workers too, whatever their file is served with.
    Whylight.start({inline: true, onWorker: (worker, ended) => this.workers.add(worker, ended)}),
  );
  readonly cards: Promise<Card[]> = untold(Promise.all([fetchCards(), keptCards()]).then((all) => all.flat()));
  readonly first: Promise<First | undefined>;
  /** told of the first model's progress */
  onProgress: (card: Card, share: number) => void = () => undefined;

  constructor(choice: Choice) {
    this.first = untold(this.cards.then((cards) => this.begin(choice, cards)));
  }

  private begin(choice: Choice, cards: readonly Card[]): First | undefined {
    const {input} = choice;
    const card = firstCard(choice, cards);
    if (!card) return undefined;
    const shelf = galleryCard(card, cards);
    const file = (shelf.samples.find((sample) => sample.file === input) ?? shelf.samples[0])?.file ?? '';
    const model = untold(this.open(card));
    const source = untold(sampleSource(shelf, file));
    const predict = async () => {
      const found = await source;
      if (!found) return undefined;
      const prepared = prepareSource(found, card);
      return (await model).predict(prepared.input);
    };
    return {card, file, model, source, outputs: untold(predict())};
  }

  private async open(card: Card): Promise<Model> {
    const files = modelFiles(card, (share) => this.onProgress(card, share));
    const [engine, {bytes, options}] = await Promise.all([this.engine, files]);
    return engine.open(bytes, card, options);
  }
}

export const start = new Start(fromFragment(location.hash));

// Drawing the page takes a while: what is to be fetched is asked for first.
void start.first
  .catch(() => undefined)
  .then(() => import('./main.ts'))
  .catch((error: unknown) => {
    const text = happening.notWhole(String(error));
    const line = Object.assign(document.createElement('p'), {role: 'alert', textContent: text});
    document.querySelector('whylight-page')?.append(line);
  });
