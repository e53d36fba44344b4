// TensorFlow.js on the backend named in the address (?backend=wasm or cpu), one thread.
// Forward: the fused operators that tfjs-converter writes into a GraphModel. Gradient: tf.grad over the plain operators, because
// the fused ones compute the filters' gradients too.

importScripts(
  '/page/protocol.js',
  '/peers/@tensorflow/tfjs/dist/tf.min.js',
  '/peers/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js',
);

const backend = new URL(self.location.href).searchParams.get('backend');
let model;
let weights;
let shape;
let input;
let signal;

/** ONNX [out, in/groups, k, k] to TensorFlow's [k, k, in, out], or [k, k, channels, 1] for depthwise. */
function filterTensor(layer, dimensions, values) {
  const order = layer.groups > 1 ? [2, 3, 0, 1] : [2, 3, 1, 0];
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, dimensions), order));
}

function layerTensors(layer) {
  const {shape: dimensions, weight, bias} = model.manifest.weights[layer.output];
  const values = model.range(weight);
  const matrix = () => tf.tidy(() => tf.transpose(tf.tensor2d(values, dimensions)));
  return {
    filter: layer.op === 'conv' ? filterTensor(layer, dimensions, values) : matrix(),
    bias: tf.tensor1d(model.range(bias)),
  };
}

async function load({name, target}) {
  tf.wasm.setThreadsCount(1);
  tf.wasm.setWasmPaths('/peers/@tensorflow/tfjs-backend-wasm/dist/');
  if (!(await tf.setBackend(backend))) throw new Error(`backend ${backend} does not start`);
  model = await fetchModel(name);
  const {inputShape, layers} = model.manifest;
  shape = [1, inputShape[2], inputShape[3], inputShape[1]];
  input = channelsLast(model.input, inputShape[1]);
  weights = Object.fromEntries(
    layers.filter(({op}) => op === 'conv' || op === 'dense').map((layer) => [layer.output, layerTensors(layer)]),
  );
  // Not tf.oneHot: tfjs 4.22's wasm kernel writes integers whatever the type asked for.
  const units = layers.at(-1).outChannels;
  signal = tf.tensor2d(
    Float32Array.from({length: units}, (_, unit) => Number(unit === target)),
    [1, units],
  );
}

/** Where both mean the same, 'same' is what a converter writes. */
function padding({pads: [top, left, bottom, right], stride, kernel}) {
  if (stride === 1 && top === bottom && top === (kernel - 1) / 2) return 'same';
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

// tfjs 4.22's wasm max pooling takes explicit padding only as a number, and rejects unequal sides by itself.
const poolPadding = ({pads}) => pads[0];

const activations = {none: (value) => value, relu: (value) => tf.relu(value), relu6: (value) => tf.relu6(value)};

const shared = {
  add: (layer, first, second) => activations[layer.activation](tf.add(first, second)),
  maxPool: (layer, value) => tf.maxPool(value, layer.kernel, layer.stride, poolPadding(layer)),
  mean: (layer, value) => tf.mean(value, [1, 2]),
};

const fused = {
  ...shared,
  conv(layer, x) {
    const {filter, bias} = weights[layer.output];
    const {stride: strides, activation} = layer;
    const convolve = layer.groups > 1 ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
    return convolve({
      x,
      filter,
      strides,
      pad: padding(layer),
      bias,
      activation: activation === 'none' ? 'linear' : activation,
    });
  },
  dense: (layer, a) => tf.fused.matMul({a, b: weights[layer.output].filter, bias: weights[layer.output].bias}),
};

const plain = {
  ...shared,
  conv(layer, x) {
    const {filter, bias} = weights[layer.output];
    const convolve = layer.groups > 1 ? tf.depthwiseConv2d : tf.conv2d;
    return activations[layer.activation](tf.add(convolve(x, filter, layer.stride, padding(layer)), bias));
  },
  dense: (layer, x) => tf.add(tf.matMul(x, weights[layer.output].filter), weights[layer.output].bias),
};

function evaluate(operators, x) {
  const values = {[model.manifest.input]: x};
  for (const layer of model.manifest.layers) {
    values[layer.output] = operators[layer.op](layer, ...layer.inputs.map((name) => values[name]));
  }
  return values[model.manifest.output];
}

const forward = () => tf.tidy(() => evaluate(fused, tf.tensor4d(input, shape)).dataSync());
const gradient = () =>
  tf.tidy(() =>
    tf
      .grad((x) => evaluate(plain, x))(tf.tensor4d(input, shape), signal)
      .dataSync(),
  );

/** The gradient in ONNX's layout, for comparison only; not timed. */
const gradientChannelsFirst = () => channelsFirst(gradient(), shape[3]);

serveBenchmark({load, tasks: {forward, gradient, gradientChannelsFirst}});
