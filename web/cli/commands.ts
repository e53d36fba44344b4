/** The commands: each reads its arguments, asks the engine, and writes its result. */
import {dirname, join} from 'node:path';
import {isBeside} from '../core/fetch.ts';
import type {
  Catalogue,
  Engine,
  EvaluateRequest,
  ExplainRequest,
  Explanation,
  MethodRow,
  MetricRow,
  Model,
  NdArray,
  Profile,
  Score,
} from '../core/types.ts';
import {version} from '../core/version.ts';
import type {Build} from '../core/wasm.ts';
import {Whylight} from '../core/whylight.ts';
import {oneOf, wholeNumber, type Arguments, type CommandName} from './arguments.ts';
import {readArray, readBytes, writeArray} from './files.ts';
import {rowsText} from './help.ts';
import {page} from './page.ts';
import {describeExplanation, describeModel, describeScore, topOf} from './print.ts';
import {describeProfile} from './print-profile.ts';
import {repeat, writeRecord} from './record.ts';
import {partFor, rowOf, rowsOf, stackRows} from './rows.ts';
import {UsageError} from './usage.ts';

function print(text: string): void {
  process.stdout.write(text + '\n');
}

function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

function checkOutput({text, json}: Arguments): void {
  if (json && text.output === '-') throw new UsageError('--json and --output -: both want standard output');
  if (text.record === '-' && (json || text.output === '-'))
    throw new UsageError(`--record - and ${json ? '--json' : '--output -'}: both want standard output`);
}

/** Opens the model and runs the work, with an engine that is stopped in any case. */
async function withModel(
  given: Arguments,
  workers: number | undefined,
  work: (model: Model, engine: Engine) => Promise<void>,
  build?: Build,
) {
  const engine = await Whylight.start({...(workers === undefined ? {} : {workers}), ...(build ? {build} : {})});
  const folder = dirname(given.model);
  const beside = (name: string) =>
    given.model !== '-' && isBeside(name) ? readBytes(join(folder, name)) : Promise.resolve(undefined);
  try {
    const memoryLimit = wholeNumber(given, 'memory-limit');
    const options = memoryLimit === undefined ? {beside} : {beside, memoryLimit};
    await work(await engine.open(await readBytes(given.model), undefined, options), engine);
  } finally {
    engine.stop();
  }
}

/** The catalogue, from an engine without workers. */
export async function readCatalogue(): Promise<Catalogue> {
  const engine = await Whylight.start({workers: 0});
  try {
    return await engine.catalogue();
  } finally {
    engine.stop();
  }
}

/** What --profile and its options ask for; without it they are refused. */
async function profileOf(given: Arguments, model: Model): Promise<Profile | undefined> {
  const way = oneOf(given, 'way', ['gradient', 'lrp', 'none']);
  const rounds = wholeNumber(given, 'rounds') ?? 24;
  if (rounds < 1) throw new UsageError(`--rounds: takes a whole number from 1, found ${rounds}`);
  const path = given.text.input;
  if (!given.profile) return undefined;
  const input = path === undefined ? undefined : await readArray(path);
  const progress = progressOf(1);
  const profile = await model.profile(input, {way, rounds}, {onProgress: progress.at(0)});
  progress.end();
  return profile;
}

async function inspect(given: Arguments): Promise<void> {
  const order = oneOf(given, 'sort', ['time', 'order']);
  const alone = (['input', 'way', 'rounds', 'sort'] as const).find((flag) => given.text[flag] !== undefined);
  if (alone && !given.profile) throw new UsageError(`--${alone}: belongs to --profile, found none`);
  await withModel(given, 0, async (model, {build, sha256: wasm}) => {
    const versions = {whylight: version, build, wasm, model: await model.sha256()};
    const profile = await profileOf(given, model);
    if (given.json) printJson({...model.description, unsupported: [], versions, ...(profile ? {profile} : {})});
    else
      print(
        profile
          ? describeProfile(given.model, profile, order)
          : describeModel(given.model, model.description, versions),
      );
  });
}

