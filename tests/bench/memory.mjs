// The memory that our module takes to load a network, run it and differentiate it, in Node with the build in build/wasm. Networks are
// those of the benchmark and VGG-16; weights are random. By itself: node tests/bench/memory.mjs [NETWORK…]

import {readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {root} from '../../web/steps.mjs';
import {architectures, largeArchitectures, parameterCount} from './architectures.mjs';
import {randomWeights} from './models.mjs';
import {writeOnnx} from './onnx-writer.mjs';
import {startInstance} from './page/instance.js';
import {formatTable} from './table.mjs';

const kRows = 8; // of the batched passes
const networks = {...architectures, ...largeArchitectures};

const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

/** Runs every chunk of a method; gives the map and how many milliseconds it took. */
function explain(explainer, row, name, settings) {
  const start = performance.now();
  const request = {name, target: '7', settings, seed: 0, inject: {}, method: '', methodSettings: {}};
  const {job, chunks} = explainer.beginExplain(row, request);
  for (let chunk = 0; chunk < chunks; ++chunk) explainer.runChunk(job, chunk, true);
  const {values} = explainer.finishExplain(job, []);
  explainer.end(job);
  if (!values.data.every(Number.isFinite) || values.data.every((value) => value === 0))
    throw new Error(`${name}: gives no numbers`);
  return performance.now() - start;
}

/** One network in an instance of its own: what it takes after each step, batch 1 first. */
async function measure(name, create, wasm) {
  const network = networks[name]();
  const {weights, input} = randomWeights(network);
  const file = writeOnnx(network, weights, -1);
  const row = {shape: network.inputShape, data: input};
  const batch = {shape: [kRows, ...network.inputShape.slice(1)], data: new Float32Array(kRows * input.length)};
  for (let i = 0; i < kRows; ++i) batch.data.set(input, i * input.length);

  const {engine, memoryTaken} = await startInstance(create, wasm);
  const taken = [];
  const step = (work) => {
    const result = work();
    taken.push(memoryTaken());
    return result;
  };
  const explainer = step(() => engine.open(new Uint8Array(file.buffer, file.byteOffset, file.length), [], new Map()));
  step(() => explainer.predict(row));
  const milliseconds = step(() => explain(explainer, row, 'gradient', {}));
  step(() => explainer.predict(batch));
  step(() => explain(explainer, row, 'integrated-gradients', {steps: String(kRows)}));
  const lrp = step(() => explain(explainer, row, 'lrp', {}));
  const size = 4 * parameterCount(network);
  const [load, forward, gradient, forwardBatch, gradientBatch, all] = taken;
  explainer.delete();
  return {
    ...{name, title: network.name, weights: size, load, forward, gradient, forwardBatch, gradientBatch, all},
    ...{milliseconds: {gradient: milliseconds, lrp}},
  };
}

/** Bytes after each step, [{name, title, weights, load, forward, gradient, forwardBatch, gradientBatch, all, milliseconds}]. */
export async function measureMemory(names) {
  const {default: create} = await import(path.join(root, 'build', 'wasm', 'whylight-simd.mjs'));
  const wasm = readFileSync(path.join(root, 'build', 'wasm', 'whylight-simd.wasm'));
  const results = [];
  for (const name of names) {
    if (!networks[name]) throw new Error(`memory: ${name} is not one of ${Object.keys(networks).join(', ')}`);
    results.push(await measure(name, create, wasm));
  }
  return results;
}

export function memoryTable(results) {
  const rows = results.map(({title, weights, load, forward, gradient, forwardBatch, gradientBatch, all}) => [
    title,
    ...[weights, load, forward, gradient, forwardBatch, gradientBatch, all].map(megabytes),
    (gradient / weights).toFixed(2),
  ]);
  const steps = ['load', 'forward', 'gradient', `forward x ${kRows}`, `${kRows} gradients`, 'LRP: the peak'];
  return formatTable(['MB of wasm memory after', 'weights', ...steps, 'gradient / weights'], rows);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(networks);
  console.log(memoryTable(await measureMemory(names)));
}
