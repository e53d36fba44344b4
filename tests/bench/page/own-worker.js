// Figures of our module alone, the build named in the address (?build=relaxed or simd): one model is open at a time, and every answer is
// about it.

import './protocol.js';
import {engine, guarded, startEngine} from './our-module.js';

let explainer;
let row;
let description;

/** Opens a model of the benchmark by its name with its input, or any other by its address with numbers made up. */
async function load({name, url}) {
  await startEngine();
  explainer?.delete();
  const bytes = name ? await self.fetchOnnx(name) : new Uint8Array(await (await fetch(url)).arrayBuffer());
  explainer = guarded(() => engine.open(bytes, [], new Map()));
  description = guarded(() => explainer.describe());
  const {shape} = description.input;
  const size = shape.reduce((a, b) => a * b);
  const data = name
    ? (await self.fetchModel(name)).input
    : Float32Array.from({length: size}, (_, i) => Math.sin(i * 1.7));
  row = {shape, data};
}

function batchOf(rows) {
  const data = new Float32Array(rows * row.data.length);
  for (let i = 0; i < rows; ++i) data.set(row.data, i * row.data.length);
  return {shape: [rows, ...row.shape.slice(1)], data};
}

/** Milliseconds a call of the fastest of several turns, each as long as `milliseconds` says, after one that only warms up. */
function fastest(call, turns, milliseconds) {
  let best = Infinity;
  for (let turn = 0; turn <= turns; ++turn) {
    let calls = 0;
    const start = performance.now();
    let spent = 0;
    for (; spent < milliseconds; spent = performance.now() - start) {
      call();
      ++calls;
    }
    if (turn > 0) best = Math.min(best, spent / calls);
  }
  return best;
}

/** Of one row alone and of a batch: milliseconds, and the multiply-adds of a row. */
function rates({rows, turns = 8, milliseconds = 60}) {
  const batch = batchOf(rows);
  const single = fastest(() => guarded(() => explainer.predict(row)), turns, milliseconds);
  const together = fastest(() => guarded(() => explainer.predict(batch)), turns, milliseconds);
  return {single, together, cost: description.cost};
}

/** Milliseconds of one forward pass, Winograd convolutions left out if `direct`. */
function forward({direct, turns = 4, milliseconds = 300}) {
  explainer.computeDirectly(direct);
  const time = fastest(() => guarded(() => explainer.predict(row)), turns, milliseconds);
  explainer.computeDirectly(false);
  return time;
}

/** Milliseconds of each run of a method, and the last map. */
function explain({method, settings, target, repeats}) {
  const request = {name: method, target, settings, seed: 0, inject: {}, method: '', methodSettings: {}};
  const times = [];
  let values;
  for (let i = 0; i < repeats; ++i) {
    const start = performance.now();
    guarded(() => {
      const {job, chunks} = explainer.beginExplain(row, request);
      for (let chunk = 0; chunk < chunks; ++chunk) explainer.runChunk(job, chunk, true);
      values = explainer.finishExplain(job, []).values.data;
      explainer.end(job);
    });
    times.push(performance.now() - start);
  }
  return {times, values: Array.from(values)};
}

async function tilePeak() {
  await startEngine();
  return engine.tilePeak();
}

self.serveBenchmark({load, tasks: {}, calls: {rates, forward, explain, tilePeak}});
