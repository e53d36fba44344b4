/** Turns a person's own model into one that is kept, and back. */
import type {Card, Model} from '../core/types.ts';
import {happening as words} from '../strings/english.ts';
import {forgetModel, isKept, keepModel, keptFiles, type Extras} from './keeping.ts';
import {own, type Store} from './state.ts';

/** The model of a file that was opened. */
export interface Owned {
  card: Card | undefined;
  bytes: Uint8Array;
  extras: Extras;
}

interface Bench {
  /** the model on the screen has another name now */
  renamed(name: string): void;
  fail(heading: string, error: unknown): void;
}

export class Keeper {
  /** the person's own model, as far as it is not kept */
  readonly owned: Owned = {card: undefined, bytes: new Uint8Array(), extras: {beside: new Map()}};

  constructor(
    private readonly store: Store,
    /** those that are open, by name */
    private readonly models: Map<string, Model>,
    private readonly bench: Bench,
  ) {}

  /** The bytes of a model that is the person's; undefined of others. */
  async bytesOf(card: Card): Promise<Uint8Array | undefined> {
    if (isKept(card)) return (await keptFiles(card)).bytes;
    return card.name === own ? this.owned.bytes : undefined;
  }

  /** Stores the person's own model in this browser, under a name that links can hold. */
  async keep(): Promise<void> {
    const {card, bytes, extras} = this.owned;
    const model = this.models.get(own);
    if (!card || !model) return;
    try {
      const kept = await keepModel(card, bytes, extras);
      if (this.models.get(own) !== model) return; // another has been opened since
      this.models.set(kept.name, model);
      this.models.delete(own);
      this.owned.card = undefined;
      this.rename(card, kept, [...this.store.state.cards.filter(({name}) => name !== kept.name), kept]);
    } catch (error) {
      this.bench.fail(words.notStored(card.title), error);
    }
  }

  /** Deletes a model that is kept; while it is explained, it goes on as one that was only opened. */
  async forget(card: Card): Promise<void> {
    const model = this.models.get(card.name);
    try {
      const files = this.store.state.card === card && model ? await keptFiles(card) : undefined;
      await forgetModel(card.name); // first: what the page says of it is true
      const rest = this.store.state.cards.filter((one) => one !== card);
      if (files && model && this.store.state.card === card) {
        Object.assign(this.owned, files, {card: {...card, name: own}});
        this.models.get(own)?.close();
        this.models.set(own, model);
        this.rename(card, this.owned.card!, rest);
      } else {
        model?.close();
        this.store.update({cards: rest});
      }
      this.models.delete(card.name);
    } catch (error) {
      this.bench.fail(words.notRemoved(card.title), error);
    }
  }

  /** The same model under another name. */
  private rename(from: Card, to: Card, cards: Card[]): void {
    const shown = this.store.state.card === from;
    this.store.update({cards, ...(shown ? {card: to} : {})});
    if (!shown) return;
    this.bench.renamed(to.name);
    this.store.choose({model: to.name});
  }
}
