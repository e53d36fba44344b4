/** The explanation on the screen as one HTML file. */
import type {Live, Origin, Saved, Shell} from '../single/data.ts';
import {formatBytes} from '../element/format.ts';
import {assemble, fits} from '../single/assemble.ts';
import {single as text} from '../strings/english.ts';
import {prepareSource} from './inputs.ts';
import type {State} from './state.ts';

/** What such files have in common; fetched before the page says that it is loaded, so that saving asks nobody. */
export interface FileParts extends Pick<Live, 'worker' | 'wasm'> {
  shell: Shell;
}

async function fetched(name: string, cache: RequestCache = 'default'): Promise<Response> {
  const response = await fetch(name, {cache});
  if (!response.ok) throw new Error(`${name}: cannot be fetched, found status ${response.status}`);
  return response;
}

/** A worker has been started from its script already: that is asked of the browser's cache. */
export async function fetchParts(): Promise<FileParts> {
  const [shell, worker, wasm] = await Promise.all([
    fetched('single.json').then((response) => response.json() as Promise<Shell>),
    fetched('worker.js', 'force-cache').then((response) => response.text()),
    fetched('whylight-simd.wasm', 'force-cache').then((response) => response.arrayBuffer()),
  ]);
  return {shell, worker, wasm: new Uint8Array(wasm)};
}

/** Options that are not the catalogue's own. */
function settingsOf({explanation, catalogue}: State): Record<string, string> {
  const row = catalogue!.methods.find(({name}) => name === explanation!.method);
  const fallbackOf = (name: string) => row?.options.find((option) => option.name === name)?.fallback;
  return Object.fromEntries(
    Object.entries(explanation!.settings).filter(([name, value]) => value !== fallbackOf(name)),
  );
}

function savedOf(state: State): Saved | undefined {
  const {card, catalogue, description, source, input, outputs, explanation, scores, choice} = state;
  if (!card || !catalogue || !description || !source || !input || !outputs || !explanation) return undefined;
  const origin: Origin = {title: source.title, credit: source.credit, note: source.note};
  return {
    card,
    catalogue,
    description,
    input,
    picture: prepareSource(source, card).picture,
    origin,
    asked: {method: explanation.method, settings: settingsOf(state), seed: choice.seed},
    outputs,
    explanation,
    scores: scores.flatMap(({state: found, score}) => (found === 'done' && score ? [score] : [])),
    view: choice.view,
  };
}

const blobOf = (parts: string[]): Blob => new Blob(parts, {type: 'text/html'});

function partsOf({fileParts}: State): FileParts {
  if (!fileParts) throw new Error(text.notLoaded);
  return fileParts;
}

/** With engine and network: live wherever it is opened. */
export async function liveFile(state: State): Promise<Blob | undefined> {
  const saved = savedOf(state);
  const {network} = state;
  if (!saved || !network) return undefined;
  const {shell, worker, wasm} = partsOf(state);
  const {bytes, beside} = network;
  if (!fits(network)) throw new Error(text.tooLarge(formatBytes(bytes.length)));
  return blobOf(await assemble(saved, shell, {bytes, beside, worker, wasm}));
}

/** Picture and text alone. */
export async function stillFile(state: State): Promise<Blob | undefined> {
  const saved = savedOf(state);
  return saved && blobOf(await assemble(saved, partsOf(state).shell));
}
