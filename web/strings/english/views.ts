/** What people read in the views that compare, rank and look inside, and where they are led to them. */

export const comparing = {
  heading: (picture: string) => (picture ? `Methods and classes, for ${picture}` : 'Methods and classes'),
  lead: 'Each column is a method, each row a class. Click a map to explain with it.',
  addMethod: 'Add a method',
  asInExplain: (title: string) => `As in Explain: ${title}`,
  addClass: 'Add a class',
  ofClass: 'class',
  classPlaceholder: 'name or number',
  scale: 'one scale of colours for',
  scaleMethod: 'each method',
  scaleAll: 'all maps',
  colours: 'colours',
  open: (method: string, target: string) => `${target} by ${method}: explain with it`,
  remove: (title: string) => `Remove ${title}`,
  removeShort: 'Remove',
  again: 'Try again',
  progress: (left: number) => (left === 1 ? '1 map to come' : `${left} maps to come`),
  goOn: 'Go on',
  waiting: 'waiting',
  stopped: 'not computed',
  tooMany: 'As many as fit are compared already: remove one first',
  noClass: 'no class has this name',
  noteMethod: 'The numbers of one method compare across classes: they share the scale under its name.',
  noteAll: 'Each map is divided by its largest values, so that 1 means the same colour in all.',
  table: 'Maps by method and class',
};

export const ranking = {
  heading: (target: string) => `Which method explains “${target}” best?`,
  lead: 'Each row is a method, each column a score of its map. The arrow tells which direction is better; the best of a column is in bold.',
  table: 'Scores by method and metric',
  method: 'method',
  rank: 'mean rank',
  rankMeaning: 'Mean of the ranks in those columns that are complete; 1 is the best',
  computeAll: 'Compute all',
  computeLight: 'Compute those that are quick',
  compute: (method: string, metric: string) => `Compute ${metric} of ${method}`,
  computeRow: (method: string) => `Compute all of ${method}`,
  computeColumn: (metric: string) => `Compute ${metric} of all`,
  sortBy: (metric: string) => `Sort by ${metric}`,
  progress: (left: number) => (left === 1 ? '1 score to come' : `${left} scores to come`),
  best: 'best',
  none: 'none',
  needsMark: 'needs a mark of the object: see Explain',
  all: 'All',
  present: 'Scores of the map on the screen',
  placed: (place: number, of: number) => `place ${place} of ${of}`,
};

export const first = {
  none: 'a score follows',
  better: (direction: 'higher' | 'lower') => `${direction} is better`,
  next: 'Next: click another class to see its reasons, ',
  compare: 'compare methods side by side',
  orOwn: ', or open a picture of your own.',
};

export const undoing = {undo: 'Undo', redo: 'Redo'};

export const network = {
  heading: (model: string) => (model ? `Inside ${model}` : 'Inside the network'),
  lead: (count: number) =>
    `${count} layers as they are run, from the input down; a line that runs past others is a link that skips them. Choose one to see what it makes of the picture.`,
  open: 'The size of the model’s input is open, so its layers have no shape yet.',
  layers: 'Layers',
  input: 'input',
  operator: 'operator',
  shape: 'shape',
  parameters: 'parameters',
  time: 'time',
  times: (forward: string, backward: string) =>
    backward ? `${forward} forward, ${backward} backward` : `${forward} forward`,
  measure: 'Measure',
  take: 'Take the map at this layer:',
  values: 'What it holds for this picture',
  valuesLead:
    'Its channels on one scale, the strongest first, each with its number and its mean. Click one to see which pixels drive it.',
  computing: 'Computing…',
};

export const channels = {
  channel: 'Explain channel',
  explain: (channel: number, mean: string) => `Explain channel ${channel}, mean ${mean}`,
  showAll: (count: number) => `Show all ${count}`,
  fewer: 'Show fewer',
};
