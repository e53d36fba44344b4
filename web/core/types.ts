/** Plain data that crosses the worker boundary and that the package returns. Shapes are ONNX's, batch first. */

/** An n-dimensional float32 array, row-major in ONNX's order. */
export interface NdArray {
  shape: number[];
  data: Float32Array;
}

/** What a model's input and output mean: `card.json` beside it, as `loadCard` reads it. */
export interface Card {
  name: string;
  title: string;
  description: string;
  licence: string;
  source: string;
  /** kind "image": RGB 0..255, resized and cropped; "digit": one channel 0..1, white on black. model input = (value - mean) / scale. */
  input: {
    name: string;
    shape: number[];
    kind: 'image' | 'digit' | 'array';
    mean: number[];
    scale: number[];
    resize?: number;
    crop?: number;
    layout?: 'nchw' | 'nhwc';
    /** how drawn digits are prepared: fitted into this box, centre of mass in the middle */
    drawing?: {box: number};
  };
  output: {name: string; kind: 'logits' | 'probabilities'};
  labels: string[];
  samples: Sample[];
  bytes?: number;
  sha256?: string;
  defaults?: {method?: string; layer?: string; baseline?: string; baselineMeaning?: string};
  /** the file beside the card, "model.onnx" unless said */
  file?: string;
}

export interface Sample {
  file: string;
  title: string;
  licence: string;
  source: string;
  note?: string;
  credit?: string;
  expected?: {label: number; probability: number}[];
}

export interface Option {
  name: string;
  kind: 'integer' | 'number' | 'flag' | 'choice' | 'layer';
  fallback: string;
  low: number;
  high: number;
  choices: string[];
  help: string;
}

export interface MethodRow {
  name: string;
  title: string;
  family: string;
  paper: string;
  summary: string;
  options: Option[];
  injects: string;
  /** promises that the values sum to the target's value (or its difference from the baseline's) */
  complete: boolean;
}

export interface MetricRow {
  name: string;
  title: string;
  family: string;
  paper: string;
  summary: string;
  better: 'higher' | 'lower';
  range: string;
  options: Option[];
  injects: string;
  needsMask: boolean;
  needsMethod: boolean;
}

export interface Catalogue {
  version: string;
  methods: MethodRow[];
  metrics: MetricRow[];
  operators: {name: string; since: number; domain: string}[];
}

export interface ModelDescription {
  producer: string;
  opset: number;
  parameters: number;
  /** multiply-adds of one forward pass of one row */
  cost: number;
  input: {name: string; shape: number[]};
  output: {
    name: string;
    units: number;
    /** the explained value: logits even where the model ends in a softmax */ explained: string;
  };
  operators: {name: string; count: number}[];
  /** values that may be named as a `layer`, with their shapes for a batch of 1 */
  layers: {name: string; shape: number[]}[];
  lastFeatureMap: string;
}

/** Numbers beside the map, each with a sentence for a person. */
export interface Fact {
  name: string;
  value: number;
  meaning: string;
}

export interface ExplainRequest {
  method: string;
  /** "281", "281:285" (contrast) or "top" (default) */
  target?: string;
  /** options by name, as text; defaults from the catalogue */
  settings?: Record<string, string>;
  seed?: number;
  inject?: Record<string, NdArray>;
}

export interface Explanation extends NdArray {
  method: string;
  /** the target as indices, "281" even when "top" was asked */
  target: string;
  /** empty: the input's own shape; otherwise the layer the values belong to */
  layer: string;
  facts: Fact[];
  standardError?: NdArray;
  baseline: string;
  /** all options in force */
  settings: Record<string, string>;
  milliseconds: number;
  workers: number;
}

export interface EvaluateRequest {
  metric: string;
  target?: string;
  settings?: Record<string, string>;
  seed?: number;
  mask?: NdArray;
  /** for metrics that explain again */
  method?: string;
  methodSettings?: Record<string, string>;
  inject?: Record<string, NdArray>;
}

export interface Curve {
  name: string;
  xLabel: string;
  yLabel: string;
  x: number[];
  y: number[];
}

export interface Score {
  metric: string;
  /** null when undefined here; `missing` says why */
  value: number | null;
  missing: string;
  curves: Curve[];
  facts: Fact[];
  evaluations: number;
  settings: Record<string, string>;
  milliseconds: number;
}

/** What every long call takes. Progress runs from 0 to 1. */
export interface CallOptions {
  signal?: AbortSignal;
  onProgress?: (share: number) => void;
}

/** What opening takes besides; progress is that of fetching. */
export interface OpenOptions extends CallOptions {
  /** the input's shape (batch of 1), for a model that leaves its spatial size open */
  shape?: number[];
}

/** A loaded model. Rejects with an Error of one sentence; stays usable afterwards. */
export interface Model {
  readonly description: ModelDescription;
  readonly card: Card | undefined;
  predict(input: NdArray, options?: CallOptions): Promise<NdArray>;
  explain(input: NdArray, request: ExplainRequest, options?: CallOptions): Promise<Explanation>;
  evaluate(input: NdArray, attribution: NdArray, request: EvaluateRequest, options?: CallOptions): Promise<Score>;
  /** The input with the first `share` (0..1) of its features perturbed as the metric (deletion, insertion) would. */
  perturbed(input: NdArray, attribution: NdArray, request: EvaluateRequest, share: number): Promise<NdArray>;
  /** Frees the model in every worker. */
  close(): void;
}

/** The engine: a pool of workers, each with its own instance of the same wasm. */
export interface Engine {
  readonly workers: number;
  /** "simd" or "relaxed" */
  readonly build: string;
  /** Bytes of an ONNX file, or where to fetch it: relative to the document in a browser; in Node a path or URL. */
  open(source: Uint8Array | string | URL, card?: Card, options?: OpenOptions): Promise<Model>;
  catalogue(): Promise<Catalogue>;
  stop(): void;
}
