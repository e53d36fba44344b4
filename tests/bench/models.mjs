// Makes the benchmark's files from a fixed seed: <name>.onnx, and for tfjs <name>.json (layers) with <name>.bin (weights, input).

import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {architectures, forwardFlops, parameterCount, smallArchitectures} from './architectures.mjs';
import {writeOnnx} from './onnx-writer.mjs';

const kSeed = 20240229;

/** Standard normal numbers: mulberry32 through Box and Muller (1958). */
export function normalSource(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function normalArray(length, scale, normal) {
  return Float32Array.from({length}, () => scale * normal());
}

/** Weights that keep the activations' size (He et al. 2015): ONNX layouts, [out, in/groups, k, k] and [out, in]. */
function layerWeights(layer, normal) {
  const {inChannels, outChannels, groups = 1, kernel = 1, activation = 'none', gain = 1} = layer;
  const fanIn = (inChannels / groups) * kernel ** 2;
  const shape = layer.op === 'conv' ? [outChannels, inChannels / groups, kernel, kernel] : [outChannels, inChannels];
  const scale = gain * Math.sqrt((activation === 'none' ? 1 : 2) / fanIn);
  return {shape, weight: normalArray(outChannels * fanIn, scale, normal), bias: normalArray(outChannels, 0.1, normal)};
}

/** The weights of all layers, by the layer's output, and an input. */
export function randomWeights(network) {
  const normal = normalSource(kSeed);
  const layers = network.layers.filter(({op}) => op === 'conv' || op === 'dense');
  const weights = Object.fromEntries(layers.map((layer) => [layer.output, layerWeights(layer, normal)]));
  const input = normalArray(
    network.inputShape.reduce((a, b) => a * b),
    1,
    normal,
  );
  return {weights, input};
}

/** Writes a small network, which is only measured by itself, for batches of any size. */
export function writeSmallModels(directory) {
  for (const [name, make] of Object.entries(smallArchitectures)) {
    const network = make();
    mkdirSync(directory, {recursive: true});
    writeFileSync(join(directory, `${name}.onnx`), writeOnnx(network, randomWeights(network).weights, -1));
  }
}

/** Writes one network's files into `directory` and returns what the page and the table need to know of it. */
export function writeModel(name, directory) {
  const network = architectures[name]();
  const {weights, input} = randomWeights(network);

  const arrays = [];
  let length = 0;
  const append = (array) => {
    arrays.push(Buffer.from(array.buffer));
    return [length, (length += array.length)]; // begin and end, in floats
  };
  const ranges = Object.fromEntries(
    Object.entries(weights).map(([output, {shape, weight, bias}]) => [
      output,
      {shape, weight: append(weight), bias: append(bias)},
    ]),
  );
  const manifest = {...network, weights: ranges, inputRange: append(input)};

  mkdirSync(directory, {recursive: true});
  writeFileSync(join(directory, `${name}.onnx`), writeOnnx(network, weights));
  writeFileSync(join(directory, `${name}.bin`), Buffer.concat(arrays));
  writeFileSync(join(directory, `${name}.json`), JSON.stringify(manifest));
  return {name, title: network.name, flops: forwardFlops(network), parameters: parameterCount(network)};
}
