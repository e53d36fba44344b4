/** What a person reads on the page itself: the lines at its top and bottom, its views, its help, and what it says of what happens. */

export const header = {
  name: 'Whylight',
  views: 'Views',
  model: 'Model',
  loading: 'loading…',
  open: 'Open…',
  openTitle: 'An ONNX model to explain with, or an explanation saved as JSON to repeat',
  file: 'ONNX model or saved explanation',
  help: 'Help',
  helpSign: '?',
};

export const footer = {
  linkInAddress: 'The link is in the address bar; this browser does not let the page copy it',
  copied: 'Link copied',
  notInLink: {
    model: 'Link copied; it cannot hold your own model',
    own: 'Link copied; it cannot hold your own picture',
    recorded: 'Link copied; it cannot hold the input of the file that was opened',
    camera: 'Link copied; it cannot hold what the camera sees',
    drawing: 'Link copied; it cannot hold your drawing',
  } as Record<string, string>,
  keep: (size: string) => `Keep offline (${size})`,
  keepTitle: 'Stores the page, its models and pictures in this browser, so that it starts without a network',
  storing: (size: string) => `Storing ${size}…`,
  kept: (size: string) => `Kept offline: ${size}`,
  remove: 'Remove',
  removeTitle: 'Remove what is kept offline',
  notKept: 'The page could not be kept offline',
  loading: 'loading',
  requests: (count: number) => `${count} ${count === 1 ? 'request' : 'requests'} since load`,
  model: (size: string, parameters: string) => `${size && `model ${size}, `}${parameters} parameters`,
  time: (time: string, workers: number) => `${time} on ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
  copyLink: 'Copy link',
};

export const why = {
  label: 'Why',
  untitled: 'Why?',
  title: (target: string) => `Why “${target}”?`,
  captioned: (target: string, share: string, method: string) =>
    `Why “${target}”${share && `, probability ${share}`}: ${method}`,
  baseline: (name: string) => `baseline: ${name}`,
  evidence: 'Evidence',
  stopped: 'Stopped.',
  stoppedAt: (method: string) => `Stopped. The map is still that of ${method}.`,
  again: 'Run again',
};

export const inputs = {
  label: 'Inputs',
  scaling: 'pixel values as ',
  unscaled: 'The file does not say how its pictures were scaled.',
  licence: (licence: string) => `licence: ${licence}`,
  own: 'your own picture',
  drawing: 'your drawing',
};

export const mapFigure = {
  label: 'Picture and map',
  picture: 'The picture',
  map: (target: string, method: string | undefined) => `Map for ${target} by ${method}`,
  pen: 'the map follows the pen',
  rate: (rate: number) => `${Math.round(rate)} maps a second`,
  mark: 'Mark object',
  clear: 'Clear',
  clearTitle: 'Clear the mark of the object',
};

export const trust = {
  title: 'Can the map be trusted?',
  computing: 'The deletion and insertion curves are being computed…',
  none: 'Deletion and insertion curves appear here.',
  perturbed: (share: string) => `The picture with ${share} of its pixels perturbed`,
  drag: (share: string) => `The ${share} that the map marks most are taken away. Drag the handle.`,
  needsMark: 'Mark the object in the picture to compute it.',
  better: (direction: 'higher' | 'lower') => `${direction} is better`,
};

export const cost = {
  title: 'Where does the time go?',
  lead: 'Runs the network forward and backward a few dozen times in one worker, and tells the time of every step.',
};

export const happening = {
  starting: 'Starting',
  prediction: 'Prediction',
  loading: (title: string) => `Loading ${title}`,
  opening: (file: string) => `Opening ${file}`,
  notStarted: 'Whylight could not start',
  notWhole: (why: string) => `The page could not be loaded whole, reload it to try again: ${why}`,
  noPictures: 'The pictures could not be loaded',
  notLoaded: (title: string) => `${title} could not be loaded`,
  otherModel: 'Another model is shown',
  ownModel: 'A link cannot hold a model of your own: open its file again.',
  notKept: 'The model of this link is not kept in this browser: open its file.',
  noModel: (name: string) => `There is no model “${name}” here.`,
  unreadable: 'The picture could not be read',
  unreadableFile: (file: string) => `${file} is not a picture that can be read`,
  notStored: (title: string) => `${title} could not be kept`,
  notRemoved: (title: string) => `${title} could not be removed`,
  failed: (what: string) => `${what} did not succeed`,
  explained: (file: string) => `${file} is explained`,
  notOpened: (file: string) => `${file} could not be opened`,
};

export const findings = {
  any: 'any',
  shapes: (input: string, shape: string, outputs: string, explained: string) =>
    `Input “${input}” ${shape}; ${outputs} outputs, explained before any softmax (“${explained}”).`,
  size: (parameters: string, opset: number, producer: string) =>
    `${parameters} parameters, opset ${opset}${producer && `, from ${producer}`}.`,
  operators: (list: string) => `Operators: ${list}.`,
};

/** The help's text, above the keys. */
export const guide = {
  label: 'Help',
  close: 'Close',
  means: {
    title: 'What the map means',
    text: 'The network answers with one number for each class. The map shares one of these numbers out over the picture: where the first colour is strong, the pixels speak for the class; where the second is, they speak against it. What “speaks for” is exactly differs by method, and one sentence under the method says it.',
  },
  meansNot: {
    title: 'What it does not mean',
    text: 'The map is about this network and this picture, not about the world. It does not say whether the answer is right, and methods that ask different questions rightly give different maps. That is why each map comes with evidence (do its values sum to what they should?) and scores (does the answer fall when the pixels that the map marks are taken away?). A map without them is a picture.',
  },
  use: {
    title: 'How to use it',
    texts: [
      'Choose a picture, open, drop or paste your own, or let the map follow the camera. Click a class to ask for its reasons, alone or rather than another’s. Choose a method and its options. Mark where the object is to see how much of the map lies on it. Drag the handle of the curves to see the picture with the most important pixels removed. With the digits network you can draw. An ONNX file of your own, dropped anywhere, is explained too.',
      '“More” under the map smooths it, hides weak values, and draws lines of equal value, means of regions or an outline of what is strongest; its numbers stay as they are. “Save…” writes it as picture, table or NumPy array, as one HTML file that is live without a network, and as a JSON file that repeats it: open or drop that file here, and one sentence says whether the map is the same bit for bit.',
      '“Compare” shows maps of several methods and classes side by side, each made once; click one to explain with it. “Scores” ranks methods by the scores that you have computed. “Network” shows the layers: choose one to see its channels, click a channel to see which pixels drive it, or take the map at that layer. There the network can be timed too, step by step: “GFLOP/s” counts two operations a multiply-add, and the share beside it is of what this machine reaches at best. “Draw” has a sheet for digits. What you chose can be undone and done again, with the arrows above or Ctrl + Z.',
      'Everything is computed in this tab: no picture and no model leaves it. “Nothing leaves this page”, at the bottom, lists every request and lets you check the policy that forbids others. “Keep this model” stores a model of your own in this browser, so that links can name it. “Keep offline” stores the page with its models and pictures in this browser, so that it starts without a network; “Remove” deletes all of that again. Nothing is stored unless you ask, or install the page as an app; only that the tour was offered, and that single keys are off, is remembered in this browser.',
    ],
  },
};
