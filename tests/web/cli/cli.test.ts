// The command from end to end: dist/cli.js as it is shipped.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, test} from 'node:test';
import {readNpy, writeNpy} from '../../../web/core/npy.ts';
import {version} from '../../../web/core/version.ts';
import type {MethodRow, MetricRow, ModelDescription, Profile, Score} from '../../../web/core/types.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'whylight-'));
after(() => rmSync(folder, {recursive: true}));
const at = (name: string) => path.join(folder, name);
const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

interface Versions {
  whylight: string;
  build: string;
  wasm: string;
  model: string;
}
const golden = JSON.parse(readFileSync('tests/golden/methods.json', 'utf8')) as {
  mlp: {input: number[]; baseline: number[]; logits: number[]; values: Record<string, {data: number[]}>};
};
const mlp = 'tests/golden/mlp.onnx';
const convNet = 'tests/golden/conv_net.onnx';

function save(name: string, shape: number[], data: number[]): string {
  writeFileSync(at(name), writeNpy({shape, data: Float32Array.from(data)}));
  return at(name);
}
const x = save('x.npy', [1, 3], golden.mlp.input);
const b = save('b.npy', [1, 3], golden.mlp.baseline);
const three = save('three.npy', [3, 3], [...golden.mlp.input, 0.5, 2, -1, -1, 0.25, 3]);
const wave = Array.from({length: 25}, (_, place) => (((place * 7) % 11) - 5) / 4);
const picture = save('picture.npy', [1, 1, 5, 5], wave);

function run(args: string[], input?: Uint8Array) {
  const {status, stdout, stderr} = spawnSync(process.execPath, ['dist/cli.js', ...args], {
    ...(input ? {input} : {}),
    maxBuffer: 1 << 26,
  });
  return {status, bytes: stdout, text: stdout.toString(), error: stderr.toString()};
}

/** The output of a run that must succeed. */
function good(...args: string[]): string {
  const {status, text, error} = run(args);
  assert.deepEqual([status, error], [0, ''], args.join(' '));
  return text;
}
const json = <Result>(...args: string[]): Result => JSON.parse(good(...args, '--json')) as Result;

/** The one line that a run which must fail says. */
function bad(...args: string[]): string {
  const {status, text, error} = run(args);
  assert.deepEqual([status, text], [2, ''], `${args.join(' ')}: ${text}`);
  assert.match(error, /^[^\n]+\n$/);
  return error.trim();
}

function close(found: ArrayLike<number>, expected: number[], tolerance = 1e-4): void {
  assert.equal(found.length, expected.length);
  expected.forEach((value, index) => {
    assert.ok(
      Math.abs(found[index]! - value) <= tolerance * Math.max(1, Math.abs(value)),
      `${found[index]} ≠ ${value}`,
    );
  });
}

test('inspect', () => {
  const text = good('inspect', mlp);
  for (const part of ['14 parameters', 'Gemm 2', 'relu1', 'unsupported none']) assert.ok(text.includes(part), part);
  const model = json<ModelDescription & {unsupported: string[]; versions: Versions}>('inspect', mlp);
  assert.deepEqual(model.input, {name: 'input', shape: [1, 3]});
  assert.deepEqual([model.parameters, model.opset, model.unsupported], [14, 17, []]);
  const {build, ...versions} = model.versions;
  assert.deepEqual(versions, {whylight: version, wasm: hashOf(`dist/whylight-${build}.wasm`), model: hashOf(mlp)});
  for (const part of [versions.wasm, versions.model, `${build} build`]) assert.ok(text.includes(part), part);
});

test('inspect --profile times every step', () => {
  const text = good('inspect', convNet, '--profile', '--rounds', '2');
  for (const part of [/peak\s+\d+\.\d GFLOP\/s/, /memory\s+\d+\.\d MB/, /Conv\s+\S+/, /\n *100 %/])
    assert.match(text, part);
  const {profile} = json<{profile: Profile}>('inspect', convNet, '--profile', '--way', 'lrp', '--input', picture);
  assert.deepEqual([profile.way, profile.rounds, profile.counted, profile.rows], ['lrp', 24, 24, 1]);
  const conv = profile.steps.find(({operator}) => operator === 'Conv')!;
  assert.ok(conv.multiplyAdds > 0 && conv.forward.milliseconds > 0 && conv.backward!.milliseconds > 0);
  const sum = profile.steps.reduce((total, {share}) => total + share, 0);
  assert.ok(Math.abs(sum - 1) < 1e-6, `shares sum to ${sum}`);
  assert.ok(profile.memory >= 32 << 20 && profile.tilePeak > 0.1);
});

test('inspect --profile in order, forward only', () => {
  const lines = good('inspect', mlp, '--profile', '--way', 'none', '--rounds', '1', '--sort', 'order').split('\n');
  const start = lines.findIndex((line) => /output\s+operator\s+node$/.test(line)) + 1;
  const names = lines.slice(start, lines.indexOf('', start)).map((line) => line.split(/\s+/).at(-2));
  assert.deepEqual(names, ['Gemm', 'Gemm']);
});

