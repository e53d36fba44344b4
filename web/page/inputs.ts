/** Pictures on their way into the network. */
import {centreDigit, invert, readable} from '../core/digit.ts';
import {decodeImage, prepare, type Picture, type Prepared} from '../core/image.ts';
import type {Card} from '../core/types.ts';
import {camera as words, inputs as inputWords} from '../strings/english.ts';
import {drawingOf} from './paper.ts';
import {sampleBlob, sampleCredit} from './shelf.ts';
import type {Choice, Source} from './state.ts';

/** The first model that can be drawn for. */
export function drawingCard(cards: readonly Card[]): Card | undefined {
  return cards.find(({input}) => input.kind === 'digit');
}

/** The model that a choice asks for among those that come with the page: where the sheet is shown, one that reads drawings. */
export function firstCard({screen, model}: Choice, cards: readonly Card[]): Card | undefined {
  const named = cards.find(({name}) => name === model);
  if (screen === 'draw' && named?.input.kind !== 'digit') return drawingCard(cards) ?? named;
  return named ?? cards[0];
}

/** The card whose samples fit this one: its own, or those of a model that comes with the page and takes the same kind. */
export function galleryCard(card: Card, cards: readonly Card[]): Card {
  if (card.samples.length > 0) return card;
  return cards.find((other) => other.input.kind === card.input.kind) ?? card;
}

export async function sampleSource(card: Card, file: string): Promise<Source | undefined> {
  const sample = card.samples.find((candidate) => candidate.file === file);
  if (!sample) return undefined;
  const picture = await decodeImage(await sampleBlob(card, sample));
  return {picture, title: sample.title, credit: sampleCredit(sample), note: sample.note ?? ''};
}

/** A person's picture, as the network can read it. */
function asInput(picture: Picture, card: Card): Picture {
  return card.input.kind === 'digit' ? readable(drawingOf(picture), card) : picture;
}

export async function fileSource(file: Blob, name: string, card: Card): Promise<Source> {
  const picture = asInput(await decodeImage(file), card);
  return {picture, title: name, credit: inputWords.own, note: ''};
}

/** A frame of the camera. */
export function cameraSource(frame: Picture, mirrored: boolean, card: Card): Source {
  return {picture: asInput(frame, card), title: words.title(mirrored), credit: '', note: ''};
}

export function drawingSource(sheet: Picture): Source {
  return {picture: centreDigit(sheet), title: inputWords.drawing, credit: '', note: ''};
}

const prepared = new WeakMap<Source, {card: Card; result: Prepared}>();

/** The source as the network takes it; kept for the next time. */
export function prepareSource(source: Source, card: Card): Prepared {
  const known = prepared.get(source);
  if (known?.card === card) return known.result;
  const made = prepare(source.picture, card);
  const result = source.input ? {...made, input: source.input} : made;
  prepared.set(source, {card, result});
  return result;
}

/** Digits are shown dark on light, as ink is, whatever the network takes. */
export function displayed(picture: Picture, card: Card): Picture {
  return card.input.kind === 'digit' ? invert(picture) : picture;
}