async function predict(given: Arguments): Promise<void> {
  checkOutput(given);
  const {input: path = '', output} = given.text;
  const input = await readArray(path);
  const rows = rowsOf(input, path);
  await withModel(given, wholeNumber(given, 'workers'), async (model) => {
    const result = await model.predict(input);
    if (output !== undefined) await writeArray(output, result);
    const best = Array.from({length: rows}, (_, row) => topOf(rowOf(result, row)));
    if (given.json) {
      const values = output === undefined ? {values: Array.from(result.data)} : {};
      printJson({shape: result.shape, rows: best.map((top) => ({top})), ...values});
    } else if (output !== '-') {
      best.forEach((top, row) => print(`row ${row}: ${top.map(({index, value}) => `${index} (${value})`).join(', ')}`));
    }
  });
}

async function activations(given: Arguments): Promise<void> {
  checkOutput(given);
  const {input: path = '', layer = '', output} = given.text;
  if (output === undefined && !given.json)
    throw new UsageError('whylight activations: needs --output FILE.npy, found none');
  const input = await readArray(path);
  rowsOf(input, path);
  await withModel(given, wholeNumber(given, 'workers'), async (model) => {
    const {shape, data} = await model.activations(input, layer);
    if (output !== undefined) await writeArray(output, {shape, data});
    if (given.json) printJson({layer, shape, ...(output === undefined ? {values: Array.from(data)} : {})});
    else if (output !== '-') print(`${layer}: ${shape.join(' x ')}`);
  });
}

interface Given {
  settings: Record<string, string>;
  inject: Record<string, NdArray>;
}

/** --set, --layer and --inject; an option whose value is a .npy file is an array to inject under its name. */
async function readGiven({text, lists}: Arguments): Promise<Given> {
  const settings: Record<string, string> = text.layer === undefined ? {} : {layer: text.layer};
  const inject: Record<string, NdArray> = {};
  for (const [name, value] of lists.set) {
    if (value.endsWith('.npy')) inject[name] = await readArray(value);
    else settings[name] = value;
  }
  for (const [name, path] of lists.inject) inject[name] = await readArray(path);
  return {settings, inject};
}

function injectFor(inject: Record<string, NdArray>, row: number, rows: number): Record<string, NdArray> {
  if (!inject.baseline) return inject;
  return {...inject, baseline: partFor(inject.baseline, row, rows)};
}

/** Shows on a terminal how far rows and chunks are. */
function progressOf(rows: number) {
  const shown = process.stderr.isTTY;
  return {
    at: (row: number) => (share: number) => {
      if (shown) process.stderr.write(`\r${Math.floor((100 * (row + share)) / rows)} %`);
    },
    end: () => {
      if (shown) process.stderr.write('\r      \r');
    },
  };
}

async function explain(given: Arguments): Promise<void> {
  checkOutput(given);
  const {input: path = '', method = '', output, target, record} = given.text;
  if (output === undefined && record === undefined && !given.json)
    throw new UsageError('whylight explain: needs --output FILE.npy, found none');
  const input = await readArray(path);
  const rows = rowsOf(input, path);
  if (record !== undefined && rows > 1)
    throw new UsageError(`--record: holds one explanation, found ${rows} rows in ${path}`);
  const {settings, inject} = await readGiven(given);
  const request: ExplainRequest = {method, settings, seed: wholeNumber(given, 'seed') ?? 0};
  if (target !== undefined) request.target = target;
  await withModel(given, wholeNumber(given, 'workers'), async (model, engine) => {
    const progress = progressOf(rows);
    const results: Explanation[] = [];
    for (let row = 0; row < rows; ++row) {
      const asked = {...request, inject: injectFor(inject, row, rows)};
      results.push(await model.explain(rowOf(input, row), asked, {onProgress: progress.at(row)}));
    }
    progress.end();
    if (record !== undefined) await writeRecord(record, given, {engine, model, input, request, inject}, results[0]!);
    await writeExplanations(given, results);
  });
}

