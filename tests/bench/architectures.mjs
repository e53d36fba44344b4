// The three benchmark networks as lists of layers, the one description that every engine's network is made from.
// Batch normalisation is already merged, as an exporter leaves it: every convolution has a bias and at most one activation.
//
// A layer is {op, inputs, output, …}, its values named by strings:
//   conv     kernel, stride, pads [top, left, bottom, right], inChannels, outChannels, groups, size (of its output), activation, gain
//   add      two inputs, activation
//   maxPool  kernel, stride, pads
//   mean     over height and width
//   flatten  all but the batch
//   dense    inChannels, outChannels, activation

const kInputSize = 224;
const kClasses = 1000;

/** Collects layers, and keeps the running value's name, channels and size. */
class NetworkBuilder {
  /** `padding`: 'same' pads as TensorFlow does (odd pixel after), 'symmetric' as PyTorch does. */
  constructor(name, padding) {
    this.network = {name, input: 'input', inputShape: [1, 3, kInputSize, kInputSize], output: '', layers: []};
    this.padding = padding;
    this.value = 'input';
    this.channels = 3;
    this.size = kInputSize;
  }

  push(layer) {
    const output = `${layer.op}_${this.network.layers.length}`;
    this.network.layers.push({inputs: [this.value], ...layer, output});
    this.value = this.network.output = output;
    return this;
  }

  pads(kernel, stride) {
    const outSize = Math.ceil(this.size / stride);
    const both = Math.max((outSize - 1) * stride + kernel - this.size, 0);
    const before = this.padding === 'same' ? Math.floor(both / 2) : (kernel - 1) / 2;
    const after = this.padding === 'same' ? both - before : before;
    return [before, before, after, after];
  }

  conv(outChannels, {kernel = 1, stride = 1, depthwise = false, activation = 'none', gain = 1} = {}) {
    const inChannels = this.channels;
    const pads = this.pads(kernel, stride);
    this.size = Math.floor((this.size + pads[0] + pads[2] - kernel) / stride) + 1;
    this.channels = outChannels;
    const groups = depthwise ? inChannels : 1;
    return this.push({
      op: 'conv',
      kernel,
      stride,
      pads,
      inChannels,
      outChannels,
      groups,
      size: this.size,
      activation,
      gain,
    });
  }

  add(other, activation = 'none') {
    return this.push({op: 'add', inputs: [other, this.value], activation});
  }

  maxPool(kernel, stride) {
    const pads = this.pads(kernel, stride);
    this.size = Math.floor((this.size + pads[0] + pads[2] - kernel) / stride) + 1;
    return this.push({op: 'maxPool', kernel, stride, pads});
  }

  dense(outChannels, activation = 'none') {
    this.push({op: 'dense', inChannels: this.channels, outChannels, activation});
    this.channels = outChannels;
    return this;
  }

  flatten() {
    this.channels *= this.size ** 2;
    return this.push({op: 'flatten'});
  }

  classifier() {
    return this.push({op: 'mean'}).dense(kClasses).network;
  }
}

// Residual branches end in a smaller gain, so that random weights do not let the activations grow from block to block.
const kBranchGain = 0.5;

function invertedResidual(builder, expansion, kernel, stride, outChannels) {
  const start = builder.value;
  const inChannels = builder.channels;
  const residual = stride === 1 && inChannels === outChannels;
  if (expansion > 1) builder.conv(inChannels * expansion, {activation: 'relu6'});
  builder.conv(builder.channels, {kernel, stride, depthwise: true, activation: 'relu6'});
  builder.conv(outChannels, {gain: residual ? kBranchGain : 1});
  if (residual) builder.add(start);
}

/** Rows are [expansion, kernel, stride of the first block, channels, blocks]. */
function mobileNetwork(name, padding, rows) {
  const builder = new NetworkBuilder(name, padding).conv(32, {kernel: 3, stride: 2, activation: 'relu6'});
  for (const [expansion, kernel, stride, channels, blocks] of rows) {
    for (let block = 0; block < blocks; ++block)
      invertedResidual(builder, expansion, kernel, block ? 1 : stride, channels);
  }
  return builder.conv(1280, {activation: 'relu6'}).classifier();
}