test('activations writes a value inside the network, and explain takes a unit of it', () => {
  const {layers} = json<ModelDescription>('inspect', convNet);
  const layer = layers.find(({shape}) => shape.length === 4)!;
  assert.equal(
    good('activations', convNet, '--input', picture, '--layer', layer.name, '--output', at('a.npy')),
    `${layer.name}: ${layer.shape.join(' x ')}\n`,
  );
  const {shape, data} = readNpy(readFileSync(at('a.npy')));
  assert.deepEqual(shape, layer.shape);
  const space = shape[2]! * shape[3]!;
  const channel = data.slice(space, 2 * space).reduce((sum, value) => sum + value, 0);
  const target = `${layer.name}@1`;
  const {rows} = json<{rows: {target: string; facts: {name: string; value: number}[]}[]}>(
    ...['explain', convNet, '--input', picture, '--method', 'lrp', '--target', target, '--output', at('m.npy')],
  );
  assert.equal(rows[0]!.target, target);
  close([rows[0]!.facts.find(({name}) => name === 'target-value')!.value], [channel]);
  assert.deepEqual(readNpy(readFileSync(at('m.npy'))).shape, [1, 1, 5, 5]);
  assert.match(
    good('explain', convNet, '--input', picture, '--method', 'gradient', '--target', target, '--output', at('m.npy')),
    new RegExp(`^row 0: gradient of ${target}, `),
  );
  assert.match(bad('activations', convNet, '--input', picture), /needs --layer VALUE/);
  assert.match(bad('activations', convNet, '--input', picture, '--layer', layer.name), /needs --output FILE\.npy/);
});

test('predict writes the output, prints the best, takes many rows', () => {
  const text = good('predict', mlp, '--input', x, '--output', at('y.npy'));
  assert.match(text, /^row 0: 0 \(8\.25\), 1 \(2\.75\)\n$/);
  close(readNpy(readFileSync(at('y.npy'))).data, golden.mlp.logits);
  const result = json<{shape: number[]; values: number[]; rows: {top: {index: number}[]}[]}>(
    'predict',
    mlp,
    '--input',
    three,
  );
  assert.deepEqual([result.shape, result.rows.length, result.values.length], [[3, 2], 3, 6]);
  assert.equal(result.rows[0]!.top[0]!.index, 0);
});

test('explain matches the reference; a baseline comes from a file, given either way', () => {
  const expected = golden.mlp.values['captum IG b gausslegendre n=50']!.data;
  const common = [
    'explain',
    mlp,
    '--input',
    x,
    '--method',
    'integrated-gradients',
    '--target',
    '0',
    '--set',
    'steps=50',
  ];
  const text = good(...common, '--set', `baseline=${b}`, '--output', at('a.npy'));
  assert.match(text, /^row 0: integrated-gradients of output 0, /);
  close(readNpy(readFileSync(at('a.npy'))).data, expected);
  const result = json<{values: number[]; rows: {target: string}[]; settings: Record<string, string>}>(
    ...common,
    '--inject',
    `baseline=${b}`,
  );
  close(result.values, expected);
  assert.equal(result.rows[0]!.target, '0');
  assert.equal(result.settings.steps, '50');
});

test('a memory limit changes no result', () => {
  const results = [[], ['--memory-limit', '1']].map((limit) => {
    good('explain', mlp, '--input', three, '--method', 'lrp', ...limit, '--output', at('s.npy'));
    return readNpy(readFileSync(at('s.npy')));
  });
  assert.deepEqual(results[1], results[0]);
});

test('rows are explained one by one and stacked, whatever the number of workers', () => {
  const results = ['0', '1', '2'].map((workers) => {
    good('explain', mlp, '--input', three, '--method', 'smoothgrad', '--workers', workers, '--output', at('s.npy'));
    return readNpy(readFileSync(at('s.npy')));
  });
  assert.deepEqual(results[0]!.shape, [3, 3]);
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
  good('explain', mlp, '--input', x, '--method', 'smoothgrad', '--output', at('first.npy'));
  assert.deepEqual(readNpy(readFileSync(at('first.npy'))).data, results[0]!.data.slice(0, 3));
});

test('the seed matters, and repeats', () => {
  const values = ['1', '1', '2'].map((seed) => {
    const args = ['explain', mlp, '--input', x, '--method', 'smoothgrad', '--set', 'sigma=2', '--seed', seed];
    return json<{values: number[]}>(...args).values;
  });
  assert.deepEqual(values[0], values[1]);
  assert.notDeepEqual(values[0], values[2]);
});

test('- is standard input and output', () => {
  const args = ['explain', mlp, '--input', '-', '--method', 'gradient-x-input', '--target', '0', '--output', '-'];
  const {status, bytes, error} = run(args, readFileSync(x));
  assert.deepEqual([status, error], [0, '']);
  close(readNpy(bytes).data, golden.mlp.values['captum IxG']!.data);
  assert.match(bad(...args, '--json'), /standard output/);
});

