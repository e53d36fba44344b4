/**
 * What a person reads on the page, in figures and in the documentation's parts that move, in English: one group for each part, here and
 * in the files of the folder english, so that a bundle holds only the groups it uses. To translate, copy this file and that folder and
 * build with the copies in their place. Sentences with parts are functions of these parts. What methods, metrics and options are called
 * comes from the engine's catalogue. A test (tests/web/core/words.test.ts) finds words that are elsewhere.
 */

export * from './english/element.ts';
export * from './english/page.ts';
export * from './english/views.ts';

export const views = {
  explain: 'Explain',
  compare: 'Compare',
  scores: 'Scores',
  network: 'Network',
  draw: 'Draw',
};

export const docs = {
  searchFailed: 'The search could not be loaded',
  found: (all: number, shown: number) => {
    if (all === 0) return 'Nothing found';
    const count = all === 1 ? '1 result' : `${all} results`;
    return shown < all ? `${count}, the best ${shown}` : count;
  },
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Not allowed',
};

export const scoreFigure = {
  chance: 'A map drawn by lot',
  method: 'Method',
  computing: 'Computing…',
  higher: 'higher is better',
  lower: 'lower is better',
  noPicture: 'There is no picture: put an <img> inside',
  drag: 'Drag the handle, or use the arrow keys on it: the second picture of each pair is the one that the curves are measured on there.',
  map: (title: string) => `Map by ${title}`,
  perturbed: (share: string) => `The picture with ${share} of its positions changed`,
};

export const documentation = {
  link: 'Docs',
  more: 'The documentation says more, with a page for every method and metric',
  scores: 'How to read curves and scores',
};

export const stored = {
  heading: 'What is stored in this browser',
  nothing: 'Nothing, until you ask for it.',
  unable: 'Nothing: browsers store only for pages from https or from this machine.',
  page: (size: string) => `This page with its models and pictures, ${size}`,
  model: (title: string, size: string) => `Your model ${title}, ${size}`,
  remove: 'Remove',
  removePage: 'Remove the page that is kept offline',
  removeModel: (title: string) => `Remove ${title}`,
  keep: (size: string) => `Keep this model (${size})`,
  keepTitle: (title: string) => `Stores ${title} in this browser, so that it can be chosen again and links can name it`,
};

export const proof = {
  open: 'Nothing leaves this page',
  heading: 'Nothing leaves this page',
  lead: 'Pictures, models and maps stay in this tab: it computes everything itself, in workers of its own.',
  requests: 'What was asked of the network',
  loading: 'The page is still loading.',
  none: 'Since the page was loaded: nothing, neither by the page nor by its workers.',
  some: (count: number, size: string) =>
    `Since the page was loaded: ${count === 1 ? '1 request' : `${count} requests`}, ${size}`,
  before: (count: number, size: string) => `To load the page: ${count} requests, ${size}`,
  allOwn: (host: string) => `, all of them to ${host}, where the page is from`,
  others: (hosts: string) => `, also to ${hosts}`,
  recorded: 'As the browser recorded it.',
  columns: {what: 'address', kind: 'for', size: 'size', by: 'by'},
  unknownSize: '–',
  policy: 'What forbids asking others',
  declared: 'The page forbids itself to ask anyone but the host it is from:',
  undeclared: 'This copy of the page declares no policy of its own.',
  test: 'The check asks for an address that leads nowhere, in the page and in each worker: a policy in force stops that at once, and even without one nothing leaves, since browsers never use its port.',
  check: 'Check it',
  checking: 'Checking…',
  held: (workers: number) =>
    `In force: the browser stopped the page${workers > 0 ? ` and ${workers === 1 ? 'its worker' : `each of its ${workers} workers`}` : ''}.`,
  notHeld: (where: string) => `Not in force in ${where}: nothing but the page itself keeps it from asking others.`,
  page: 'the page',
  worker: 'a worker',
  both: 'the page and its workers',
  busy: (workers: number) =>
    `${workers === 1 ? 'One worker was' : `${workers} workers were`} too busy to answer; check again later.`,
  byHost: 'The host sends a policy as well:',
  byHostSame: 'The host sends the same policy as well.',
  notByHost: 'The host sends no policy, so this one, which is written in the page, is the only one.',
  limits: 'It does not stop a link that you follow yourself, or a file that you save.',
  yourself: 'See for yourself',
  howTo:
    'Open your browser’s developer tools (F12), choose Network, and explain another picture: the list stays empty. Or switch the network off and go on: everything still works.',
  versions: 'What is running',
  whylight: 'Whylight',
  engine: 'engine',
  model: 'model',
  build: (name: string) => `${name} build`,
  sha: (hash: string) => `SHA-256 ${hash}`,
  checked: 'compared when it was loaded',
  ownFile: 'of the file that you opened',
  unchecked: 'not compared: browsers do that only for pages from https or from this machine',
  close: 'Close',
};

