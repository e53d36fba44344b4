// The closing table: every figure that the engine is held to, with the bar it must reach, the aim, and whether it does.

import {formatTable, median, minimum} from './table.mjs';

const times = (value) => `${value.toFixed(2)} x`;
const percent = (value) => `${(100 * value).toFixed(0)} %`;
const micro = (value) => `${value.toFixed(1)} µs`;
const milliseconds = (value) => `${value.toFixed(0)} ms`;
const megabytes = (value) => `${(value / 1e6).toFixed(0)} MB`;
const kilobytes = (value) => `${(value / 1e3).toFixed(0)} kB`;

/** A row of the table; `least` and `most` say which way is good. */
const least = (title, bar, aim, show, value, other) => ({title, bar, aim, show, value, other, higher: true});
const most = (title, bar, aim, show, value, other) => ({title, bar, aim, show, value, other, higher: false});

/** The same ratio by minima, which counts, and by medians. */
function ratio(above, below) {
  if (!above?.length || !below?.length) return [];
  return [minimum(above) / minimum(below), median(above) / median(below)];
}

/** Times of a task of ours (the build that this browser takes), or of the fastest peer. */
const ours = (entries, task) => entries.find((entry) => entry.task === task && entry.engine.own)?.times;
function fastestPeer(entries, task) {
  const peers = entries.filter((entry) => entry.task === task && !entry.engine.own).map((entry) => entry.times);
  return peers.sort((a, b) => minimum(a) - minimum(b))[0];
}

function networkRows({model, entries}) {
  const forward = ours(entries, 'forward');
  const [bar, aim] = model.name === 'resnet18' ? [1.3, 2] : [1.2, 1.5];
  const of = (title) => `${title}, ${model.title}`;
  return {
    forward: least(
      of('forward, as fast as the faster peer'),
      bar,
      aim,
      times,
      ...ratio(fastestPeer(entries, 'forward'), forward),
    ),
    gradient: most(of('input gradient / forward'), 2.1, 1.9, times, ...ratio(ours(entries, 'gradient'), forward)),
    lrp: most(of('LRP epsilon-plus / forward'), 4, 3, times, ...ratio(ours(entries, 'lrp'), forward)),
  };
}

function onEfficientNet({results, own}) {
  const entries = results.find(({model}) => model.name === 'efficientnet-lite0')?.entries ?? [];
  const onnxruntime = entries.find(({engine, task}) => engine.name === 'onnxruntime' && task === 'forward')?.times;
  const {ours: integrated, theirs} = own?.integrated ?? {};
  const name = 'EfficientNet-Lite0';
  return [
    most(
      `input gradient, ${name} / onnxruntime-web's forward`,
      1,
      0.7,
      times,
      ...ratio(ours(entries, 'gradient'), onnxruntime),
    ),
    most(`integrated gradients, 20 steps, ${name} / Captum`, 1, 0.7, times, ...ratio(integrated, theirs)),
  ];
}

function directShare({results, own}) {
  const model = results.find(({model: {name}}) => name === 'resnet18')?.model;
  const time = own?.direct?.direct;
  return least(
    'share of the tile, ResNet-18 without Winograd',
    0.7,
    0.85,
    percent,
    time && model.flops / time / 1e6 / own.tilePeak,
  );
}

/** Occlusion computes only what a window changes: against as many whole passes as it has windows. */
function incremental({results, pool}) {
  const entries = results.find(({model}) => model.name === 'efficientnet-lite0')?.entries ?? [];
  const one = pool?.find(({windows}) => windows);
  const whole = ours(entries, 'forward')?.map((time) => time * (one?.windows ?? NaN));
  return least('occlusion, as fast as with whole passes', undefined, undefined, times, ...ratio(whole, one?.one));
}

/** From Stop until every worker takes work again, at worst: a worker that is not back after 150 ms is replaced. */
function halting({pool}) {
  const halts = (pool ?? []).flatMap((task) => task.halts);
  const found = halts.length > 0 ? [Math.max(...halts), median(halts)] : [];
  return most('halting, two workers', 200, 100, milliseconds, ...found);
}

function ownRows(figures) {
  const small = figures.own?.small ?? [];
  const digits = small.find(({title}) => title === 'digits');
  return [
    directShare(figures),
    ...(figures.pool ?? []).map(({title, one, two}) =>
      least(`two workers against one, ${title}`, 1.8, 1.95, times, ...ratio(one, two)),
    ),
    halting(figures),
    incremental(figures),
    least('share of the tile, digits, batch 64', 0.4, 0.6, percent, digits?.ofTile),
    ...small.map(({title, overhead}) => most(`overhead of a call, ${title}`, 30, 10, micro, overhead)),
    most(
      "first result / onnxruntime-web's",
      0.5,
      1 / 3,
      times,
      ...ratio(figures.cold?.whylight, figures.cold?.onnxruntime),
    ),
  ];
}

function memoryRows({memory, sizes}) {
  const of = (name) => memory?.find((one) => one.name === name);
  const vgg = of('vgg16');
  return [
    most(
      'memory, EfficientNet-Lite0, gradient of a batch of 8',
      600e6,
      undefined,
      megabytes,
      of('efficientnet-lite0')?.gradientBatch,
    ),
    most('memory, VGG-16, gradient / weights', 2, undefined, times, vgg && vgg.gradient / vgg.weights),
    ...sizes.map(({title, gzipped}) => most(`${title}, gzipped`, 300e3, undefined, kilobytes, gzipped)),
  ];
}

/** All rows in the order of the table. */
export function barRows(figures) {
  const networks = figures.results.map(networkRows);
  const rows = [
    ...networks.map(({forward}) => forward),
    ...networks.map(({gradient}) => gradient),
    ...onEfficientNet(figures),
    ...networks.map(({lrp}) => lrp),
    ...ownRows(figures),
    ...memoryRows(figures),
  ];
  return rows;
}

const reaches = ({value, higher}, limit) => (higher ? value >= limit : value <= limit);

function verdict(row) {
  if (!Number.isFinite(row.value)) return 'not measured';
  if (row.bar === undefined) return 'no bar';
  if (row.aim !== undefined && reaches(row, row.aim)) return 'aim';
  return reaches(row, row.bar) ? 'bar' : 'MISSED';
}

/** The table, and a line that counts. */
export function barTable(figures) {
  const rows = barRows(figures);
  const cell = (row, value) => (Number.isFinite(value) ? row.show(value) : '-');
  const limit = (row, value) => (value === undefined ? '-' : `${row.higher ? '≥' : '≤'} ${row.show(value)}`);
  const lines = rows.map((row) => [
    row.title,
    cell(row, row.value),
    cell(row, row.other),
    limit(row, row.bar),
    limit(row, row.aim),
    verdict(row),
  ]);
  const count = (name) => lines.filter((line) => line.at(-1) === name).length;
  const table = formatTable(['figure', 'found', 'by medians', 'bar', 'aim', 'reached'], lines);
  return `${table}\n\n${count('aim')} of ${rows.length} reach their aim, ${count('bar')} their bar only, ${count('MISSED')} miss it, ${count('not measured')} were not measured`;
}