test('--layer is --set layer=', () => {
  const common = ['explain', convNet, '--input', picture, '--method', 'grad-cam', '--target', '1'];
  const one = json<{values: number[]; layer: string}>(...common, '--layer', 'relu1');
  const other = json<{values: number[]; layer: string}>(...common, '--set', 'layer=relu1');
  assert.equal(one.layer, 'relu1');
  assert.deepEqual(one.values, other.values);
});

test('evaluate scores each row, with a mask, with a method', () => {
  const attribution = at('maps.npy');
  good(
    'explain',
    convNet,
    '--input',
    picture,
    '--method',
    'gradient-x-input',
    '--target',
    '1',
    '--output',
    attribution,
  );
  const common = ['evaluate', convNet, '--input', picture, '--attribution', attribution, '--target', '1', '--metric'];
  const deletion = json<{metric: string; rows: Score[]}>(...common, 'deletion');
  assert.equal(deletion.metric, 'deletion');
  assert.equal(deletion.rows.length, 1);
  assert.equal(typeof deletion.rows[0]!.value, 'number');
  assert.ok(deletion.rows[0]!.curves.length > 0);
  const mask = save('mask.npy', [5, 5], Array<number>(25).fill(1));
  assert.match(
    good(...common, 'relevance-mass-accuracy', '--mask', mask),
    /^row 0: relevance-mass-accuracy (1|0\.9999)/,
  );
  const settings = ['--set', 'samples=4', '--method', 'integrated-gradients', '--set', 'steps=3'];
  const sensitive = json<{rows: Score[]; settings: Record<string, string>}>(...common, 'max-sensitivity', ...settings);
  assert.equal(sensitive.settings.samples, '4');
  assert.ok(sensitive.rows[0]!.value! >= 0);
});

test('methods, metrics and help come from the catalogue', () => {
  const methods = json<MethodRow[]>('methods');
  const metrics = json<MetricRow[]>('metrics');
  const texts = [good('methods') + good('explain', '--help'), good('metrics') + good('evaluate', '--help')];
  [methods, metrics].forEach((rows, index) => {
    for (const row of rows) {
      assert.ok(texts[index]!.split(`${row.name}: ${row.summary}`).length === 3, row.name);
      for (const option of row.options) assert.ok(texts[index]!.includes(option.help), option.name);
    }
  });
  assert.match(good('--help'), /inspect[^]*evaluate[^]*metrics/);
  const [number, ...files] = good('--version').trim().split('\n');
  assert.match(number!, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(
    files,
    ['simd', 'relaxed'].map((build) => `whylight-${build}.wasm SHA-256 ${hashOf(`dist/whylight-${build}.wasm`)}`),
  );
});

test('mistakes give one line and exit code 2', () => {
  const explain = ['explain', mlp, '--input', x, '--output', at('never.npy'), '--method'];
  const cases: [string[], RegExp][] = [
    [[], /needs a command, one of inspect, predict/],
    [['paint'], /no such command, paint/],
    [['inspect'], /needs a model/],
    [['inspect', mlp, 'another.onnx'], /unexpected argument, another\.onnx/],
    [['inspect', at('missing.onnx')], /missing\.onnx: cannot be read, there is no such file/],
    [['inspect', x], /^.+: .+/],
    [['predict', mlp], /needs --input X\.npy/],
    [['predict', mlp, '--input', mlp], /mlp\.onnx: is not a \.npy file/],
    [['predict', mlp, '--input', picture], /input 'input': expects Nx3, found 1x1x5x5/],
    [['predict', mlp, '--input', x, '--colour', 'red'], /colour/],
    [['predict', mlp, '--input', x, '--workers', 'two'], /--workers: takes a whole number from 0, found two/],
    [['predict', mlp, '--input', x, '--memory-limit', '0'], /memory limit: must be above 0 MB, found 0/],
    [[...explain, 'magic'], /magic.*gradient.*integrated-gradients.*lrp/],
    [[...explain, 'smoothgrad', '--set', 'sample=3'], /smoothgrad: .*sample/],
    [[...explain, 'smoothgrad', '--set', 'samples=many'], /smoothgrad: .*many/],
    [[...explain, 'smoothgrad', '--set', 'samples'], /--set: takes name=value, found samples/],
    [[...explain, 'gradient', '--target', '9'], /target: must be from 0 to 1, found 9/],
    [[...explain, 'gradient', '--target', 'cat'], /target: .*cat/],
    [[...explain, 'grad-cam', '--layer', 'nowhere'], /nowhere/],
    [[...explain, 'smoothgrad', '--inject', `noise=${at('none.npy')}`], /none\.npy: cannot be read/],
    [['explain', mlp, '--input', x, '--method', 'gradient'], /needs --output/],
    [['evaluate', mlp, '--input', x, '--attribution', three, '--metric', 'deletion'], /must have the 1 rows/],
    [['evaluate', mlp, '--input', x, '--attribution', x, '--metric', 'beauty'], /beauty.*deletion/],
  ];
  for (const [args, expected] of cases) assert.match(bad(...args), expected, args.join(' '));
  assert.ok(!existsSync(at('never.npy')));
});
