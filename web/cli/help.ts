/** Help texts, from the commands' table and the catalogue. */
import type {Catalogue, MethodRow, MetricRow, Option} from '../core/types.ts';
import {commands, flags, type CommandName} from './arguments.ts';

const indent = (text: string, by = 2) => text.replace(/^(?=.)/gm, ' '.repeat(by));

/** Lines of two columns. */
function columns(rows: [string, string][]): string {
  const width = Math.min(30, Math.max(...rows.map(([left]) => left.length)) + 2);
  return rows.map(([left, right]) => (left.length < width ? left.padEnd(width) : `${left}  `) + right).join('\n');
}

function usage(name: CommandName): string {
  const {model, needs, takes, many = []} = commands[name];
  const shown = takes.map((flag) => {
    const entry = flags[flag];
    const text = 'value' in entry ? `--${flag} ${entry.value}` : `--${flag}`;
    return needs.includes(flag) ? text : `[${text}]${'multiple' in entry || many.includes(flag) ? '…' : ''}`;
  });
  return ['whylight', name, ...(model ? ['MODEL.onnx'] : []), ...shown].join(' ');
}

export function generalHelp(version: string): string {
  const rows = Object.entries(commands).map(([name, {summary}]): [string, string] => [name, summary]);
  return `whylight ${version}: explains a neural network's decisions

usage: whylight COMMAND [ARGUMENTS]

${indent(columns(rows))}

Arrays are .npy files (page takes PNG and JPEG pictures too), - is standard input or output, every command takes --json.
whylight COMMAND --help says more.`;
}

/** "steps: a whole number from 1 to 1000, by default 32. The number of …" */
function optionLine(option: Option): [string, string] {
  const range = `${option.low} to ${option.high}`;
  const kinds: Record<Option['kind'], string> = {
    integer: `whole number, ${range}`,
    number: `number, ${range}`,
    flag: 'true or false',
    choice: option.choices.join(' | '),
    layer: 'ONNX value name',
  };
  const fallback = option.fallback === '' ? '' : `; default ${option.fallback}`;
  return [option.name, `${option.help} (${kinds[option.kind]}${fallback})`];
}

function rowText(row: MethodRow | MetricRow): string {
  const lines = [`${row.name}: ${row.summary}`];
  if ('better' in row) lines.push(`  ${row.better} is better, ${row.range}`);
  if ('needsMask' in row && row.needsMask) lines.push('  needs --mask');
  if ('needsMethod' in row && row.needsMethod) lines.push('  needs --method');
  if (row.options.length > 0) lines.push(indent(columns(row.options.map(optionLine)), 4));
  if (row.injects) lines.push(`  --inject ${row.injects}`);
  lines.push(`  ${row.paper}`);
  return lines.join('\n');
}

/** The catalogue's rows as text. */
export function rowsText(rows: (MethodRow | MetricRow)[]): string {
  return rows.map(rowText).join('\n\n');
}

export function commandHelp(name: CommandName, catalogue: Catalogue): string {
  const taken = commands[name].takes.map((flag): [string, string] => {
    const entry = flags[flag];
    return ['value' in entry ? `--${flag} ${entry.value}` : `--${flag}`, entry.help];
  });
  const parts = [`usage: ${usage(name)}`, commands[name].summary, indent(columns(taken))];
  if (name === 'explain') parts.push('Methods and their options:', rowsText(catalogue.methods));
  if (name === 'evaluate') parts.push('Metrics and their options:', rowsText(catalogue.metrics));
  return parts.join('\n\n');
}