/** EfficientNet-Lite0: Tan and Le 2019, without squeeze-and-excitation and with ReLU6 (TensorFlow's tpu repository, 2020). */
function efficientNetLite0() {
  return mobileNetwork('EfficientNet-Lite0', 'same', [
    [1, 3, 1, 16, 1],
    [6, 3, 2, 24, 2],
    [6, 5, 2, 40, 2],
    [6, 3, 2, 80, 3],
    [6, 5, 1, 112, 3],
    [6, 5, 2, 192, 4],
    [6, 3, 1, 320, 1],
  ]);
}

/** MobileNetV2: Sandler et al. 2018, table 2, width 1. */
function mobileNetV2() {
  return mobileNetwork('MobileNetV2', 'symmetric', [
    [1, 3, 1, 16, 1],
    [6, 3, 2, 24, 2],
    [6, 3, 2, 32, 3],
    [6, 3, 2, 64, 4],
    [6, 3, 1, 96, 3],
    [6, 3, 2, 160, 3],
    [6, 3, 1, 320, 1],
  ]);
}

function basicBlock(builder, stride, channels) {
  const start = {value: builder.value, channels: builder.channels, size: builder.size};
  builder.conv(channels, {kernel: 3, stride, activation: 'relu'});
  builder.conv(channels, {kernel: 3, gain: kBranchGain});
  if (stride === 1 && start.channels === channels) return builder.add(start.value, 'relu');
  const branch = builder.value;
  Object.assign(builder, start);
  return builder.conv(channels, {stride}).add(branch, 'relu');
}

/** ResNet-18: He et al. 2015, table 1. */
function resNet18() {
  const builder = new NetworkBuilder('ResNet-18', 'symmetric')
    .conv(64, {kernel: 7, stride: 2, activation: 'relu'})
    .maxPool(3, 2);
  for (const [stride, channels] of [
    [1, 64],
    [2, 128],
    [2, 256],
    [2, 512],
  ]) {
    basicBlock(builder, stride, channels);
    basicBlock(builder, 1, channels);
  }
  return builder.classifier();
}

/** VGG-16: Simonyan and Zisserman 2015, table 1, configuration D: 528 MB of weights, most of them in one dense layer. */
function vgg16() {
  const builder = new NetworkBuilder('VGG-16', 'same');
  for (const [channels, layers] of [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ]) {
    for (let layer = 0; layer < layers; ++layer) builder.conv(channels, {kernel: 3, activation: 'relu'});
    builder.maxPool(2, 2);
  }
  return builder.flatten().dense(4096, 'relu').dense(4096, 'relu').dense(kClasses).network;
}

/** Floating-point operations of one forward pass: two for each multiply and add of the convolutions and dense layers. */
export function forwardFlops(network) {
  return network.layers.reduce((sum, layer) => {
    if (layer.op === 'dense') return sum + 2 * layer.inChannels * layer.outChannels;
    if (layer.op !== 'conv') return sum;
    return sum + 2 * layer.size ** 2 * layer.outChannels * (layer.inChannels / layer.groups) * layer.kernel ** 2;
  }, 0);
}

/** Weights and biases of one network. */
export function parameterCount(network) {
  return network.layers.reduce(
    (sum, {op, inChannels, outChannels, groups = 1, kernel = 1}) =>
      sum + (op === 'conv' || op === 'dense' ? outChannels * (inChannels / groups) * kernel ** 2 + outChannels : 0),
    0,
  );
}

/** A perceptron for tables of 13 features (the size of UCI's wine data), with two hidden layers. */
function mlp() {
  const builder = new NetworkBuilder('13-feature MLP', 'same');
  Object.assign(builder, {channels: 13});
  builder.network.inputShape = [1, 13];
  return builder.dense(64, 'relu').dense(32, 'relu').dense(3).network;
}

/** What only the overhead of a call is measured of. */
export const smallArchitectures = {mlp};

/** What only its memory is measured of (memory.mjs). */
export const largeArchitectures = {vgg16};

/** By the name used on the command line. */
export const architectures = {
  'efficientnet-lite0': efficientNetLite0,
  mobilenetv2: mobileNetV2,
  resnet18: resNet18,
};
