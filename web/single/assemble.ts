/** Puts an explanation into one HTML file: as a picture with text, or live with all that computes it. */
import {toInput} from '../core/image.ts';
import {bytesOf, pack} from '../core/pack.ts';
import {single as text} from '../strings/english.ts';
import {ids, type Block, type Live, type Saved, type Shell, type Written} from './data.ts';
import {closing, escaped, still} from './still.ts';

/** Megabytes: a longer file than some browsers' longest text could not be read again. */
const mostBytes = 250e6;

/** The policy in the file: no address may be asked for anything; the one script and the one style are known by their hashes. */
export function policyOf({scriptHash, styleHash}: Shell, live: boolean): string {
  const scripts = live ? [`script-src '${scriptHash}' 'wasm-unsafe-eval'`, 'worker-src blob:'] : [];
  const rules = ["default-src 'none'", ...scripts, `style-src '${styleHash}'`, 'img-src data:'];
  return [...rules, "base-uri 'none'", "form-action 'none'"].join('; ');
}

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M0 0h16v16H0z' fill='%23f7f7f7'/%3E%3Cpath d='M4 3h8v8H4z' fill='%23f4a582'/%3E%3Cpath d='M6 5h4v4H6z' fill='%23b2182b'/%3E%3Cpath d='M2 12h3v3H2z' fill='%234393c3'/%3E%3C/svg%3E";

function head(saved: Saved, shell: Shell, live: boolean): string {
  const {origin, card} = saved;
  const title = origin.title || text.fallbackTitle;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(shell, live)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escaped(text.documentTitle(title, card.title))}</title>
<link rel="icon" href="${icon}">
<style>${shell.style}</style>
</head>
<body>
<header><h1>${escaped(title)}</h1>
<p class="quiet">${escaped(text.explains(card.title, card.description))}</p></header>
`;
}

/** JSON that no script's end tag can hide in. */
const json = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

async function block(name: Block | `beside:${string}`, bytes: Uint8Array): Promise<string[]> {
  const opening = `<script type="application/octet-stream" data-block="${escaped(name)}">`;
  return [opening, ...(await pack(bytes as Uint8Array<ArrayBuffer>)), '</script>\n'];
}

/** Equal in every bit, so that one need not be kept beside the other. */
function same(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, at) => Object.is(value, b[at]));
}

/** Times differ from run to run, and the file should not. */
function withoutTimes({explanation, scores, ...saved}: Saved): Saved {
  return {
    ...saved,
    explanation: {...explanation, milliseconds: 0, workers: 0},
    scores: scores.map((score) => ({...score, milliseconds: 0})),
  };
}

/** What is not an array. */
function written(saved: Saved): Written {
  const {catalogue, description, origin, asked, view, scores} = saved;
  const {shape, method, target, layer, facts, baseline, settings, milliseconds, workers} = saved.explanation;
  return {
    catalogue,
    description,
    origin,
    asked,
    view,
    scores,
    card: {...saved.card, samples: []},
    explanation: {shape, method, target, layer, facts, baseline, settings, milliseconds, workers},
  };
}

async function data(saved: Saved, {bytes, beside, worker, wasm}: Live): Promise<string[]> {
  const {outputs, explanation, input, picture, card} = saved;
  const exact = same(toInput(picture, card).data, input.data);
  const blocks = [
    block('outputs', bytesOf(outputs)),
    block('map', bytesOf(explanation.data)),
    ...(exact ? [] : [block('input', bytesOf(input.data))]),
    block('worker', new TextEncoder().encode(worker)),
    block('wasm', wasm),
    block('model', bytes),
    ...[...beside].map(([name, content]) => block(`beside:${name}`, content)),
  ];
  const parts = (await Promise.all(blocks)).flat();
  return [`<script type="application/json" id="${ids.data}">${json(written(saved))}</script>\n`, ...parts];
}

/** Whether a network is small enough to be put into a file. */
export function fits({bytes, beside}: Pick<Live, 'bytes' | 'beside'>): boolean {
  return [...beside.values()].reduce((sum, {length}) => sum + length, bytes.length) <= mostBytes;
}

/** The file in parts, to be written one after the other; without what makes it live, a picture with text. */
export async function assemble(made: Saved, shell: Shell, live?: Live): Promise<string[]> {
  const saved = withoutTimes(made);
  const body = [
    head(saved, shell, live !== undefined),
    `<main id="${ids.saved}">\n${await still(saved)}\n</main>\n`,
    live ? `<noscript><p class="small">${text.noScript}</p></noscript>\n` : '',
    closing(saved, live ? text.nothingLeaves : text.nothingLeavesStill),
  ];
  if (!live) return [...body, '\n</body>\n</html>\n'];
  const script = `<script type="module">${shell.script}</script>\n`;
  return [...body, ...(await data(saved, live)), script, '</body>\n</html>\n'];
}
