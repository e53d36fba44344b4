// The shipped bundle over the shipped wasm. Everything here runs in both builds: the last test runs the file again.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {after, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath, pathToFileURL} from 'node:url';
import type {HostApi, HostLane} from '../../../web/core/lane.ts';
import type {Pool} from '../../../web/core/pool.ts';
import type {Engine, Explanation, Model, NdArray} from '../../../web/core/types.ts';
import {bestBuild, type Build} from '../../../web/core/wasm.ts';
import {startWasm, wasmRequest} from './instance.ts';

type Package = typeof import('../../../web/core/index.ts');

const base = pathToFileURL('dist/').href;
const {Whylight} = (await import(`${base}whylight.js`)) as Package;
const build = (process.env.WHYLIGHT_BUILD ?? 'simd') as Build;
const golden = JSON.parse(readFileSync('tests/golden/methods.json', 'utf8')) as {
  mlp: {input: number[]; baseline: number[]; logits: number[]; values: Record<string, {data: number[]}>};
};

const row: NdArray = {shape: [1, 3], data: Float32Array.from(golden.mlp.input)};
const baseline: NdArray = {shape: [1, 3], data: Float32Array.from(golden.mlp.baseline)};

const engines: Engine[] = [];
async function start(workers: number): Promise<Engine> {
  const engine = await Whylight.start({workers, build});
  engines.push(engine);
  return engine;
}
after(() => engines.forEach((engine) => engine.stop()));

function close(found: ArrayLike<number>, expected: number[], tolerance = 1e-4): void {
  assert.equal(found.length, expected.length);
  expected.forEach((value, index) => {
    assert.ok(
      Math.abs(found[index]! - value) <= tolerance * Math.max(1, Math.abs(value)),
      `${found[index]} ≠ ${value}`,
    );
  });
}

/** A picture that is the same everywhere: a sum of waves. */
function waves(shape: number[]): NdArray {
  const count = shape.reduce((product, size) => product * size, 1);
  return {shape, data: Float32Array.from({length: count}, (_, place) => Math.sin(place / 37) + Math.cos(place / 4111))};
}

const here = await start(0);
const two = await start(2);

