/** Everything the page knows, in one object. */
import type {Picture} from '../core/image.ts';
import type {Card, Catalogue, Explanation, Model, ModelDescription, NdArray, Score} from '../core/types.ts';
import type {GalleryItem, Mark, ScoreEntry} from '../element/index.ts';
import {plainView, type View} from '../element/view.ts';
import {happening} from '../strings/english.ts';
import {cameraOff, type CameraState} from './camera-state.ts';
import type {Cells} from './grid.ts';
import {unlooked, type Looking} from './looking.ts';
import type {Stored} from './offline.ts';
import {unprofiled, type Profiling} from './profiling.ts';
import type {FileParts} from './single.ts';

/** The page's views, in the order of its navigation. */
export const screens = ['explain', 'compare', 'scores', 'network', 'draw'] as const;
export type Screen = (typeof screens)[number];

/** What a person chose: exactly what a link holds. */
export interface Choice {
  /** which view is on the screen; "view" in a link */
  screen: Screen;
  /** a name in models/index.json, or `own` */
  model: string;
  /** a sample's file name, `own`, `drawing`, `camera` or `recorded` */
  input: string;
  method: string;
  /** options that differ from the catalogue's defaults */
  settings: Record<string, string>;
  /** "top", "281" or "281:285" */
  target: string;
  /** of all random numbers */
  seed: number;
  view: View;
  /** methods that are compared, as `rowText` writes them; empty: those that suggest themselves */
  methods: readonly string[];
  /** targets that are compared; empty: the one on the screen and the strongest beside it */
  classes: readonly string[];
  /** maps that are compared share a scale of colours within each method, or all of them */
  scale: 'method' | 'all';
  /** the metric that ranks the methods; empty: their mean rank */
  sort: string;
  /** the layer looked at, a name among the model's layers */
  layer: string;
}

/** What a view chooses for itself: nothing of it changes the map on the screen. */
export const viewOnly: readonly string[] = [
  'screen',
  'methods',
  'classes',
  'scale',
  'sort',
  'layer',
] satisfies (keyof Choice)[];

export const own = 'own';
export const drawing = 'drawing';
/** the input in a saved explanation that was opened */
export const recorded = 'recorded';

export const camera = 'camera';

export interface Source {
  picture: Picture;
  /** exactly what the network takes, where it is known */
  input?: NdArray;
  title: string;
  credit: string;
  note: string;
}

export interface Notice {
  kind: 'failure' | 'finding';
  heading: string;
  text: string;
}

export interface Task {
  label: string;
  share: number;
}

export interface State {
  choice: Choice;
  phase: 'starting' | 'ready' | 'failed';
  /** a model or picture on its way */
  loading: Task | undefined;
  /** a map is being made */
  working: boolean;
  /** maps made so far */
  maps: number;
  /** a computation that has taken longer than half a second */
  task: Task | undefined;
  /** the map was stopped or failed: what is shown is older than what is asked */
  stale: boolean;
  stopped: boolean;
  cards: readonly Card[];
  catalogue: Catalogue | undefined;
  card: Card | undefined;
  description: ModelDescription | undefined;
  /** the model itself */
  network: Model | undefined;
  /** of files that hold an explanation */
  fileParts: FileParts | undefined;
  /** how the values of the person's own model are scaled; a name of `scalings` */
  scaling: string;
  gallery: readonly GalleryItem[];
  source: Source | undefined;
  /** what the network sees, as it is shown */
  seen: Picture | undefined;
  input: NdArray | undefined;
  outputs: Float32Array | undefined;
  explanation: Explanation | undefined;
  scores: readonly ScoreEntry[];
  /** where the person says the object is */
  mark: Mark | undefined;
  /** the picture takes marks instead of telling its values */
  marking: boolean;
  /** the handle on the curve, 0 to 1 */
  share: number;
  perturbed: Picture | undefined;
  profiling: Profiling;
  /** maps that are compared, and how many of them are still to come */
  cells: Cells<Explanation>;
  comparing: number;
  /** scores of the methods that are compared, and how many are still to come */
  ranks: Cells<Score>;
  ranking: number;
  /** inside the network */
  looking: Looking;
  notice: Notice | undefined;
  camera: CameraState;
  /** maps a second while drawing, or of the camera */
  rate: number | undefined;
  workers: number;
  build: string;
  /** SHA-256 of the engine's wasm file, where it could be computed */
  wasm: string | undefined;

  /** the picture is shown without the map for a moment */
  plain: boolean;
  /** large and with few controls, for a class */
  presenting: boolean;
  /** the browser is about to print, or prints */
  printing: boolean;
  /** network requests since everything was loaded; undefined until then */
  requests: number | undefined;
  /** what is kept on this machine */
  stored: Stored;
  /** a short word after an action: "link copied" */
  said: string;
}

export const firstChoice: Choice = {
  screen: 'explain',
  model: '',
  input: '',
  method: '',
  settings: {},
  target: 'top',
  seed: 0,
  view: plainView,
  methods: [],
  classes: [],
  scale: 'method',
  sort: '',
  layer: '',
};

/** What another model begins with. */
export const anew = {input: '', method: '', settings: {}, target: 'top', classes: [], layer: ''};

/** A mark belongs to one picture in one model's frame: this undoes it when either changes. */
export const unmarked = {mark: undefined, marking: false};

export function firstState(choice: Choice): State {
  return {
    choice,
    phase: 'starting',
    loading: {label: happening.starting, share: 0},
    working: false,
    maps: 0,
    task: undefined,
    stale: false,
    stopped: false,
    cards: [],
    catalogue: undefined,
    card: undefined,
    description: undefined,
    network: undefined,
    fileParts: undefined,
    scaling: 'imagenet',
    gallery: [],
    source: undefined,
    seen: undefined,
    input: undefined,
    outputs: undefined,
    explanation: undefined,
    scores: [],
    ...unmarked,
    share: 0.1,
    perturbed: undefined,
    profiling: unprofiled,
    cells: new Map(),
    comparing: 0,
    ranks: new Map(),
    ranking: 0,
    looking: unlooked,
    notice: undefined,
    camera: cameraOff,
    rate: undefined,
    workers: 0,
    build: '',
    wasm: undefined,

    plain: false,
    presenting: false,
    printing: false,
    requests: undefined,
    stored: {state: 'unable', bytes: 0},
    said: '',
  };
}

/** Holds the state and tells one listener of every change. */
export class Store {
  state: State;
  onChange: () => void = () => undefined;

  constructor(choice: Choice) {
    this.state = firstState(choice);
  }

  update(part: Partial<State>): void {
    this.state = {...this.state, ...part};
    this.onChange();
  }

  choose(part: Partial<Choice>): void {
    this.update({choice: {...this.state.choice, ...part}});
  }
}
