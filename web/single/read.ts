/** Reads what `assemble` wrote, in the document that it has become. */
import {fromBase64} from '../core/base64.ts';
import {invert} from '../core/digit.ts';
import {toInput} from '../core/image.ts';
import {unpackText} from '../core/pack.ts';
import {readPng} from '../core/png.ts';
import type {Model, NdArray} from '../core/types.ts';
import {Whylight} from '../core/whylight.ts';
import {ids, type Block, type Saved, type Written} from './data.ts';

function textOf(name: string): string | undefined {
  return document.querySelector(`script[data-block="${CSS.escape(name)}"]`)?.textContent ?? undefined;
}

async function blockOf(name: Block): Promise<Uint8Array<ArrayBuffer>> {
  const text = textOf(name);
  if (text === undefined) throw new Error(`file: is cut off, found no ${name} in it`);
  return unpackText(text);
}

const numbers = async (name: Block): Promise<Float32Array> => new Float32Array((await blockOf(name)).buffer);

/** The explanation as it was saved. */
export async function readSaved(): Promise<Saved> {
  const {explanation, ...rest} = JSON.parse(document.getElementById(ids.data)!.textContent) as Written;
  const image = document.getElementById(ids.picture) as HTMLImageElement;
  const shown = await readPng(fromBase64(image.src.slice(image.src.indexOf(',') + 1)));
  const picture = rest.card.input.kind === 'digit' ? invert(shown) : shown;
  const prepared = toInput(picture, rest.card);
  const input: NdArray =
    textOf('input') === undefined ? prepared : {shape: prepared.shape, data: await numbers('input')};
  const [outputs, data] = await Promise.all([numbers('outputs'), numbers('map')]);
  return {...rest, input, picture, outputs, explanation: {...explanation, data}};
}

/** Opens the network in the file, with the engine in the file. */
export async function openModel(saved: Saved): Promise<Model> {
  const worker = new TextDecoder().decode(await blockOf('worker'));
  const engine = await Whylight.start({embedded: {worker, simd: textOf('wasm') ?? ''}});
  const beside = async (name: string) => {
    const text = textOf(`beside:${name}`);
    return text === undefined ? undefined : unpackText(text);
  };
  const {shape} = saved.input;
  const open = saved.description.input.shape.some((length) => !(length > 0));
  return engine.open(await blockOf('model'), saved.card, {beside, ...(open ? {shape} : {})});
}
