/** Writes what is needed to repeat an explanation, and repeats it. */
import {writeFile} from 'node:fs/promises';
import {basename} from 'node:path';
import {setFlagsFromString} from 'node:v8';
import {compareMaps, differences, makeRecord, readRecord, unpack, type ExplanationRecord} from '../core/record.ts';
import type {Engine, ExplainRequest, Explanation, Model, NdArray} from '../core/types.ts';
import {version} from '../core/version.ts';
import {bestBuild, type Build} from '../core/wasm.ts';
import {wholeNumber, type Arguments} from './arguments.ts';
import {explainFailure, readBytes, writeArray} from './files.ts';
import {digits} from './print.ts';
import {UsageError} from './usage.ts';

interface Made {
  engine: Engine;
  model: Model;
  input: NdArray;
  request: ExplainRequest;
  inject: Record<string, NdArray>;
}

export async function writeRecord(path: string, given: Arguments, made: Made, explanation: Explanation): Promise<void> {
  const {engine, model, input, request, inject} = made;
  const {methods} = await engine.catalogue();
  const row = methods.find(({name}) => name === explanation.method);
  const name = given.model === '-' ? 'model.onnx' : basename(given.model);
  const record = await makeRecord({
    engine: {version, build: engine.build, sha256: engine.sha256},
    model: {name, title: name, sha256: (await model.sha256()) ?? ''},
    ...(row ? {method: {title: row.title, paper: row.paper}} : {}),
    input,
    inputFrom: {name: basename(given.text.input ?? ''), title: '', credit: ''},
    seed: request.seed ?? 0,
    inject,
    explanation,
  });
  const text = `${JSON.stringify(record, null, 1)}\n`;
  if (path === '-') process.stdout.write(text);
  else
    await writeFile(path, text).catch((error: unknown) => {
      throw explainFailure('written', path, error);
    });
}

/** The build that made the record, if this machine can run it. */
function buildFor({engine}: ExplanationRecord): Build | undefined {
  if (engine.build === 'simd') return 'simd';
  if (engine.build !== 'relaxed') return undefined;
  if (bestBuild() !== 'relaxed') setFlagsFromString('--experimental-wasm-relaxed-simd'); // what Node 20 still keeps back
  return bestBuild();
}

async function injectOf({request}: ExplanationRecord, path: string): Promise<Record<string, NdArray>> {
  const arrays = Object.entries(request.inject ?? {}).map(async ([name, packed]) => {
    return [name, await unpack(packed, `${path}: ${name}`)] as const;
  });
  return Object.fromEntries(await Promise.all(arrays));
}

/** Opens the model and runs the work. */
export type WithModel = (
  given: Arguments,
  workers: number | undefined,
  work: (model: Model, engine: Engine) => Promise<void>,
  build?: Build,
) => Promise<void>;

export async function repeat(given: Arguments, withModel: WithModel): Promise<void> {
  const {record: path = '', output} = given.text;
  if (given.json && output === '-') throw new UsageError('--json and --output -: both want standard output');
  const record = readRecord(new TextDecoder().decode(await readBytes(path)), path);
  const input = await unpack(record.input, `${path}: input`);
  const saved = await unpack(record.result, `${path}: result`);
  const {method, target, settings, seed} = record.request;
  const request = {method, target, settings, seed, inject: await injectOf(record, path)};
  const work = async (model: Model, engine: Engine) => {
    const again = await model.explain(input, request);
    if (output !== undefined) await writeArray(output, again);
    const comparison = compareMaps(saved, again);
    const here = {version, build: engine.build, sha256: engine.sha256, model: (await model.sha256()) ?? ''};
    const reasons = differences(record, here);
    if (given.json) process.stdout.write(`${JSON.stringify({...comparison, differences: reasons}, null, 2)}\n`);
    else if (output !== '-') process.stdout.write(`${describe(path, comparison, reasons)}\n`);
    if (!comparison.identical) process.exitCode = 1;
  };
  await withModel(given, wholeNumber(given, 'workers'), work, buildFor(record));
}

function describe(path: string, comparison: ReturnType<typeof compareMaps>, reasons: string[]): string {
  const {identical, values, different, share, obstacle} = comparison;
  if (identical) {
    const although = reasons.length > 0 ? `, although ${reasons.join(' and ')}` : '';
    return `identical: all ${values} values are the same bit for bit as in ${path}${although}`;
  }
  const found =
    obstacle ||
    `${different} of ${values} values differ from ${path}, by at most ${digits(100 * share)} % of the largest`;
  const why = reasons.length > 0 ? reasons.join(' and ') : 'model, version and build are the same';
  return `not identical: ${found}; ${why}`;
}
