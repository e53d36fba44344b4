/** Writes an explanation as one HTML file that is live wherever it is opened. */
import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {readCard} from '../core/card.ts';
import {deriveCard} from '../core/derive.ts';
import {readable} from '../core/digit.ts';
import {geometry, prepare, toPicture, type Prepared} from '../core/image.ts';
import {readNpy} from '../core/npy.ts';
import {forScoring} from '../core/scored.ts';
import type {Card, Catalogue, Model, Score} from '../core/types.ts';
import {formatBytes} from '../element/format.ts';
import {plainView} from '../element/view.ts';
import {assemble, fits} from '../single/assemble.ts';
import type {Live, Origin, Saved, Shell} from '../single/data.ts';
import {single as text} from '../strings/english.ts';
import {wholeNumber, type Arguments} from './arguments.ts';
import {explainFailure, readBytes} from './files.ts';
import {isPicture, readPicture} from './picture.ts';
import type {WithModel} from './record.ts';
import {rowsOf} from './rows.ts';
import {UsageError} from './usage.ts';

/** A file that was built beside the command. */
const built = (name: string): Promise<Buffer> => readFile(new URL(name, import.meta.url));

async function readJson(path: string): Promise<unknown> {
  const bytes = await readBytes(path);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    throw new UsageError(`${path}: is not JSON`);
  }
}

async function cardAt(path: string): Promise<Card> {
  const file = (await readJson(path)) as {labels?: unknown; input?: unknown};
  if (typeof file !== 'object' || file === null || !file.input) throw new UsageError(`${path}: is not a card`);
  if (typeof file.labels !== 'string') return readCard(file);
  return readCard(file, (await readJson(join(dirname(path), file.labels))) as string[]);
}

/** The card named, else card.json beside the model, else what the model's file tells. */
async function cardFor({text: {card}, model}: Arguments, opened: Model): Promise<Card> {
  const beside = join(dirname(model), 'card.json');
  if (card !== undefined) return cardAt(card);
  if (model !== '-' && existsSync(beside)) return cardAt(beside);
  try {
    return deriveCard('own', basename(model), opened.description);
  } catch {
    const {shape} = opened.description.input;
    throw new UsageError(
      `${model}: takes an input of ${shape.join(' × ')}, and only networks that take pictures of 1 or 3 channels can be put into a page`,
    );
  }
}

/** The network's row with the picture that it stands for. */
async function readInput(path: string, card: Card): Promise<Prepared> {
  const bytes = await readBytes(path);
  if (isPicture(bytes)) return prepare(readable(readPicture(bytes, path), card), card);
  if (!/\.npy$/i.test(path) && bytes[0] !== 0x93)
    throw new UsageError(`${path}: is neither a .npy file nor a PNG or JPEG picture`);
  const input = readNpy(bytes, path);
  if (rowsOf(input, path) > 1) throw new UsageError(`${path}: a page holds one row, found ${input.shape[0]}`);
  const {channels, height, width} = geometry(card);
  if (input.data.length !== channels * height * width) {
    throw new UsageError(
      `${path}: the network takes ${card.input.shape.join(' × ')}, found shape (${input.shape.join(', ')})`,
    );
  }
  return {input: {shape: card.input.shape, data: input.data}, picture: toPicture(input, card)};
}

/** What the file calls its picture: what was said, else what the card's sample of that name says, else the name. */
function originOf({text: {input = '', title}}: Arguments, card: Card): Origin {
  const sample = card.samples.find(({file}) => basename(file) === basename(input));
  if (!sample) return {title: title ?? basename(input).replace(/\.\w+$/, ''), credit: '', note: ''};
  const credit = [sample.credit || sample.source, sample.licence && `licence: ${sample.licence}`]
    .filter(Boolean)
    .join(', ');
  return {title: title ?? sample.title, credit, note: sample.note ?? ''};
}

function checkMetrics({lists}: Arguments, {metrics}: Catalogue): void {
  for (const name of lists.metric) {
    const row = metrics.find((one) => one.name === name);
    if (!row)
      throw new UsageError(`--metric: there is no ${name}, known are ${metrics.map((one) => one.name).join(', ')}`);
    if (row.needsMask) throw new UsageError(`--metric: ${name} needs a mask of the object, which a page does not hold`);
  }
}

async function explained(given: Arguments, model: Model, catalogue: Catalogue): Promise<Saved> {
  const card = await cardFor(given, model);
  const {input, picture} = await readInput(given.text.input ?? '', card);
  const {method: wanted, target, layer} = given.text;
  const method = wanted ?? card.defaults?.method ?? 'integrated-gradients';
  const settings = {...Object.fromEntries(given.lists.set), ...(layer === undefined ? {} : {layer})};
  const seed = wholeNumber(given, 'seed') ?? 0;
  const request = {method, settings, seed};
  const outputs = (await model.predict(input)).data;
  const explanation = await model.explain(input, {...request, target: target ?? 'top'});
  const scores: Score[] = [];
  for (const metric of given.lists.metric) {
    const again = catalogue.metrics.find(({name}) => name === metric)!.needsMethod
      ? {method, methodSettings: settings}
      : {};
    const asked = {metric, seed, target: explanation.target, ...again};
    scores.push(await model.evaluate(input, forScoring(explanation, card), asked));
  }
  return {
    card,
    catalogue,
    description: model.description,
    input,
    picture,
    origin: originOf(given, card),
    asked: request,
    outputs,
    explanation,
    scores,
    view: plainView,
  };
}

async function liveParts({bytes, beside}: Model): Promise<Live> {
  const size = [...beside.values()].reduce((sum, {length}) => sum + length, bytes.length);
  if (!fits({bytes, beside})) throw new UsageError(text.tooLarge(formatBytes(size)));
  const [worker, wasm] = await Promise.all([built('worker.js'), built('whylight-simd.wasm')]);
  return {bytes, beside, worker: worker.toString(), wasm};
}

export async function page(given: Arguments, withModel: WithModel): Promise<void> {
  const {output = ''} = given.text;
  await withModel(given, wholeNumber(given, 'workers'), async (model, engine) => {
    const catalogue = await engine.catalogue();
    checkMetrics(given, catalogue);
    const saved = await explained(given, model, catalogue);
    const shell = JSON.parse((await built('single.json')).toString()) as Shell;
    const file = await assemble(saved, shell, given.pictureOnly ? undefined : await liveParts(model));
    const bytes = Buffer.from(file.join(''));
    if (output === '-') return void process.stdout.write(bytes);
    await writeFile(output, bytes).catch((error: unknown) => {
      throw explainFailure('written', output, error);
    });
    const {method, target} = saved.explanation;
    const facts = {file: output, bytes: bytes.length, model: saved.card.title, method, target};
    if (given.json) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
    else process.stdout.write(`${output}: ${formatBytes(bytes.length)}, ${method} of output ${target}\n`);
  });
}