export const saving = {
  open: 'Save…',
  heading: 'Save this explanation',
  lead: 'Files are made here and go to your downloads; nothing is sent.',
  save: 'Save',
  saveAs: (title: string) => `Save as ${title}`,
  saved: (name: string, size: string) => `Saved ${name}, ${size}`,
  failed: (reason: string) => `Could not be saved: ${reason}`,
  impossible: 'Cannot be made of what is shown',
  close: 'Close',
  cite: (method: string) => `Cite ${method}`,
  copyLine: 'Copy citation',
  copyBibtex: 'Copy BibTeX',
  copied: 'Copied',
  notCopied: 'This browser does not let the page copy; select the text instead',
  files: {
    png: {title: 'PNG', purpose: 'Picture, map, legend and caption, for slides and messages'},
    svg: {
      title: 'SVG',
      purpose: 'The same for papers: legend and words are vectors and text, picture and map are layers',
    },
    json: {
      title: 'JSON',
      purpose:
        'Everything to repeat it bit for bit: model’s hash, input, settings, seed, versions, map, scores; open it here again',
    },
    html: {
      title: 'One HTML file, live',
      purpose: 'With engine and model: opens without a network, and explains other classes, methods and drawings',
    },
    still: {
      title: 'One HTML file, picture only',
      purpose: 'Picture, map, classes, method, scores and text, without engine and model',
    },
    npy: {title: 'NumPy array', purpose: 'The map’s exact float32 values in their own shape: numpy.load'},
    csv: {title: 'CSV', purpose: 'The same values as a table, a line for each place, for spreadsheets and pandas'},
  },
};

export const repeating = {
  identical: 'Repeated: identical bit for bit',
  allSame: (values: string, file: string, reasons: readonly string[]) =>
    `All ${values} values of the map are the same as in ${file}` +
    (reasons.length > 0 ? `, although ${reasons.join(' and ')}.` : '.'),
  sameByBuild: (values: string, file: string, build: string, here: string, differ: string) =>
    `The engine’s build “${build}”, which made it, gives the same ${values} values as in ${file}. The map that is shown is by the build “${here}”, which this page runs: ${differ}.`,
  otherBuild: 'Repeated, by another build of the engine',
  trying: (build: string) => `The map differs; the build “${build}” that made it is tried…`,
  notIdentical: 'Repeated, but not identical',
  someDiffer: (different: string, values: string, share: string) =>
    `${different} of ${values} values differ, by at most ${share} of the largest`,
  why: (file: string, found: string, reasons: readonly string[], build: string) => {
    if (reasons.length > 0) return `Compared with ${file}, ${found}: ${reasons.join(' and ')}.`;
    const rounding =
      build === 'relaxed'
        ? ' The relaxed build rounds as the machine does, so another machine may give other last digits.'
        : '';
    return `Compared with ${file}, ${found}, although model, version and build are the same: the file was changed or made elsewhere.${rounding}`;
  },
  impossible: (file: string) => `${file} could not be repeated`,
  noMap: 'No map could be made with what is in the file.',
  noMethod: (method: string) => `There is no method “${method}” here.`,
  otherShape: (saved: readonly number[], here: readonly number[]) =>
    `Its input has shape (${saved.join(', ')}), and the model here takes (${here.join(', ')}).`,
  injected: (file: string) =>
    `${file}: was made with arrays in place of random numbers, which only the command repeats: whylight repeat`,
  needsModel: (file: string) => `${file} needs its model`,
  whichModel: ({title, sha256}: {title: string; sha256: string}) =>
    `It was made with ${title} (SHA-256 ${sha256.slice(0, 12)}…), which does not come with this page. Open that ONNX file, and the explanation is repeated.`,
  otherModel: (found: string, {title, sha256}: {title: string; sha256: string}) =>
    `${found} is not the file that it was made with: that is ${title}, SHA-256 ${sha256.slice(0, 12)}….`,
  inputOf: (file: string) => `input in ${file}`,
};

