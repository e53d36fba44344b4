/** What a person reads in the elements: those that figures are made of, and those that only the page has. */

export const figure = {
  loading: 'Loading the network',
  certainty: (first: string, share: string, second: string, other: string) =>
    ` The network is ${share} sure of ${first}, then ${other} of ${second}.`,
  question: (target: string, share: string) => `Why “${target}”${share && ` (${share})`}?`,
  map: (target: string, method: string) => `Map for ${target} by ${method}`,
  by: (method: string) => ` By ${method}.`,
  tryOwn: 'Try your own picture…',
  stays: 'It stays on this machine.',
  own: 'Your own picture',
  stopped: 'Stopped.',
  again: 'Run again',
  divided: 'Each map is divided by its largest values, so that 1 means the same colour in all.',
};

/** What to do about an error in a figure. */
export const advice = {
  wasm: "Allow 'wasm-unsafe-eval' in the page's script-src.",
  worker: "Serve worker.js beside element.js, and allow 'self' and blob: in worker-src.",
  modelAddress: 'Check the address in the attribute model.',
  modelReach: 'Check the address in the attribute model, and that its server allows this page to read it.',
  picture: 'Check the address in the attribute src, and that its server allows this page to read it.',
  otherCard: 'Give its own card by the attribute card, or leave sha256 out of it.',
  cardAddress: 'Check the address in the attribute card.',
  card: 'A card holds input (name, kind, shape) and labels.',
  size: 'The size that the model takes is to be said by input.shape in its card.',
  options: 'Write them as JSON, as in options=\'{"steps": "50"}\'.',
  view: 'Write it as JSON, as in view=\'{"overlay": "lines"}\'.',
  operator: 'The command "whylight inspect" lists what a model needs.',
  kind: 'A card says how other inputs become pictures.',
};

export const classes = {
  label: 'Class to explain',
  unknown: 'no class has this name',
  value: (unit: number, value: string) => `unit ${unit}, value ${value}`,
  against: 'rather than',
  none: 'no other class in particular',
  other: 'another class',
  search: 'name or number',
  unit: (unit: number) => `unit ${unit}`,
  rather: (one: string, other: string) => `${one} rather than ${other}`,
  channel: (channel: string, layer: string) => `channel ${channel} of ${layer}`,
};

export const options = {
  method: 'Method',
  families: {
    gradient: 'Gradients',
    cam: 'Class activation',
    perturbation: 'Perturbation',
    relevance: 'Relevance propagation',
  } as Record<string, string>,
  range: (name: string, low: string, high: string) => `${name} runs from ${low} to ${high}`,
  lastMap: 'the last feature map',
  more: (count: number) => `${count} more ${count === 1 ? 'option' : 'options'}`,
};

export const progress = {stop: 'Stop'};

export const picture = {
  place: (column: number, row: number) => `column ${column}, row ${row}: `,
  colour: (red: number, green: number, blue: number) => `, picture ${red} ${green} ${blue}`,
  reader: 'Values of the map. Arrow keys move, with shift by ten',
};

export const evidence = {
  output: 'explained output',
  outputMeaning: (target: string) => `The number whose reasons the map shows: ${target}, before any softmax`,
  unit: (unit: string, against: string | undefined, output: string) =>
    `${against === undefined ? `unit ${unit}` : `unit ${unit} less unit ${against}`} of “${output}”`,
  probability: (share: string) => `probability ${share}`,
  completeness: 'completeness',
  notPromised: 'not promised by this method',
  notPromisedMeaning: 'The values need not sum to anything',
  conservationError: 'conservation error',
  completenessError: 'completeness error',
  absorbed: 'of the output was absorbed on the way',
  ofSum: 'of what the sum should be',
  sum: 'sum of the map',
  baseline: 'baseline',
  outputThere: (value: string) => `output there ${value}`,
  baselineMeaning: (meaning: string | undefined) =>
    meaning ? `What stands for nothing there: ${meaning}` : 'What stands for nothing there',
  time: 'time',
  took: (time: string, workers: number) => `${time} on ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
  timeMeaning: 'From asking to the finished map',
  layer: 'layer',
  layerMeaning: 'Where the values of the map live',
};

export const curve = {
  area: ': area ',
  none: 'none',
  vertical: (name: string) => `vertical: ${name}`,
  handle: 'share of the picture perturbed',
};

export const drawingSheet = {
  label: 'Sheet for drawing a digit with a pointer; the inputs have digits that need no pointer',
  hint: 'Draw a digit here',
  clear: 'Clear',
};

export const drop = {hint: 'Drop a picture or an ONNX model to explain it, or a saved explanation to repeat it'};

export const marking = {
  label: 'Mark of the object. Drag, or use the keys: arrows move it, with shift they resize it, Escape removes it',
  marked: (columns: readonly [number, number], rows: readonly [number, number]) =>
    `marked: columns ${columns[0]} to ${columns[1] - 1}, rows ${rows[0]} to ${rows[1] - 1}`,
};

export const notice = {dismiss: 'Dismiss'};

export const scoreList = {
  none: 'none',
  better: (direction: 'higher' | 'lower') => `, ${direction} is better`,
  passes: (count: number, time: string) => `${count} passes, ${time}`,
  computing: (title: string) => `computing ${title}`,
  stop: 'Stop',
  stopThis: (title: string) => `Stop: ${title}`,
  again: 'Try again',
  compute: 'Compute',
  meaning: (summary: string, better: 'higher' | 'lower', range: string) =>
    `${summary} ${better === 'higher' ? 'Higher' : 'Lower'} is better${range ? `, ${range}` : ''}.`,
};

export const profile = {
  steps: (count: number) => (count === 1 ? '1 step' : `${count} steps`),
  channelsLast: ' channels last',
  measure: 'Measure',
  again: 'Measure again',
  measuring: 'Measuring',
  way: 'backward',
  gradient: 'the gradient',
  lrp: 'relevance (LRP)',
  milliseconds: (time: string) => `${time} ms`,
  speed: (gflops: string) => `${gflops} GFLOP/s`,
  forward: 'forward',
  forwardMeaning: 'One pass of one row, all steps together',
  backward: 'backward',
  backwardMeaning: 'The way back alone, without the forward pass that it needs',
  nothing: 'nothing',
  peak: 'this machine’s peak',
  peakMeaning: "The speed of the bare inner loop on data in the cache, which nothing can exceed but Winograd's way",
  oneWorker: 'one worker',
  memory: 'peak memory',
  memoryMeaning: "What the worker's WebAssembly memory has grown to, with all that was opened and computed in it",
  measured: 'measured',
  measuredMeaning: 'Browsers tell time coarsely; the mean of many rounds is finer',
  quieter: (count: number) => `${count} quieter`,
  ofRounds: (count: number) => `of ${count} rounds`,
  rounds: 'rounds',
  share: 'share',
  forwardTime: 'forward, ms',
  backwardTime: 'backward, ms',
  multiplyAdds: (count: string) => `${count} multiply-adds forward`,
  byOperator: 'By operator',
  operator: 'operator',
  byStep: 'By step',
  step: 'step, in order',
  fewer: 'Show fewer',
  all: (count: number) => `Show all ${count} steps`,
  note: 'Beside the times: GFLOP/s, two operations a multiply-add, and their share of the machine’s peak. Steps that only move or compare values have none.',
};