for (const [name, engine] of [
  ['in this thread', here],
  ['in workers', two],
] as const) {
  test(`${name}: opens, describes, predicts and explains as the reference does`, async () => {
    const model = await engine.open('tests/golden/mlp.onnx');
    assert.equal(engine.build, build);
    assert.deepEqual(model.description.input, {name: 'input', shape: [1, 3]});
    assert.deepEqual(model.description.output, {name: 'logits', units: 2, explained: 'logits'});
    assert.deepEqual(model.description.operators, [
      {name: 'Gemm', count: 2},
      {name: 'Relu', count: 1},
    ]);
    close((await model.predict(row)).data, golden.mlp.logits);
    const request = {method: 'integrated-gradients', target: '0', settings: {steps: '50'}, inject: {baseline}};
    const explanation = await model.explain(row, request);
    close(explanation.data, golden.mlp.values['captum IG b gausslegendre n=50']!.data);
    assert.deepEqual(explanation.shape, [1, 3]);
    assert.equal(explanation.settings.steps, '50');
    assert.ok(explanation.facts.every(({name: fact, meaning}) => fact.length > 0 && meaning.length > 0));
    const top = await model.explain(row, {method: 'gradient-x-input'});
    assert.equal(top.target, '0');
    close(top.data, golden.mlp.values['captum IxG']!.data);
    model.close();
    await assert.rejects(model.predict(row), /^Error: model: has been closed$/);
  });

  test(`${name}: shows the network, its activations and what moves a hidden unit`, async () => {
    const model = await engine.open('tests/golden/mlp.onnx');
    const {graph, output} = model.description;
    assert.deepEqual(
      graph.map(({operator, fused, inputs, shape, parameters}) => ({operator, fused, inputs, shape, parameters})),
      [
        {operator: 'Gemm', fused: 'Relu', inputs: [], shape: [1, 2], parameters: 8},
        {operator: 'Gemm', fused: '', inputs: [0], shape: [1, 2], parameters: 6},
      ],
    );
    const [hidden, last] = graph;
    assert.equal(last!.layer, output.name);
    const many = waves([40, 3]);
    assert.deepEqual(await model.activations(many, last!.layer), await model.predict(many));
    const values = await model.activations(row, hidden!.layer);
    assert.deepEqual(values.shape, hidden!.shape);
    const active = values.data.findIndex((value) => value > 0);
    const unit = await model.explain(row, {method: 'gradient-x-input', target: `${hidden!.layer}@${active}`});
    assert.equal(unit.target, `${hidden!.layer}@${active}`);
    close([unit.facts.find(({name: fact}) => fact === 'target-value')!.value], [values.data[active]!]);
    const step = 1e-2;
    const {data: gradient} = await model.explain(row, {method: 'gradient', target: unit.target});
    for (const place of [0, 1, 2]) {
      const [less, more] = await Promise.all(
        [-step, step].map((by) => {
          const moved = {...row, data: row.data.map((value, at) => value + (at === place ? by : 0))};
          return model.activations(moved, hidden!.layer);
        }),
      );
      close([(more!.data[active]! - less!.data[active]!) / (2 * step)], [gradient[place]!], 1e-3);
    }
    const named = await model.explain(row, {method: 'gradient', target: `${output.name}@1`});
    assert.deepEqual(named.data, (await model.explain(row, {method: 'gradient', target: '1'})).data);
    const top = await model.explain(row, {method: 'gradient', target: `${hidden!.layer}@top`});
    assert.equal(top.target, `${hidden!.layer}@${values.data.indexOf(Math.max(...values.data))}`);
    await assert.rejects(model.activations(row, 'nowhere'), /^Error: model: there is no value named 'nowhere'$/);
    await assert.rejects(
      model.explain(row, {method: 'gradient', target: `${hidden!.layer}@9`}),
      /^Error: target: must be from 0 to 1, found 9$/,
    );
  });

  test(`${name}: errors are Errors of one sentence, and the model stays usable`, async () => {
    const model = await engine.open(readFileSync('tests/golden/mlp.onnx'));
    const cases: [() => Promise<unknown>, RegExp][] = [
      [() => model.explain(row, {method: 'magic'}), /magic.*gradient.*integrated-gradients/],
      [() => model.explain(row, {method: 'gradient', settings: {colour: 'red'}}), /^Error: gradient: .*colour/],
      [() => model.explain(row, {method: 'gradient', target: '7'}), /^Error: target: must be from 0 to 1, found 7$/],
      [() => model.explain(row, {method: 'grad-cam', settings: {layer: 'nowhere'}}), /nowhere/],
      [
        () => model.predict({shape: [1, 4], data: new Float32Array(4)}),
        /^Error: input 'input': expects Nx3, found 1x4$/,
      ],
      [() => model.predict({shape: [1, 3], data: new Float32Array(2)}), /^Error: /],
      [() => model.evaluate(row, row, {metric: 'beauty'}), /beauty.*deletion/],
      [() => model.evaluate(row, row, {metric: 'max-sensitivity'}), /^Error: max-sensitivity: .*method/],
      [() => model.evaluate(row, row, {metric: 'relevance-mass-accuracy'}), /^Error: relevance-mass-accuracy: .*mask/],
      [() => engine.open(new Uint8Array([1, 2, 3])), /^Error: /],
      [() => engine.open('tests/golden/none.onnx'), /^Error: model: cannot be read from .*none\.onnx, ENOENT$/],
    ];
    for (const [call, expected] of cases) {
      await assert.rejects(call, (error: Error) => {
        assert.match(String(error), expected);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
    }
    close((await model.predict(row)).data, golden.mlp.logits);
    model.close();
  });

  test(`${name}: a memory limit changes no result`, async () => {
    const input = waves([1, 1, 5, 5]);
    const request = {method: 'lrp', target: '1'};
    const free = await (await engine.open('tests/golden/conv_net.onnx')).explain(input, request);
    const model = await engine.open('tests/golden/conv_net.onnx', undefined, {memoryLimit: 0.001});
    assert.deepEqual((await model.explain(input, request)).data, free.data);
    const refused = engine.open('tests/golden/conv_net.onnx', undefined, {memoryLimit: -1});
    await assert.rejects(refused, /memory limit: must be above 0 MB, found -1/);
    model.close();
  });

  test(`${name}: scores come with their curves and directions`, async () => {
    const model = await engine.open('tests/golden/conv_net.onnx');
    const input = waves([1, 1, 5, 5]);
    const attribution = await model.explain(input, {method: 'gradient-x-input', target: '1'});
    const shares: number[] = [];
    const score = await model.evaluate(
      input,
      attribution,
      {metric: 'deletion', target: '1'},
      {onProgress: (share) => shares.push(share)},
    );
    assert.equal(score.metric, 'deletion');
    assert.equal(typeof score.value, 'number');
    assert.ok(score.curves[0]!.x.length > 2 && score.curves[0]!.x.length === score.curves[0]!.y.length);
    assert.ok(score.evaluations > 0);
    assert.deepEqual([shares[0], shares.at(-1)], [0, 1]);
    const request = {metric: 'max-sensitivity', target: '1', method: 'gradient', settings: {samples: '3'}};
    assert.ok((await model.evaluate(input, attribution, request)).value! >= 0);
    const mask = {shape: [5, 5], data: new Float32Array(25).fill(1)};
    const mass = await model.evaluate(input, attribution, {metric: 'relevance-mass-accuracy', target: '1', mask});
    close([mass.value!], [1]);
    const whole = await model.perturbed(input, attribution, {metric: 'deletion', target: '1'}, 0);
    assert.deepEqual(whole, input);
    const gone = await model.perturbed(input, attribution, {metric: 'deletion', target: '1'}, 1);
    assert.notDeepEqual(gone.data, input.data);
    model.close();
  });
}

test('the catalogue holds what the command and the page need', async () => {
  const {version, methods, metrics, operators} = await two.catalogue();
  assert.match(version, /^\d+\.\d+\.\d+$/);
  const names = methods.map(({name}) => name);
  for (const name of ['gradient', 'integrated-gradients', 'smoothgrad', 'grad-cam', 'occlusion', 'lrp']) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(metrics.some(({name, needsMethod}) => name === 'max-sensitivity' && needsMethod));
  assert.ok(operators.some(({name}) => name === 'Conv'));
  for (const row of [...methods, ...metrics]) {
    assert.match(row.name, /^[a-z][a-z0-9-]*$/);
    assert.ok(row.title && row.summary && row.family, row.name);
    for (const option of row.options) {
      assert.ok(['integer', 'number', 'flag', 'choice', 'layer'].includes(option.kind), option.name);
      assert.ok(option.help.length > 0, `${row.name} ${option.name}`);
      if (option.kind === 'choice') assert.ok(option.choices.includes(option.fallback), `${row.name} ${option.name}`);
    }
  }
});

test('a batch larger than one run is predicted in order', async () => {
  const model = await two.open('tests/golden/mlp.onnx');
  const batch = waves([50, 3]);
  const together = await model.predict(batch);
  assert.deepEqual(together.shape, [50, 2]);
  for (const index of [0, 15, 16, 49]) {
    const alone = await model.predict({shape: [1, 3], data: batch.data.slice(index * 3, index * 3 + 3)});
    assert.deepEqual(together.data.slice(index * 2, index * 2 + 2), alone.data);
  }
  model.close();
});

test('a layer is explained alike in a fresh worker and in one that has served others', async () => {
  const input = waves([1, 1, 5, 5]);
  const request = {method: 'grad-cam', target: '1', settings: {layer: 'relu1'}};
  const model = await here.open('tests/golden/conv_net.onnx');
  await model.explain(input, {...request, settings: {layer: 'conv2'}});
  await model.explain(input, {method: 'gradient', target: '1'});
  const used = await model.explain(input, request);
  const fresh = await (await two.open('tests/golden/conv_net.onnx')).explain(input, request);
  assert.deepEqual(used.data, fresh.data);
  assert.equal(used.layer, 'relu1');
});

test('results are bitwise the same whatever the number of workers', async () => {
  const input = waves([1, 3, 224, 224]);
  const requests = [
    {method: 'smoothgrad', settings: {samples: '6'}, seed: 3},
    {method: 'integrated-gradients', settings: {steps: '6'}},
  ];
  const results: Explanation[][] = [];
  for (const workers of [0, 1, 2, 3]) {
    const engine = await start(workers);
    const model = await engine.open('models/efficientnet-lite0/model.onnx');
    const found: Explanation[] = [];
    for (const request of requests) {
      const shares: number[] = [];
      found.push(await model.explain(input, request, {onProgress: (share) => shares.push(share)}));
      assert.ok(shares.length > 2, 'the work was not cut into chunks, so that this test shows nothing');
    }
    results.push(found);
    engine.stop();
  }
  for (const found of results.slice(1)) {
    found.forEach((explanation, index) => {
      const {data, facts, standardError, target} = results[0]![index]!;
      assert.deepEqual(explanation.data, data);
      assert.deepEqual(
        [explanation.facts, explanation.standardError, explanation.target],
        [facts, standardError, target],
      );
    });
  }
});

test('a worker that is ended in the midst of a chunk is replaced, and the result is bitwise the same', async () => {
  const input = waves([1, 3, 224, 224]);
  const request = {method: 'smoothgrad', settings: {samples: '8'}, seed: 3};
  const {pool} = two as unknown as {pool: Pool<HostApi>};
  const {lanes} = pool;
  const model = await two.open('models/efficientnet-lite0/model.onnx');
  const whole = await model.explain(input, request);
  let ended = 0;
  const disturbed = await model.explain(input, request, {
    onProgress: (share) => {
      if (share === 0 || ended > 0) return;
      ++ended;
      setTimeout(() => lanes.forEach((lane) => lane.terminate()), 5);
    },
  });
  assert.equal(ended, 1);
  assert.ok(pool.lanes.length > 0 && pool.lanes.every((lane) => !lanes.includes(lane)));
  assert.deepEqual([disturbed.data, disturbed.facts], [whole.data, whole.facts]);
  model.close();
});

/** Has `before` called whenever a worker is asked for something, with its lane and what for. */
function overhear(lanes: HostLane[], before: (lane: HostLane, call: string) => void): () => void {
  const apis = lanes.map(({api}) => api);
  lanes.forEach((lane, i) => {
    const api = new Proxy(apis[i]!, {
      get(target, call) {
        before(lane, String(call));
        return Reflect.get(target, call) as unknown;
      },
    });
    Object.assign(lane, {api});
  });
  return () => lanes.forEach((lane, i) => Object.assign(lane, {api: apis[i]!}));
}

test('a worker that ends while it puts chunks together is replaced, and the result is bitwise the same', async () => {
  const input = waves([1, 3, 224, 224]);
  const request = {method: 'integrated-gradients', settings: {steps: '6'}};
  const {pool} = two as unknown as {pool: Pool<HostApi>};
  const model = await two.open('models/efficientnet-lite0/model.onnx');
  const whole = await model.explain(input, request);
  let ended: HostLane | undefined;
  const restore = overhear(pool.lanes, (lane, call) => {
    if (call !== 'finish' || ended) return;
    ended = lane;
    queueMicrotask(() => lane.terminate()); // as soon as the call is on its way: it may take less than a millisecond
  });
  try {
    const again = await model.explain(input, request);
    assert.ok(ended && !pool.lanes.includes(ended));
    assert.deepEqual([again.data, again.facts], [whole.data, whole.facts]);
  } finally {
    restore();
  }
  model.close();
});

test('a job that is given up while it begins is ended', async () => {
  const {pool} = two as unknown as {pool: Pool<HostApi>};
  const model = await two.open('models/digits/model.onnx');
  const input = waves([1, 1, 28, 28]);
  await model.explain(input, {method: 'lrp'});
  const controller = new AbortController();
  const calls: string[] = [];
  const restore = overhear(pool.lanes, (_lane, call) => {
    calls.push(call);
    if (call === 'begin') queueMicrotask(() => controller.abort());
  });
  try {
    await assert.rejects(model.explain(input, {method: 'lrp'}, {signal: controller.signal}), {name: 'AbortError'});
    for (let turn = 0; turn < 100 && !calls.includes('end'); ++turn) await model.predict(input); // meanwhile
    assert.deepEqual(
      calls.filter((call) => call === 'begin' || call === 'end'),
      ['begin', 'end'],
    );
  } finally {
    restore();
  }
  model.close();
});

test('explanations of one pass each run side by side', async () => {
  const input = waves([1, 3, 224, 224]);
  const {pool} = two as unknown as {pool: Pool<HostApi>};
  const model = await two.open('models/efficientnet-lite0/model.onnx');
  const all = () => Promise.all(Array.from({length: 4}, () => model.explain(input, {method: 'lrp'})));
  await all(); // has both workers up, with the model
  const used = new Set<HostLane>();
  const restore = overhear(pool.lanes, (lane, call) => {
    if (call === 'finish') used.add(lane);
  });
  try {
    await all();
  } finally {
    restore();
  }
  assert.equal(used.size, 2);
  model.close();
});

test('work that goes on after a stop is ended with its worker, and its model opened in another', async () => {
  const engine = await start(2);
  const {pool} = engine as unknown as {pool: Pool<HostApi>};
  const model = await engine.open('models/efficientnet-lite0/model.onnx');
  const input = waves([1, 3, 224, 224]);
  const [busy] = pool.lanes;
  const events: string[] = [];
  busy!.died.catch(() => events.push('ended'));
  const controller = new AbortController();
  // Seconds of work in one call, of which the pool knows nothing but that it has not come back.
  const endless = (lane: HostLane) => lane.api.profile(1, input, 'gradient', 1000, 60_000);
  const running = pool.run((lane) => endless(lane).then(() => events.push('came back')), {
    signal: controller.signal,
    slot: 0,
  });
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(running, {name: 'AbortError'});
  events.push('stopped');
  await pool.run(() => Promise.resolve(events.push('next')), {slot: 0});
  assert.deepEqual(events, ['stopped', 'ended', 'next']);
  assert.notEqual(pool.lanes[0], busy);
  while (pool.lanes[0]!.known.size === 0) await sleep(5); // although it has been asked for nothing
  assert.deepEqual([...pool.lanes[0]!.known], [...busy!.known]);
  model.close();
  engine.stop();
});

test('Stop takes effect within 200 ms, and the model is usable at once', async () => {
  const model: Model = await two.open('models/efficientnet-lite0/model.onnx');
  const input = waves([1, 3, 224, 224]);
  await model.predict(input);
  const controller = new AbortController();
  const long = {method: 'occlusion', settings: {window: '8', stride: '4'}};
  let stopped = 0;
  const explaining = model.explain(input, long, {
    signal: controller.signal,
    onProgress: (share) => {
      if (share > 0 && stopped === 0) {
        stopped = performance.now();
        controller.abort();
      }
    },
  });
  await assert.rejects(explaining, {name: 'AbortError'});
  assert.ok(performance.now() - stopped < 200);
  assert.equal((await model.predict(input)).shape[1], 1000);
  model.close();
});

test('an Error can be thrown ten thousand times', async () => {
  const wasm = await startWasm(base, build);
  const explainer = wasm.open(readFileSync('tests/golden/mlp.onnx'), []);
  const before = wasm.guard(() => explainer.predict(row));
  const request = wasmRequest('gradient', '99');
  for (let time = 0; time < 10_000; ++time) {
    assert.throws(
      () => wasm.guard(() => explainer.beginExplain(row, request)),
      /^Error: target: must be from 0 to 1, found 99$/,
    );
  }
  assert.deepEqual(
    wasm.guard(() => explainer.predict(row)),
    before,
  );
  explainer.delete();
});

test('the build for relaxed SIMD passes all of this too', {skip: process.env.WHYLIGHT_BUILD !== undefined}, () => {
  const flags = bestBuild() === 'relaxed' ? [] : ['--experimental-wasm-relaxed-simd'];
  const environment: NodeJS.ProcessEnv = {...process.env, WHYLIGHT_BUILD: 'relaxed'};
  delete environment.NODE_TEST_CONTEXT; // so that it reports to us and not to the runner
  const output = execFileSync(process.execPath, [...flags, '--test', fileURLToPath(import.meta.url)], {
    env: environment,
    encoding: 'utf8',
  });
  assert.match(output, /pass [1-9]/);
});