export const pictures = {
  map: 'map',
  mapLabel: 'opacity of the map, per cent',
  colours: 'colours',
  more: 'More',
  less: 'Less',
  lesser: 'smoothing, threshold, lines and regions',
  smooth: 'smooth',
  smoothings: {0: 'none', 1: 'slight', 2: 'medium', 4: 'strong'},
  hide: 'hide below',
  hideLabel: 'hide values weaker than this share of the end of the scale, per cent',
  overlay: 'over it',
  overlays: {
    none: 'nothing',
    lines: 'lines of equal value',
    regions: 'means of regions',
    'top-5': 'outline of the top 5 %',
    'top-10': 'outline of the top 10 %',
    'top-20': 'outline of the top 20 %',
  },
  smoothed: (value: string) => `(${value} before smoothing)`,
  ofRegion: (value: string) => `is the region’s mean (${value} here)`,
  hidden: 'hidden',
  hiddenBelow: (value: string, share: string) => `Weaker than ${value} (${share} of the end of the scale) is hidden.`,
  lines: (values: string, both: boolean) =>
    `Lines at ${values}, of the map smoothed${both ? '; dashed where values are negative' : ''}.`,
  regions: 'Each region of like colour shows the mean of its values.',
  outline: (share: string, value: string, held: string) =>
    `The outline encloses the strongest ${share} of the picture (above ${value}, smoothed), which hold ${held} of the support.`,
  noOutline: 'No value supports the answer, so there is nothing to outline.',
};

export const gallery = {
  open: 'Open picture…',
  hint: 'or drop or paste one anywhere on the page',
  file: 'Picture file',
  pictures: 'Pictures',
};

export const camera = {
  open: 'Camera…',
  asking: 'Your browser asks whether this page may use the camera. Its pictures stay in this tab.',
  cancel: 'Cancel',
  heading: 'Camera',
  preview: 'What the camera sees',
  which: 'Camera',
  mirrored: 'mirrored',
  mirrorHelp: 'As in a mirror: the network sees the picture so too, and the map belongs to what you see',
  pause: 'Pause',
  resume: 'Go on',
  take: 'Take this one',
  takeHelp: 'Lets the camera go, and explains this picture as one of your own',
  stop: 'Stop',
  stopHelp: 'Lets the camera go',
  rate: (rate: number | undefined) =>
    rate === undefined ? '…' : `${rate < 9.5 ? rate.toFixed(1) : Math.round(rate)} maps a second`,
  paused: 'paused',
  later: 'The curves are computed for a picture that stays: take one, or stop the camera.',
  numbered: (number: number) => `camera ${number}`,
  title: (mirrored: boolean) => (mirrored ? 'the camera, mirrored' : 'the camera'),
  fileName: (mirrored: boolean) => (mirrored ? 'camera-mirrored.png' : 'camera.png'),
  instead: (shown: string, chosen: string, milliseconds: number) =>
    `Live the map is ${shown}’s: ${chosen} takes longer than ${milliseconds / 1000} s here. Take the picture to have it.`,
  hidden: 'The camera was stopped since nobody looked',
  ended: 'The camera was unplugged, or another program took it',
  failure: 'The camera cannot be used',
  failures: {
    NotAllowedError:
      'This page may not use it: allow the camera beside the address bar, or in the settings of the system, and press “Camera…” again.',
    NotFoundError: 'No camera was found: connect one and press “Camera…” again, or open, drop or paste a picture.',
    NotReadableError: 'Another program or tab is using it: close that and press “Camera…” again.',
    AbortError: 'Another program or tab is using it: close that and press “Camera…” again.',
    OverconstrainedError: 'The camera chosen is not there any more: press “Camera…” again to use another one.',
    SecurityError: 'The document that this page is in forbids it: open the page by itself.',
    InsecureError:
      'Browsers give pictures of the camera only to pages from https:// or from this machine: open the page there.',
    NotSupportedError: 'This browser has none for pages: open, drop or paste a picture.',
  },
  failed: (message: string) => `${message || 'The browser does not say why'}: press “Camera…” to try again.`,
};

export const tour = {
  offer: 'New here?',
  begin: 'Take the tour',
  refuse: 'No tour, and do not offer it again',
  next: 'Next',
  back: 'Back',
  end: 'End the tour',
  done: 'Done',
  place: (step: number, all: number) => `${step} of ${all}`,
  map: {
    title: 'The map lies over the picture',
    text: 'Where the first colour is strong, the pixels speak for the class; where the second is, against it. Point at a spot to read its value; the slider below shows more of the picture or of the map.',
  },
  classes: {
    title: 'What the network takes it for',
    text: 'Click another class to ask for its reasons. The map changes with the question: that is the point.',
  },
  method: {
    title: 'How the reasons are found',
    text: 'Methods ask different questions, and rightly give different maps. The sentence under the name says what this one asks.',
  },
  trust: {
    title: 'Can the map be trusted?',
    text: 'If the pixels that it marks matter, the answer falls soon when they are taken away. Drag the handle on the curve to see it happen; the scores below put it into numbers.',
  },
  inputs: {
    title: 'Now with a picture of your own',
    text: 'Open one, drop or paste it anywhere on the page, or use the camera. It is explained in this tab: nothing is sent anywhere.',
  },
  views: {
    title: 'Go on from here',
    text: 'Compare methods side by side, look into the network, or draw a digit and watch the map follow the pen. “?” has the help with all keys, and this tour again.',
  },
};

