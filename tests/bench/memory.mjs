// node tests/bench/memory.mjs [NETWORK…]: the memory that our module takes to load a network, run it and differentiate it, in Node with
// the build in build/wasm. Networks are those of the benchmark and VGG-16; weights are random.

import {readFileSync} from 'node:fs';
import path from 'node:path';
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
  const partials = Array.from({length: chunks}, (_, chunk) => explainer.runChunk(job, chunk));
  const {values} = explainer.finishExplain(job, partials);
  explainer.end(job);
  if (!values.data.every(Number.isFinite) || values.data.every((value) => value === 0))
    throw new Error(`${name}: gives no numbers`);
  return performance.now() - start;
}

/** One network in an instance of its own: what it takes after each step, batch 1 first. */
async function measure(name, create, wasm) {
  const network = networks[name]();
  const {weights, input} = randomWeights(network);
  const file = writeOnnx(network, weights);
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
  console.error(
    `${network.name}: gradient ${milliseconds.toFixed(0)} ms and LRP ${lrp.toFixed(0)} ms with all that is prepared once`,
  );
  return [network.name, megabytes(size), ...taken.map(megabytes), (taken[2] / size).toFixed(2)];
}

const {default: create} = await import(path.join(root, 'build', 'wasm', 'whylight-simd.mjs'));
const wasm = readFileSync(path.join(root, 'build', 'wasm', 'whylight-simd.wasm'));
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(networks);
const rows = [];
for (const name of names) {
  if (!networks[name]) throw new Error(`memory: ${name} is not one of ${Object.keys(networks).join(', ')}`);
  rows.push(await measure(name, create, wasm));
}
const steps = ['load', 'forward', 'gradient', `forward x ${kRows}`, `gradient x ${kRows}`, 'LRP'];
console.log(formatTable(['MB of memory after', 'weights', ...steps, 'gradient / weights'], rows));
