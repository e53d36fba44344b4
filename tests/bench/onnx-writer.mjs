// Writes a layer list (architectures.mjs) with its weights as an ONNX file. Field numbers are those of onnx.proto3.

import {Buffer} from 'node:buffer';

const kOpset = 13;
const kIrVersion = 8;
const kFloat = 1; // TensorProto.DataType.FLOAT

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

const integer = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field, content) => Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
const text = (field, string) => bytes(field, Buffer.from(string));
const message = (field, ...parts) => bytes(field, Buffer.concat(parts.flat()));

/** A TensorProto with raw data; `values` is a Float32Array. */
function tensor(name, shape, values) {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return message(
    5,
    shape.map((size) => integer(1, size)),
    integer(2, kFloat),
    text(8, name),
    bytes(9, raw),
  );
}

function attribute(name, value) {
  if (Array.isArray(value))
    return message(
      5,
      text(1, name),
      value.map((item) => integer(8, item)),
      integer(20, 7),
    );
  return message(5, text(1, name), integer(3, value), integer(20, 2));
}

function node(opType, inputs, output, attributes = {}) {
  return message(
    1,
    inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, `node_${output}`),
    text(4, opType),
    Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  );
}

function valueInfo(field, name, shape) {
  const dimensions = shape.map((size) => message(1, size < 0 ? text(2, 'rows') : integer(1, size)));
  return message(field, text(1, name), message(2, message(1, integer(1, kFloat), message(2, dimensions))));
}

/** An activation is a node of its own in ONNX: `compute` names the value before it. */
function activated(layer, nodes) {
  if (!layer.activation || layer.activation === 'none') return nodes(layer.output);
  const before = `${layer.output}_linear`;
  const clip = node('Clip', [before, 'zero', 'six'], layer.output);
  return [...nodes(before), layer.activation === 'relu6' ? clip : node('Relu', [before], layer.output)];
}

const square = (kernel, stride, pads) => ({kernel_shape: [kernel, kernel], strides: [stride, stride], pads});

// One row per kind of layer: its ONNX nodes.
const layerNodes = {
  conv: (layer) =>
    activated(layer, (output) => [
      node('Conv', [layer.inputs[0], `${layer.output}_weight`, `${layer.output}_bias`], output, {
        ...square(layer.kernel, layer.stride, layer.pads),
        group: layer.groups,
        dilations: [1, 1],
      }),
    ]),
  add: (layer) => activated(layer, (output) => [node('Add', layer.inputs, output)]),
  maxPool: (layer) => [node('MaxPool', layer.inputs, layer.output, square(layer.kernel, layer.stride, layer.pads))],
  mean: (layer) => [
    node('GlobalAveragePool', layer.inputs, `${layer.output}_pooled`),
    node('Flatten', [`${layer.output}_pooled`], layer.output, {axis: 1}),
  ],
  flatten: (layer) => [node('Flatten', layer.inputs, layer.output, {axis: 1})],
  dense: (layer) =>
    activated(layer, (output) => [
      node('Gemm', [layer.inputs[0], `${layer.output}_weight`, `${layer.output}_bias`], output, {transB: 1}),
    ]),
};

/** The file's bytes; `rows`: of a batch, -1 for any number. `weights`: layer output name to {shape, weight, bias}, in ONNX's own layouts. */
export function writeOnnx(network, weights, rows = 1) {
  const initializers = Object.entries(weights).flatMap(([output, {shape, weight, bias}]) => [
    tensor(`${output}_weight`, shape, weight),
    tensor(`${output}_bias`, [bias.length], bias),
  ]);
  const limits = [tensor('zero', [], new Float32Array([0])), tensor('six', [], new Float32Array([6]))];
  const classes = network.layers.at(-1).outChannels;
  const graph = message(
    7,
    network.layers.flatMap((layer) => layerNodes[layer.op](layer)),
    text(2, network.name),
    initializers,
    limits,
    valueInfo(11, network.input, [rows, ...network.inputShape.slice(1)]),
    valueInfo(12, network.output, [rows, classes]),
  );
  return Buffer.concat([
    integer(1, kIrVersion),
    text(2, 'whylight-bench'),
    graph,
    message(8, text(1, ''), integer(2, kOpset)),
  ]);
}
