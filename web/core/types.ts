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
  /**
   * The network as it is run for a batch of 1, in that order: constants folded, batch norm merged into the layer before it, ReLU
   * and clips fused. The same nodes, by name, are steps of a profile (beside changes of layout). Empty while the input's size is open.
   */
  graph: GraphNode[];
}

export interface GraphNode {
  /** in the model; unique there as a rule */
  name: string;
  operator: string;
  /** what was fused into it: "Relu", "Clip 0 to 6"; empty for nothing */
  fused: string;
  /** places in the list, all before this one, of the nodes whose outputs it reads; none where it reads the model's input alone */
  inputs: number[];
  /** of its first output, for a batch of 1 */
  shape: number[];
  /** that output's name, as `activations`, targets and options of kind "layer" take it; empty where it cannot be one */
  layer: string;
  /** real numbers among its constants: weights, biases */
  parameters: number;
}

/** Numbers beside the map, each with a sentence for a person. */
export interface Fact {
  name: string;
  value: number;
  meaning: string;
}

export interface ExplainRequest {
  method: string;
  /**
   * A unit of the output: "281", "281:285" (one rather than the other) or "top" (default). Or one inside the network: "LAYER@17", the sum
   * over channel 17 of the value LAYER, "LAYER@17,3,4", one position of it, "LAYER@*,5", feature 5 of all tokens: behind the
   * last "@" stand indices, those of the batch left out, "*" for all; those that are missing are summed over.
   * Likewise "LAYER@17:20" and "LAYER@top", the channel whose sum is highest.
   */
  target?: string;
  /** options by name, as text; defaults from the catalogue */
  settings?: Record<string, string>;
  seed?: number;
  inject?: Record<string, NdArray>;
}

export interface Explanation extends NdArray {
  method: string;
  /** the target as indices, "281" even when "top" was asked, "LAYER@17" inside the network */
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
  /** as that of an explanation; inside the network there are no probabilities, and scores are followed */
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

export interface ProfileRequest {
  /** what runs backward: a gradient (default), layer-wise relevance propagation (epsilon-plus), or nothing */
  way?: 'gradient' | 'lrp' | 'none';
  /** times that every pass is run, 24 unless said */
  rounds?: number;
}

/** One pass, or one step of it. */
export interface PassFigures {
  milliseconds: number;
  /** null where there is nothing to count, or it was too short to be timed */
  gflops: number | null;
  /** `gflops` by the profile's `tilePeak`; Winograd convolutions, counted as plain ones, may reach more than 1 */
  ofPeak: number | null;
}

export interface ProfileStep {
  /** the node's name in the model, "change of layout" for what the engine puts between */
  name: string;
  operator: string;
  /** of its first output, and how that lies in memory */
  shape: number[];
  layout: 'plain' | 'channels-last';
  /** of one forward pass of the batch, of weighted sums (Conv, Gemm, MatMul …); 0 for everything else */
  multiplyAdds: number;
  forward: PassFigures;
  /** null where no signal passes back */
  backward: PassFigures | null;
  /** of the time of both passes together, 0 to 1 */
  share: number;
}

/** Sums over the steps of one operator, or of all. */
export interface ProfileSum {
  operator: string;
  steps: number;
  multiplyAdds: number;
  forward: PassFigures;
  backward: PassFigures | null;
  share: number;
}

/**
 * Where the time of a model's passes goes. Every step's time is the median over the rounds, or in browsers, whose clocks
 * count by 100 microseconds or so, the mean over the quieter half of them: single steps are shorter than that, their sum
 * over many rounds is not.
 */
export interface Profile {
  way: 'gradient' | 'lrp' | 'none';
  build: string;
  /** run, and how many of these count */
  rounds: number;
  counted: number;
  /** of the input that were run together, as many as fit into one run */
  rows: number;
  /** in the order of the forward pass */
  steps: ProfileStep[];
  /** by operator, the slowest first */
  operators: ProfileSum[];
  total: ProfileSum;
  /** GFLOP/s of the bare 4x8 register tile on cached data, measured in the same worker: what the machine can do */
  tilePeak: number;
  /** bytes that the worker's wasm memory has grown to, by this model and all else that it holds */
  memory: number;
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
  /**
   * Gives a file that lies beside the model and holds weights of it (ONNX's external data), or undefined if there is none of that name;
   * by default it is fetched from beside the model's address.
   */
  beside?: (name: string) => Promise<Uint8Array | undefined>;
  /**
   * Megabytes that one run may take for activations and signals in each worker, 192 unless said otherwise: larger batches are
   * cut, and where a single row needs more, activations are computed again on the way back. Results do not depend on it.
   */
  memoryLimit?: number;
}

/** A loaded model. Rejects with an Error of one sentence; stays usable afterwards. */
export interface Model {
  readonly description: ModelDescription;
  readonly card: Card | undefined;
  /**
   * Of its file, in hexadecimal. A card's `sha256` has been compared with it when the model was opened. Undefined in pages that are neither
   * from https nor from this machine: there browsers do not compute it, and nothing was compared.
   */
  sha256(): Promise<string | undefined>;
  /** the ONNX file, and the files beside it that hold weights of it, by name */
  readonly bytes: Uint8Array;
  readonly beside: ReadonlyMap<string, Uint8Array>;
  predict(input: NdArray, options?: CallOptions): Promise<NdArray>;
  /** A value inside the network, one that `description.layers` names or any other, in ONNX's order. */
  activations(input: NdArray, layer: string, options?: CallOptions): Promise<NdArray>;
  explain(input: NdArray, request: ExplainRequest, options?: CallOptions): Promise<Explanation>;
  evaluate(input: NdArray, attribution: NdArray, request: EvaluateRequest, options?: CallOptions): Promise<Score>;
  /** The input with the first `share` (0..1) of its features perturbed as the metric (deletion, insertion) would. */
  perturbed(input: NdArray, attribution: NdArray, request: EvaluateRequest, share: number): Promise<NdArray>;
  /** Times every step of the model's passes. Only the shape of the input matters; without one, one row is made up. */
  profile(input?: NdArray, request?: ProfileRequest, options?: CallOptions): Promise<Profile>;
  /** Frees the model in every worker. */
  close(): void;
}

/** The engine: a pool of workers, each with its own instance of the same wasm. */
export interface Engine {
  readonly workers: number;
  /** "simd" or "relaxed" */
  readonly build: string;
  /** of the wasm file, which has been found to be that of this version; undefined where it could not be checked, as with `Model.sha256` */
  readonly sha256: string | undefined;
  /** Bytes of an ONNX file, or where to fetch it: relative to the document in a browser; in Node a path or URL. */
  open(source: Uint8Array | string | URL, card?: Card, options?: OpenOptions): Promise<Model>;
  catalogue(): Promise<Catalogue>;
  stop(): void;
}
