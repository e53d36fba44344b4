// Prints the figures of our module alone, one table for each.

import {formatTable, median, minimum} from './table.mjs';

const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
const percent = (share) => (share === null ? '' : `${(100 * share).toFixed(0)} %`);

function coldTable({whylight, onnxruntime}) {
  const row = (title, times) => [title, digits(median(times)), digits(minimum(times)), String(times.length)];
  const rows = [row("Whylight's page", whylight), row('least page with onnxruntime-web', onnxruntime)];
  return formatTable(['first result on a cold cache', 'median ms', 'min ms', 'visits'], rows);
}

function poolTable(pool) {
  const rows = pool.map(({title, one, two}) => [
    title,
    digits(minimum(one)),
    digits(minimum(two)),
    `${(minimum(one) / minimum(two)).toFixed(2)} x`,
  ]);
  return formatTable(['EfficientNet-Lite0', 'one worker, ms', 'two workers, ms', 'as fast'], rows);
}

function smallTable(small) {
  const rows = small.map(({title, rows: count, single, together, gflops, ofTile, overhead}) => [
    title,
    (1000 * single).toFixed(1),
    ((1000 * together) / count).toFixed(1),
    gflops.toFixed(1),
    percent(ofTile),
    overhead.toFixed(1),
  ]);
  const header = ['forward', 'alone, µs', 'a row of 64, µs', 'GFLOP/s of 64', 'of the tile', 'overhead of a call, µs'];
  return formatTable(header, rows);
}

function integratedTable({ours, theirs, rows: together, deviation, torch}) {
  const row = (title, times, note) => [title, digits(median(times)), digits(minimum(times)), note];
  const rows = [
    row('Whylight', ours, deviation.toExponential(0)),
    row(`Captum, PyTorch ${torch}, ${together} points together`, theirs, 'reference'),
  ];
  return formatTable(['integrated gradients, 20 steps', 'median ms', 'min ms', 'deviation'], rows);
}

function directTable({direct, winograd}, flops, tilePeak) {
  const row = (title, time) => [
    title,
    digits(time),
    digits(flops / time / 1e6),
    percent(flops / time / 1e6 / tilePeak),
  ];
  const rows = [row('every convolution direct', direct), row('Winograd where it pays', winograd)];
  return formatTable(['ResNet-18, forward', 'min ms', 'GFLOP/s', 'of the tile'], rows);
}

/** The time and speed of each step, the slowest first. */
function layerTable({title, profile}) {
  const pass = (figures) =>
    figures === null
      ? ['', '', '']
      : [figures.milliseconds.toFixed(3), figures.gflops?.toFixed(1) ?? '', percent(figures.ofPeak)];
  const rows = [profile.total, ...profile.steps.toSorted((a, b) => b.share - a.share)].map((step) => [
    step.name ?? 'all',
    step.name ? step.operator : '',
    step.shape?.join(' x ') ?? '',
    percent(step.share),
    ...pass(step.forward),
    ...pass(step.backward),
  ]);
  const passes = ['ms', 'GFLOP/s', 'of tile'];
  return formatTable(
    [
      title,
      'operator',
      'output',
      'share',
      ...passes.map((title) => `forward ${title}`),
      ...passes.map((title) => `backward ${title}`),
    ],
    rows,
  );
}

/** All tables that there is something for. */
export function ownTables({results, own, pool, cold, layers}) {
  const flops = results.find(({model}) => model.name === 'resnet18')?.model.flops;
  return [
    own?.direct && flops ? directTable(own.direct, flops, own.tilePeak) : undefined,
    own?.integrated ? integratedTable(own.integrated) : undefined,
    pool?.length ? poolTable(pool) : undefined,
    own ? smallTable(own.small) : undefined,
    cold ? coldTable(cold) : undefined,
    ...(layers ?? []).map(layerTable),
  ].filter(Boolean);
}
