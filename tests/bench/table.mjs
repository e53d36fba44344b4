// Prints what was measured: medians, minima and ratios, one table for each task.

export const minimum = (values) => Math.min(...values);

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/** Columns padded to their widest cell; the first column to the left, numbers to the right. A Markdown table as it stands. */
export function formatTable(header, rows) {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length), 3));
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
const ratio = (value) => `${value.toFixed(2)} x`;

/** The engine of ours that a page would run: the relaxed build where the browser has it. */
const ownEntry = (entries) => entries.find(({engine}) => engine.own);

/** How many times as fast as the peer ours is, by medians and by minima. */
function ratioCells(own, peer) {
  if (!own || !peer) return ['-', '-'];
  return [ratio(median(peer.times) / median(own.times)), ratio(minimum(peer.times) / minimum(own.times))];
}

const fastest = (entries) =>
  entries.reduce((best, entry) => (!best || minimum(entry.times) < minimum(best.times) ? entry : best), null);

/** GFLOP counted for a task; LRP has none, since what it runs depends on the signs of the values. */
function operations(model, task) {
  return {forward: model.flops, gradient: 2 * model.flops}[task];
}

function taskRows(model, entries, task) {
  const group = entries.filter((entry) => entry.task === task);
  const own = ownEntry(group);
  const best = fastest(group.filter(({engine}) => !engine.own));
  const flops = operations(model, task);
  return group.map((entry) => [
    `${model.title}, ${entry.engine.title}${entry === best ? ' *' : ''}`,
    digits(median(entry.times)),
    digits(minimum(entry.times)),
    flops ? digits(flops / minimum(entry.times) / 1e6) : '-',
    String(entry.times.length),
    entry.reference ? 'reference' : entry.deviation.toExponential(0),
    ...(entry.engine.own ? ['', ''] : ratioCells(own, entry)),
  ]);
}

/** One table for a task over all networks; `results` is [{model, entries}]. */
export function taskTable(results, task) {
  const header = [task, 'median ms', 'min ms', 'GFLOP/s', 'runs', 'deviation', 'ours faster, median', 'by minima'];
  return formatTable(
    header,
    results.flatMap(({model, entries}) => taskRows(model, entries, task)),
  );
}

/** A task of ours as a multiple of our forward, by minima. */
function perForward(entries, task) {
  const [forward, other] = ['forward', task].map((name) => ownEntry(entries.filter((entry) => entry.task === name)));
  return forward && other ? ratio(minimum(other.times) / minimum(forward.times)) : '-';
}

/** What the budgets are about: ours against the faster peer, against the bare tile (GFLOP/s), and against our own forward. */
export function summaryTable(results, tilePeak) {
  const rows = results.map(({model, entries}) => {
    const of = (task) => entries.filter((entry) => entry.task === task);
    const ratios = (task) => ratioCells(ownEntry(of(task)), fastest(of(task).filter(({engine}) => !engine.own)));
    const forward = ownEntry(of('forward'));
    const share = forward && tilePeak ? model.flops / minimum(forward.times) / 1e6 / tilePeak : NaN;
    return [
      model.title,
      ...ratios('forward'),
      `${(100 * share).toFixed(0)} %`,
      ...ratios('gradient'),
      perForward(entries, 'gradient'),
      perForward(entries, 'lrp'),
    ];
  });
  const header = [
    ...['ours against the faster peer', 'forward, median', 'by minima', 'of the tile'],
    ...['gradient, median', 'by minima', 'gradient / forward', 'LRP / forward'],
  ];
  return formatTable(header, rows);
}
