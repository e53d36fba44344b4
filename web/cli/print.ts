/** Results as text for people. */
import type {Explanation, Fact, ModelDescription, NdArray, Score} from '../core/types.ts';

/** Four significant digits; long numbers as they are. */
export function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

const sizes = (shape: number[]) => shape.map((size) => (size < 0 ? '?' : String(size))).join(' x ');

export function factLines(facts: Fact[]): string[] {
  return facts.map(({name, value, meaning}) => `  ${name} ${digits(value)}  ${meaning}`);
}

/** What made a result: its version, and the files that were used. */
export interface Versions {
  whylight: string;
  build: string;
  /** SHA-256 of the wasm file and of the model's */
  wasm: string | undefined;
  model: string | undefined;
}

export function describeModel(path: string, model: ModelDescription, versions: Versions): string {
  const operators = model.operators.map(({name, count}) => `${name} ${count}`).join(', ');
  const lines = [
    `${path}: ${model.parameters.toLocaleString('en')} parameters, opset ${model.opset}${model.producer ? `, by ${model.producer}` : ''}`,
    `input       ${model.input.name}: ${sizes(model.input.shape)}`,
    `output      ${model.output.name}: ${model.output.units} units`,
    `explained   ${model.output.explained}`,
    `cost        ${digits(model.cost / 1e6)} million multiply-adds a row`,
    `operators   ${operators}`,
    `unsupported none`,
    `SHA-256     ${versions.model ?? 'not computed'}`,
    `engine      whylight ${versions.whylight}, ${versions.build} build, SHA-256 ${versions.wasm ?? 'not checked'}`,
    `layers      values that --layer takes${model.lastFeatureMap ? `; the last feature map is ${model.lastFeatureMap}` : ''}`,
    ...model.layers.map(({name, shape}) => `  ${name}: ${sizes(shape)}`),
  ];
  return lines.join('\n');
}

/** The highest values of one row, best first. */
export function topOf(row: NdArray, count = 5): {index: number; value: number}[] {
  return Array.from(row.data, (value, index) => ({index, value}))
    .sort((one, other) => other.value - one.value)
    .slice(0, count);
}

export function describeExplanation(row: number, explanation: Explanation): string {
  const {method, target, layer, baseline, milliseconds, workers} = explanation;
  const by = `${digits(milliseconds)} ms on ${workers || 1} worker${workers > 1 ? 's' : ''}`;
  const lines = [`row ${row}: ${method} of ${target.includes('@') ? '' : 'output '}${target}, ${by}`];
  if (layer) lines.push(`  at layer ${layer}`);
  if (baseline) lines.push(`  baseline ${baseline}`);
  return [...lines, ...factLines(explanation.facts)].join('\n');
}

export function describeScore(row: number, score: Score): string {
  const value = score.value === null ? `missing: ${score.missing}` : String(score.value);
  const lines = [`row ${row}: ${score.metric} ${value}`, ...factLines(score.facts)];
  lines.push(`  ${score.evaluations} passes through the network, ${digits(score.milliseconds)} ms`);
  return lines.join('\n');
}
