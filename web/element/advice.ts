/** Errors of figures, in one sentence with what to do. */

const advice: readonly [pattern: RegExp, hint: string][] = [
  [/Content Security Policy|wasm-unsafe-eval|unsafe-eval/i, "Allow 'wasm-unsafe-eval' in the page's script-src."],
  [
    /worker: cannot be loaded|Failed to construct 'Worker'/i,
    "Serve worker.js beside element.js, and allow 'self' and blob: in worker-src.",
  ],
  [/model: .*found a web page/, 'Check the address in the attribute model.'],
  [
    /model: cannot be fetched/,
    'Check the address in the attribute model, and that its server allows this page to read it.',
  ],
  [
    /picture: (cannot be fetched|found)/,
    'Check the address in the attribute src, and that its server allows this page to read it.',
  ],
  [/that its card describes/, 'Give its own card by the attribute card, or leave sha256 out of it.'],
  [/card: .*found/, 'Check the address in the attribute card.'],
  [/card: /, 'A card holds input (name, kind, shape) and labels.'],
  [/^(input|[A-Z]\w+) '/, 'The size that the model takes is to be said by input.shape in its card.'],
  [/^options: /, 'Write them as JSON, as in options=\'{"steps": "50"}\'.'],
  [/^view: /, 'Write it as JSON, as in view=\'{"overlay": "lines"}\'.'],
  [/operator/i, 'The command "whylight inspect" lists what a model needs.'],
  [/only networks that take pictures/, 'A card says how other inputs become pictures.'],
];

/** What went wrong, with a hint where there is one. */
export function tellError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = advice.find(([pattern]) => pattern.test(message))?.[1];
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return hint ? `${sentence} ${hint}` : sentence;
}
