// onnxruntime-web, wasm execution provider, one thread, all graph optimisations (its default). It has no gradients.

importScripts('/page/protocol.js', '/peers/onnxruntime-web/dist/ort.wasm.min.js');

let session;
let model;

async function load({name}) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/peers/onnxruntime-web/dist/';
  model = await fetchModel(name);
  session = await ort.InferenceSession.create(await fetchOnnx(name), {executionProviders: ['wasm']});
}

async function forward() {
  const {input, inputShape, output} = model.manifest;
  const results = await session.run({[input]: new ort.Tensor('float32', model.input, inputShape)});
  return results[output].data;
}

serveBenchmark({load, tasks: {forward}});
