// Our module, the build named in the address (?build=relaxed or simd), called as web/core's worker calls it: a prediction, and the
// methods `gradient` and `lrp` (epsilon-plus, its default) with their chunks run here.

import './protocol.js';
import {engine, guarded, memoryTaken, startEngine} from './our-module.js';

let explainer;
let row;
let target;

async function load({name, target: unit}) {
  await startEngine();
  const {manifest, input} = await self.fetchModel(name);
  row = {shape: manifest.inputShape, data: input};
  target = String(unit);
  const bytes = await self.fetchOnnx(name);
  explainer = guarded(() => engine.open(bytes, [], new Map()));
}

const forward = () => guarded(() => explainer.predict(row).data);

function explain(name, settings = {}) {
  return guarded(() => {
    const request = {name, target, settings, seed: 0, inject: {}, method: '', methodSettings: {}};
    const {job, chunks} = explainer.beginExplain(row, request);
    try {
      for (let chunk = 0; chunk < chunks; ++chunk) explainer.runChunk(job, chunk, true);
      return explainer.finishExplain(job, []).values.data;
    } finally {
      explainer.end(job);
    }
  });
}

const gradient = () => explain('gradient', {absolute: 'false'});
const lrp = () => explain('lrp');

/** Maps a second of each method for a small shipped model: what drawing with a live map can show at best. */
async function mapRates({url, shape, milliseconds}) {
  await startEngine();
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  const whole = {explainer, row, target};
  explainer = guarded(() => engine.open(bytes, [], new Map()));
  // A bright ring on black.
  const [height, width] = shape.slice(-2);
  const ring = (i) => Number(Math.abs(Math.hypot((i % width) - width / 2, Math.floor(i / width) - height / 2) - 8) < 2);
  row = {shape, data: Float32Array.from({length: height * width}, (_, i) => ring(i))};
  target = '0';
  const rates = [gradient, lrp].map((task) => {
    let maps = 0;
    const start = performance.now();
    while (performance.now() - start < milliseconds) {
      task();
      ++maps;
    }
    return (maps * 1000) / (performance.now() - start);
  });
  explainer.delete();
  ({explainer, row, target} = whole);
  return rates;
}

/** GFLOP/s of the bare 4x8 register tile; undefined while the module does not offer it. */
async function tilePeak() {
  await startEngine();
  return engine.tilePeak?.();
}

// Ours is in ONNX's order already.
self.serveBenchmark({
  load,
  tasks: {forward, gradient, gradientChannelsFirst: gradient, lrp},
  calls: {tilePeak, mapRates, memory: () => memoryTaken()},
});
