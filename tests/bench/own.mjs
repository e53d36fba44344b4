// Figures of our module alone, in a worker of the benchmark's page: speed of small calls and of batches, share of the register tile,
// integrated gradients against Captum.

import {startCaptum} from './captum.mjs';
import {median} from './table.mjs';

const kSteps = 20; // of integrated gradients
const kTarget = 7;
const kRounds = 4; // in which we and Captum take turns
const kTolerance = 2e-2; // of the relative L2 distance of two maps

/** Starts the worker of one of our builds; gives ask(call, argument). */
async function startOwn(page, build) {
  await page.evaluate((name) => window.bench.start('own', `/page/own-worker.js?build=${name}`, 'module'), build);
  return (call, argument = {}) => page.evaluate((parts) => window.bench.call('own', ...parts), [call, argument]);
}

/** Milliseconds of one row and of a batch, with the overhead in microseconds. */
async function smallModel(ask, title, url, rows) {
  await ask('load', {url});
  const {single, together, cost} = await ask('rates', {rows});
  const gflops = (2e-6 * cost * rows) / together;
  return {
    title,
    rows,
    single,
    together,
    gflops,
    overhead: 1000 * (single - together / rows),
  };
}

function distance(values, reference) {
  const norm = (array) => Math.sqrt(array.reduce((sum, value) => sum + value * value, 0));
  return norm(reference.map((value, i) => values[i] - value)) / norm(reference);
}

/** Ours and Captum's times for integrated gradients on one network, in turns, after a look at whether the maps agree. */
async function againstCaptum(ask, python, model) {
  const captum = await startCaptum(python, model);
  try {
    await ask('load', {name: model});
    const ours = {
      method: 'integrated-gradients',
      settings: {steps: String(kSteps), baseline: 'zero'},
      target: String(kTarget),
    };
    const theirs = {steps: kSteps, target: kTarget};
    const {values} = await ask('explain', {...ours, repeats: 1});
    const {attribution} = await captum.ask({...theirs, rows: kSteps, repeats: 1});
    const deviation = distance(values, attribution);
    if (!(deviation <= kTolerance))
      throw new Error(`integrated gradients differ from Captum's by ${deviation.toExponential(1)}`);
    const times = [];
    // All points at once, as Captum does unless told otherwise, and few, as the cache likes better: the fastest counts.
    const ways = [kSteps, 4, 1].map((rows) => ({rows, times: []}));
    for (let round = 0; round < kRounds; ++round) {
      times.push(...(await ask('explain', {...ours, repeats: 2})).times);
      for (const way of ways) way.times.push(...(await captum.ask({...theirs, rows: way.rows, repeats: 2})).times);
    }
    const fastest = ways.reduce((best, way) => (median(way.times) < median(best.times) ? way : best));
    return {ours: times, theirs: fastest.times, rows: fastest.rows, deviation, torch: captum.torch};
  } finally {
    captum.stop();
  }
}

/** `python`: {python} or {reason}; `models`: the networks of the benchmark that were chosen. */
export async function measureOwn(page, build, {python, models}) {
  const ask = await startOwn(page, build);
  try {
    const peaks = [await ask('tilePeak')];
    const small = [
      await smallModel(ask, 'digits', '/shipped/digits/model.onnx', 64),
      await smallModel(ask, '13-feature MLP', '/models/mlp.onnx', 64),
    ];
    peaks.push(await ask('tilePeak'));
    let direct;
    if (models.includes('resnet18')) {
      await ask('load', {name: 'resnet18'});
      direct = {direct: await ask('forward', {direct: true}), winograd: await ask('forward', {direct: false})};
      peaks.push(await ask('tilePeak'));
    }
    const wanted = models.includes('efficientnet-lite0') && python.python;
    const integrated = wanted ? await againstCaptum(ask, python.python, 'efficientnet-lite0') : undefined;
    // What the machine can do is the best that was seen: other programs can only take from it.
    const tilePeak = Math.max(...peaks);
    return {tilePeak, small: small.map((one) => ({...one, ofTile: one.gflops / tilePeak})), direct, integrated};
  } finally {
    await page.evaluate(() => window.bench.stop());
  }
}
