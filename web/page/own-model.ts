/** A person's own model, read from its file and those that were dropped along. */
import {deriveCard} from '../core/derive.ts';
import {sha256} from '../core/hash.ts';
import type {Card, Engine, Model} from '../core/types.ts';
import type {Extras} from './keeping.ts';
import {own, type State} from './state.ts';

export interface OwnModel {
  model: Model;
  /** derived from what the file tells */
  card: Card;
  bytes: Uint8Array<ArrayBuffer>;
  extras: Extras;
}

/** Opens the model; a size that it leaves open is taken as its card has it. */
export async function openOwn(
  engine: Engine,
  file: File,
  files: readonly File[],
  {scaling, cards}: State,
): Promise<OwnModel> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const extras: Extras = {beside: new Map()};
  const beside = async (path: string) => {
    const found = files.find(({name}) => name === path.split('/').at(-1));
    if (found) extras.beside.set(path, new Uint8Array(await found.arrayBuffer()));
    return extras.beside.get(path);
  };
  let model = await engine.open(bytes, undefined, {beside});
  const derived = deriveCard(own, file.name, model.description, scaling, cards);
  const card = {...derived, bytes: bytes.length, sha256: await sha256(bytes)};
  if (model.description.input.shape.some((length) => !(length > 0))) {
    model.close();
    model = await engine.open(bytes, card, {beside, shape: card.input.shape});
    extras.shape = card.input.shape;
  }
  return {model, card, bytes, extras};
}
