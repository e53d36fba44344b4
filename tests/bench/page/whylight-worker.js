// Our module, the build named in the address (?build=relaxed or simd), called as web/core's worker calls it: a prediction, and the
// method `gradient` with its chunks run here.

import './protocol.js';

const build = new URL(self.location.href).searchParams.get('build');
let engine;
let explainer;
let row;
let request;

/** C++ exceptions become Errors with their message. */
function guarded(action) {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof WebAssembly.Exception)) throw error;
    throw new Error(engine.getExceptionMessage(error).at(-1), {cause: error});
  }
}

async function startEngine() {
  const {default: create} = await import(`/whylight/whylight-${build}.mjs`);
  engine ??= await create();
}

async function load({name, target}) {
  await startEngine();
  const {manifest, input} = await self.fetchModel(name);
  row = {shape: manifest.inputShape, data: input};
  request = {
    name: 'gradient',
    target: String(target),
    settings: {absolute: 'false'},
    seed: 0,
    inject: {},
    method: '',
    methodSettings: {},
  };
  const bytes = await self.fetchOnnx(name);
  explainer = guarded(() => engine.open(bytes, []));
}

const forward = () => guarded(() => explainer.predict(row).data);

function gradient() {
  return guarded(() => {
    const {job, chunks} = explainer.beginExplain(row, request);
    try {
      const partials = Array.from({length: chunks}, (_, chunk) => explainer.runChunk(job, chunk));
      return explainer.finishExplain(job, partials).values.data;
    } finally {
      explainer.end(job);
    }
  });
}

/** GFLOP/s of the bare 4x8 register tile; undefined while the module does not offer it. */
async function tilePeak() {
  await startEngine();
  return engine.tilePeak?.();
}

// Ours is in ONNX's order already.
self.serveBenchmark({load, tasks: {forward, gradient, gradientChannelsFirst: gradient}, calls: {tilePeak}});