async function writeExplanations(given: Arguments, results: Explanation[]): Promise<void> {
  const {output, record} = given.text;
  const all = stackRows(results);
  if (output !== undefined) await writeArray(output, all);
  if (given.json) {
    const [{method = '', settings = {}, layer = '', workers = 0} = {}] = results;
    const rows = results.map(({target, facts, baseline, milliseconds}) => ({target, facts, baseline, milliseconds}));
    const values = output === undefined ? {values: Array.from(all.data)} : {};
    printJson({method, settings, layer, workers, shape: all.shape, rows, ...values});
  } else if (output !== '-' && record !== '-') {
    results.forEach((result, row) => print(describeExplanation(row, result)));
  }
}

/** Options go to the metric if it has them, else to the method; "method.NAME" goes to the method in any case. */
function divide(settings: Record<string, string>, metric: MetricRow | undefined, method: MethodRow | undefined) {
  const forMetric: Record<string, string> = {};
  const forMethod: Record<string, string> = {};
  const has = (row: MethodRow | MetricRow | undefined, name: string) =>
    row?.options.some((option) => option.name === name);
  for (const [name, value] of Object.entries(settings)) {
    if (name.startsWith('method.')) forMethod[name.slice('method.'.length)] = value;
    else if (!has(metric, name) && has(method, name)) forMethod[name] = value;
    else forMetric[name] = value;
  }
  return {settings: forMetric, methodSettings: forMethod};
}

async function readEvaluation(given: Arguments): Promise<EvaluateRequest> {
  const {metric = '', method, target} = given.text;
  const catalogue = await readCatalogue();
  const {settings, inject} = await readGiven(given);
  const request: EvaluateRequest = {
    metric,
    inject,
    seed: wholeNumber(given, 'seed') ?? 0,
    ...divide(
      settings,
      catalogue.metrics.find(({name}) => name === metric),
      catalogue.methods.find(({name}) => name === method),
    ),
  };
  if (target !== undefined) request.target = target;
  if (method !== undefined) request.method = method;
  return request;
}

async function evaluate(given: Arguments): Promise<void> {
  const {input: path = '', attribution: attributionPath = '', mask: maskPath} = given.text;
  const input = await readArray(path);
  const rows = rowsOf(input, path);
  const attribution = await readArray(attributionPath);
  if (attribution.shape[0] !== rows) {
    throw new UsageError(
      `${attributionPath}: must have the ${rows} rows of ${path}, found shape (${attribution.shape.join(', ')})`,
    );
  }
  const mask = maskPath === undefined ? undefined : await readArray(maskPath);
  const request = await readEvaluation(given);
  await withModel(given, wholeNumber(given, 'workers'), async (model) => {
    const progress = progressOf(rows);
    const scores: Score[] = [];
    for (let row = 0; row < rows; ++row) {
      const asked: EvaluateRequest = {...request, inject: injectFor(request.inject ?? {}, row, rows)};
      if (mask) asked.mask = partFor(mask, row, rows);
      const options = {onProgress: progress.at(row)};
      scores.push(await model.evaluate(rowOf(input, row), rowOf(attribution, row), asked, options));
    }
    progress.end();
    if (given.json) printJson({metric: request.metric, settings: scores[0]?.settings, rows: scores});
    else scores.forEach((score, row) => print(describeScore(row, score)));
  });
}

async function list(kind: 'methods' | 'metrics', given: Arguments): Promise<void> {
  const rows = (await readCatalogue())[kind];
  if (given.json) printJson(rows);
  else print(rowsText(rows));
}

/** The commands by name. */
export const run: Record<CommandName, (given: Arguments) => Promise<void>> = {
  inspect,
  predict,
  activations,
  explain,
  repeat: (given) => repeat(given, withModel),
  page: (given) => page(given, withModel),
  evaluate,
  methods: (given) => list('methods', given),
  metrics: (given) => list('metrics', given),
};
