// The engines: one row each, with the worker that runs it, its tasks, and the wasm file that a page has to fetch for it.

export const engines = [
  {
    name: 'whylight-relaxed',
    title: 'Whylight relaxed',
    own: true,
    worker: '/page/whylight-worker.js?build=relaxed',
    module: true,
    tasks: ['forward', 'gradient', 'lrp'],
    wasm: 'build/wasm/whylight-relaxed.wasm',
  },
  {
    name: 'whylight-simd',
    title: 'Whylight simd',
    own: true,
    worker: '/page/whylight-worker.js?build=simd',
    module: true,
    tasks: ['forward', 'gradient', 'lrp'],
    wasm: 'build/wasm/whylight-simd.wasm',
  },
  {
    name: 'tfjs',
    title: 'tfjs wasm',
    worker: '/page/tfjs-worker.js?backend=wasm',
    tasks: ['forward', 'gradient'],
    wasm: 'tests/bench/node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
  },
  {
    name: 'tfjs-cpu',
    title: 'tfjs cpu',
    worker: '/page/tfjs-worker.js?backend=cpu',
    tasks: ['gradient'],
    standsInFor: 'tfjs', // measured only where that engine's backend has no gradient
  },
  {
    name: 'onnxruntime',
    title: 'onnxruntime-web',
    worker: '/page/onnxruntime-worker.js',
    tasks: ['forward'],
    wasm: 'tests/bench/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  },
];