export const help = {
  tour: 'Take the tour',
  present: 'Large, for a class',
  print: 'Print',
  keys: [
    ['Tab', 'to the next control; a mark shows where you are'],
    ['Arrows in the class bars or the pictures', 'explain the next class, or take the next picture'],
    ['Arrows on the picture', 'read the values of the map, with Shift by ten'],
    ['Arrows while marking the object', 'move the rectangle, with Shift resize it; Esc removes it'],
    ['Arrows on the curve', 'perturb more or less of the picture; Page Up and Page Down by a tenth'],
    ['Ctrl + V', 'explains a picture from the clipboard'],
    ['Ctrl + Z', 'undoes the last step, with Shift does it again: a choice, a mark, colours, a stroke of the pen'],
    ['Ctrl + P', 'prints the explanation on one page, or into a PDF'],
    ['Esc', 'closes this help, ends the tour, leaves the whole screen'],
  ],
};

export const keys = {
  title: 'Keys',
  single: 'Single keys do what is listed here; without the tick they do nothing',
  shown: (key: string) => (/[A-Z]/.test(key) ? `Shift + ${key}` : key.toUpperCase()),
  view: (name: string) => `the view “${name}”`,
  nextClass: 'explain the next class',
  previousClass: 'explain the class before',
  nextMethod: 'the next method',
  previousMethod: 'the method before',
  nextPicture: 'the next picture',
  previousPicture: 'the picture before',
  run: 'run again',
  stop: 'stop what is running',
  plain: 'as long as it is held: the picture without the map',
  palette: 'the next colours',
  open: 'open a picture',
  camera: 'camera on or off',
  link: 'copy the link',
  save: 'save',
  present: 'large on the whole screen, for a class',
  help: 'this help',
  leave: 'Leave the large view',
};

export const printed = {
  title: (target: string) => `Why “${target}”?`,
  classes: 'What the network takes it for',
  options: (options: string) => `Options: ${options}.`,
  scores: 'Scores of the map',
  none: 'none',
  better: (direction: 'higher' | 'lower') => `${direction} is better`,
  paper: (paper: string) => `Method: ${paper}.`,
  made: (version: string, build: string, model: string) =>
    `Made with Whylight ${version} (${build}) and the model ${model}; this address shows it again:`,
};

/** One file that holds an explanation. */
export const single = {
  fallbackTitle: 'An explanation',
  documentTitle: (title: string, model: string) => `${title}, explained by Whylight: ${model}`,
  explains: (model: string, description: string) => `What ${model} makes of it. ${description}`.trim(),
  question: (target: string, share: string) => `Why “${target}”${share && ` (${share})`}?`,
  by: (method: string) => `By ${method}.`,
  mapOf: (target: string, method: string) => `Map for ${target} by ${method}.`,
  seen: 'The picture as the network sees it',
  classes: 'Answers',
  explainedHere: 'explained here',
  method: 'Method',
  evidence: 'Evidence',
  trust: 'Can the map be trusted?',
  noScores: 'No score was computed.',
  higher: 'Higher is better',
  lower: 'Lower is better',
  meaningTitle: 'What the map means',
  meaning:
    'The map shares one of the network’s numbers out over the picture: pixels in the first colour speak for the class, those in the second against it, as far as the method can tell. It is about this network and this picture. It does not say whether the answer is right.',
  sourceTitle: 'Where it is from',
  picture: (credit: string) => `Picture: ${credit}.`,
  model: (title: string, source: string, licence: string) =>
    `Network: ${[title, source, licence && `licence ${licence}`].filter(Boolean).join('; ')}.`,
  made: (version: string) => `Made with Whylight ${version}.`,
  nothingLeaves: 'Nothing leaves this file: the policy in it forbids every connection.',
  nothingLeavesStill:
    'Nothing leaves this file: it holds pictures and text, no script, and the policy in it forbids every connection.',
  noScript: 'Scripts are off in this browser: this is the explanation as it was saved.',
  starting: 'The engine in this file is starting…',
  ready: 'As saved. The engine in this file is ready: choose another class, method or option.',
  madeHere: (time: string, workers: number) =>
    `Computed in this file, ${time} on ${workers} ${workers === 1 ? 'worker' : 'workers'}.`,
  same: 'The same as the saved map, bit for bit.',
  differs: (share: string) => `Differs from the saved map by at most ${share} of its largest value.`,
  again: 'Run again',
  back: 'Back to the saved one',
  drawing: 'the map follows the pen',
  needsMask: 'Marking the object, which it needs, is for the page.',
  notLoaded: 'Its parts could not be fetched: reload the page, then save.',
  tooLarge: (size: string) => `The network takes ${size}: too much for one file, the picture alone can be saved.`,
};
