/** A profile as a table for people. */
import type {PassFigures, Profile, ProfileStep, ProfileSum} from '../core/types.ts';

const percent = (share: number | null | undefined) =>
  share == null ? '' : `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
const fixed = (value: number | null | undefined, places: number) => (value == null ? '' : value.toFixed(places));

/** Three digits or so, in the unit that fits: "1.23 M". */
function count(number: number): string {
  if (number < 1e3) return number === 0 ? '' : String(number);
  const [size, unit] = number < 1e6 ? [1e3, 'k'] : number < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  const value = number / size;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

const passTitles = (name: string) => [`${name} ms`, 'GFLOP/s', 'of peak'];
const passCells = (pass: PassFigures | null) => [
  fixed(pass?.milliseconds, 3),
  fixed(pass?.gflops, 1),
  percent(pass?.ofPeak),
];

/** Cells in columns: the first `left` and the last ones to the left, numbers to the right. */
function table(header: string[], rows: string[][], isText: (column: number) => boolean): string[] {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line);
}

function stepCells({share, forward, backward, multiplyAdds, shape, layout, operator, name}: ProfileStep): string[] {
  const place = layout === 'plain' ? '' : ' last';
  const size = shape.join(' x ') + place;
  return [percent(share), ...passCells(forward), ...passCells(backward), count(multiplyAdds), size, operator, name];
}

function sumCells({share, forward, backward, multiplyAdds, operator, steps}: ProfileSum): string[] {
  return [percent(share), ...passCells(forward), ...passCells(backward), count(multiplyAdds), String(steps), operator];
}

export function describeProfile(path: string, profile: Profile, order: 'time' | 'order'): string {
  const {way, rows, rounds, counted, build, tilePeak, memory, steps, operators, total} = profile;
  const back = way === 'none' ? 'nothing' : way === 'lrp' ? 'relevance (LRP)' : 'the gradient';
  const how = counted < rounds ? `mean of the ${counted} quieter of ${rounds} rounds` : `median of ${rounds} rounds`;
  const sorted = order === 'time' ? [...steps].sort((a, b) => b.share - a.share) : steps;
  const passes = ['share', ...passTitles('forward'), ...passTitles('backward'), 'multiply-adds'];
  return [
    `${path}: ${rows} ${rows === 1 ? 'row' : 'rows'} forward, ${back} backward; ${how}, build ${build}`,
    `peak        ${tilePeak.toFixed(1)} GFLOP/s, the bare 4x8 register tile on cached data`,
    `memory      ${(memory / 1e6).toFixed(1)} MB of wasm memory at most`,
    '',
    ...table([...passes, 'steps', 'operator'], [...operators, total].map(sumCells), (column) => column > 8),
    '',
    ...table([...passes, 'output', 'operator', 'node'], sorted.map(stepCells), (column) => column > 7),
    '',
    'Two operations a multiply-add; "last": channels innermost in memory; a blank: nothing to count or to run.',
  ].join('\n');
}
