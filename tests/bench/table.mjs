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

function taskRows(model, entries, task) {
  const group = entries.filter((entry) => entry.task === task);
  const own = ownEntry(group);
  const best = fastest(group.filter(({engine}) => !engine.own));
  return group.map((entry) => [
    `${model.title}, ${entry.engine.title}${entry === best ? ' *' : ''}`,
    digits(median(entry.times)),
    digits(minimum(entry.times)),
    digits((model.flops * (task === 'gradient' ? 2 : 1)) / minimum(entry.times) / 1e6),
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

/** What the budgets are about: ours against the faster peer, the gradient against our own forward. */
export function summaryTable(results) {
  const rows = results.map(({model, entries}) => {
    const of = (task) => entries.filter((entry) => entry.task === task);
    const peer = (task) => fastest(of(task).filter(({engine}) => !engine.own));
    const [forward, gradient] = [ownEntry(of('forward')), ownEntry(of('gradient'))];
    const perForward = forward && gradient ? ratio(minimum(gradient.times) / minimum(forward.times)) : '-';
    return [
      model.title,
      ...ratioCells(forward, peer('forward')),
      ...ratioCells(gradient, peer('gradient')),
      perForward,
    ];
  });
  const header = [
    'ours against the faster peer',
    'forward, median',
    'by minima',
    'gradient, median',
    'by minima',
    'our gradient / forward',
  ];
  return formatTable(header, rows);
}
