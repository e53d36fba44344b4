/** Errors of figures, in one sentence with what to do. */

import {advice as words} from '../strings/english.ts';

const advice: readonly [pattern: RegExp, hint: string][] = [
  [/Content Security Policy|wasm-unsafe-eval|unsafe-eval/i, words.wasm],
  [/worker: cannot be loaded|Failed to construct 'Worker'/i, words.worker],
  [/model: .*found a web page/, words.modelAddress],
  [/model: cannot be fetched/, words.modelReach],
  [/picture: (cannot be fetched|found)/, words.picture],
  [/that its card describes/, words.otherCard],
  [/card: .*found/, words.cardAddress],
  [/card: /, words.card],
  [/^(input|[A-Z]\w+) '/, words.size],
  [/^options: /, words.options],
  [/^view: /, words.view],
  [/operator/i, words.operator],
  [/only networks that take pictures/, words.kind],
];

/** What went wrong, with a hint where there is one. */
export function tellError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = advice.find(([pattern]) => pattern.test(message))?.[1];
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return hint ? `${sentence} ${hint}` : sentence;
}
