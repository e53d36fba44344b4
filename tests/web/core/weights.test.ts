// Models of many weights, and weights in files of their own.
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {fetchBeside, isBeside} from '../../../web/core/fetch.ts';
import {writeOnnx} from '../../bench/onnx-writer.mjs';
import {startWasm, wasmRequest} from './instance.ts';

type Package = typeof import('../../../web/core/index.ts');

const base = pathToFileURL('dist/').href;
const {Whylight} = (await import(`${base}whylight.js`)) as Package;
const engine = await Whylight.start({workers: 1});
const folder = mkdtempSync(path.join(tmpdir(), 'whylight-'));
after(() => {
  engine.stop();
  rmSync(folder, {recursive: true});
});

const inputs = 4096;
const hidden = 4096;
const outputs = 10;

/** Numbers between -1 and 1 without pattern. */
function numbers(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({length}, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

const first = {shape: [hidden, inputs], weight: numbers(hidden * inputs, 1), bias: numbers(hidden, 2)};
const second = {shape: [outputs, hidden], weight: numbers(outputs * hidden, 3), bias: numbers(outputs, 4)};

/** y = second * relu(first * x): 67 MB of weights. */
function largeModel(): Uint8Array {
  const dense = {op: 'dense', kernel: 1, groups: 1};
  const layers = [
    {...dense, inputs: ['x'], output: 'h', inChannels: inputs, outChannels: hidden, activation: 'relu'},
    {...dense, inputs: ['h'], output: 'y', inChannels: hidden, outChannels: outputs, activation: 'none'},
  ];
  const network = {name: 'large', input: 'x', inputShape: [1, inputs], output: 'y', layers};
  return writeOnnx(network, {h: first, y: second});
}

/** The gradient of one output, by its formula. */
function gradientOf(x: Float32Array, unit: number): Float64Array {
  const gradient = new Float64Array(inputs);
  for (let row = 0; row < hidden; ++row) {
    const weights = first.weight.subarray(row * inputs, (row + 1) * inputs);
    const before = weights.reduce((sum, weight, i) => sum + weight * x[i]!, first.bias[row]!);
    if (before <= 0) continue;
    const factor = second.weight[unit * hidden + row]!;
    for (let i = 0; i < inputs; ++i) gradient[i]! += factor * weights[i]!;
  }
  return gradient;
}

test('a large layer is loaded and differentiated without a second copy of its weights', async () => {
  const wasm = await startWasm(base, 'simd');
  const empty = wasm.memory;
  const file = largeModel();
  const explainer = wasm.open(file, []);
  const row = {shape: [1, inputs], data: numbers(inputs, 5)};
  const request = wasmRequest('gradient', '7');
  const {job} = wasm.guard(() => explainer.beginExplain(row, request));
  const {values} = wasm.guard(() => explainer.finishExplain(job, []));
  assert.ok(wasm.memory < empty + 1.4 * file.length, `took ${wasm.memory} bytes for a file of ${file.length}`);
  const wanted = gradientOf(row.data, 7);
  const scale = Math.max(...wanted.map(Math.abs));
  assert.ok(values.data.every((value, i) => Math.abs(value - wanted[i]!) < 1e-4 * scale));
  explainer.delete();
});

/** A protocol buffer's field of bytes. */
function field(number: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content as string);
  assert.ok(bytes.length < 128);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

/** y = x + b over two numbers, b in the file that `location` names. */
function splitModel(location: string): Buffer {
  const shape = Buffer.concat([field(1, Buffer.from([8, 1])), field(1, Buffer.from([8, 2]))]);
  const tensor = field(1, Buffer.concat([Buffer.from([8, 1]), field(2, shape)]));
  const type = (name: string) => Buffer.concat([field(1, name), field(2, tensor)]);
  const entry = Buffer.concat([field(1, 'location'), field(2, location)]);
  const weights = Buffer.concat([
    Buffer.from([8, 2, 16, 1]), // dims 2, float
    field(8, 'b'),
    field(13, entry),
    Buffer.from([112, 1]), // external
  ]);
  const node = Buffer.concat([field(1, 'x'), field(1, 'b'), field(2, 'y'), field(4, 'Add')]);
  const graph = Buffer.concat([field(1, node), field(5, weights), field(11, type('x')), field(12, type('y'))]);
  return Buffer.concat([
    Buffer.from([8, 8]), // IR version
    Buffer.from([58, graph.length | 128, graph.length >> 7]),
    graph,
    field(8, Buffer.from([16, 17])), // opset
  ]);
}

test('weights beside a model are fetched with it', async () => {
  const file = path.join(folder, 'model.onnx');
  const row = {shape: [1, 2], data: Float32Array.of(1, 2)};
  writeFileSync(file, splitModel('model.onnx.data'));
  await assert.rejects(engine.open(file), /model\.onnx\.data, ENOENT$/);
  await assert.rejects(
    engine.open(readFileSync(file)),
    /tensor 'b': its values are in the file 'model.onnx.data', which was not given/,
  );
  writeFileSync(path.join(folder, 'model.onnx.data'), Buffer.from(Float32Array.of(10, 20).buffer));
  const model = await engine.open(file);
  assert.deepEqual([...(await model.predict(row)).data], [11, 22]);
  model.close();
  const beside = (name: string) => Promise.resolve(readFileSync(path.join(folder, name)));
  const same = await engine.open(readFileSync(file), undefined, {beside});
  assert.deepEqual([...(await same.predict(row)).data], [11, 22]);
  same.close();
});

test('a model cannot name files elsewhere', async () => {
  for (const name of ['../other', '/etc/passwd', 'https://example.org/x', 'a\\b', 'a//b', 'x?y', 'x#y', ''])
    assert.equal(isBeside(name), false, name);
  assert.equal(isBeside('parts/model.onnx.data'), true);
  await assert.rejects(fetchBeside('model.onnx', '../x', {}), /must lie in a file beside it, found '\.\.\/x'/);
});
