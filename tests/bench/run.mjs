// npm run bench: Whylight, tfjs and onnxruntime-web on the same networks in the same Chromium. See README.md beside this file.

import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {buildSite} from '../../web/build.mjs';
import {buildWasm, installPackages, installSystem, root} from '../../web/steps.mjs';
import {architectures} from './architectures.mjs';
import {barTable} from './bars.mjs';
import {findPython} from './captum.mjs';
import {measureColdStart} from './cold.mjs';
import {engines} from './engines.mjs';
import {kKernelTargets, kernelTable, measureKernels} from './kernels.mjs';
import {measureModel} from './measure.mjs';
import {measureMemory, memoryTable} from './memory.mjs';
import {writeModel, writeSmallModels} from './models.mjs';
import {ownTables} from './own-tables.mjs';
import {measureOwn} from './own.mjs';
import {measureLayers, measurePool} from './pool.mjs';
import {serveFolders} from './server.mjs';
import {formatTable, summaryTable, taskTable} from './table.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const kHelp = `npm run bench -- [options]
  --quick            3 rounds and a short warm-up
  --rounds N         rounds in which the engines take turns (default 12)
  --repeats N        runs of an engine in one turn (default 3)
  --models A,B       of ${Object.keys(architectures).join(', ')}
  --engines A,B      of ${engines.map(({name}) => name).join(', ')}
  --no-gradient      forward only
  --no-captum        do not install Captum and PyTorch (some gigabytes, once, into build/bench/captum) to compare integrated
                     gradients with; nor does --quick
  --python PATH      a Python that has captum, torch and numpy already, for the same
  --kernels          every kernel by itself and nothing else
  --layers           also print the time and speed of every layer
  --compare          the comparison with the other engines only: no workers, memory, first result and calls
  --peers            the other engines only: our module is neither built nor measured
  --no-build         take our module and page as they are in build/wasm and dist
  --json FILE        also write everything that was measured to FILE`;

const kChromiumArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Names given on the command line, checked against what there is. */
function chosen(given, known, what) {
  const names = given?.split(',') ?? known;
  for (const name of names)
    if (!known.includes(name)) throw new Error(`${what}: ${name} is not one of ${known.join(', ')}`);
  return names;
}

function positive(text, what) {
  if (!(Number.isInteger(Number(text)) && Number(text) > 0))
    throw new Error(`${what}: must be a positive whole number, ${text}`);
  return Number(text);
}

function readOptions() {
  const flag = {type: 'boolean', default: false};
  const text = {type: 'string'};
  const {values} = parseArgs({
    options: {
      ...{quick: flag, peers: flag, help: flag, 'no-gradient': flag, 'no-build': flag},
      ...{'no-captum': flag, layers: flag, compare: flag, kernels: flag},
      ...{rounds: text, repeats: text, models: text, engines: text, json: text, python: text},
    },
  });
  const names = chosen(
    values.engines,
    engines.map(({name}) => name),
    '--engines',
  );
  return {
    help: values.help,
    json: values.json,
    build: !values['no-build'] && !values.peers,
    gradient: !values['no-gradient'],
    alone: !values.compare && !values.peers,
    captum: {python: values.python, install: !values['no-captum'] && !values.quick},
    layers: values.layers,
    kernels: values.kernels,
    quick: values.quick,
    rounds: positive(values.rounds ?? (values.quick ? 3 : 12), '--rounds'),
    repeats: positive(values.repeats ?? 3, '--repeats'),
    warm: values.quick ? 400 : 1200,
    models: chosen(values.models, Object.keys(architectures), '--models'),
    engines: engines.filter(({name, own}) => names.includes(name) && !(own && values.peers)),
  };
}

async function prepare(options) {
  await installSystem(...(options.build ? ['build'] : []), 'bench');
  await installPackages();
  await installPackages('tests/bench');
  if (options.build) {
    await buildWasm();
    await buildSite();
  }
  if (options.alone) await buildKernels(options);
  const folder = path.join(root, 'build', 'bench');
  if (options.alone) writeSmallModels(folder);
  return options.models.map((name) => writeModel(name, folder));
}

/** They are not shipped, and so not there after a build of what is. */
async function buildKernels(options) {
  const there = (name) => existsSync(path.join(root, 'build', 'wasm', `${name}.wasm`));
  if (options.build || !kKernelTargets.every(there)) await buildWasm(kKernelTargets);
}

/** Measures them alone. */
async function runKernels(options) {
  await installSystem(...(options.build ? ['build'] : []), 'bench');
  await installPackages();
  await buildKernels(options);
  const server = await serveFolders({page: path.join(here, 'page'), whylight: path.join(root, 'build', 'wasm')});
  const browser = await launch();
  try {
    console.log(`${cpus()[0].model}, Chromium ${browser.version()}\n`);
    const kernels = await measureKernels(browser, server.url);
    console.log(kernelTable(kernels));
    if (options.json) writeFileSync(options.json, JSON.stringify({kernels}, null, 1));
  } finally {
    await browser.close();
    server.stop();
  }
}

async function launch() {
  const {chromium} = await import('playwright-core');
  return chromium.launch({executablePath: '/usr/bin/chromium', headless: true, args: kChromiumArguments});
}

function packageVersion(name) {
  return JSON.parse(readFileSync(path.join(here, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** The wasm files a page fetches, in bytes; tfjs and onnxruntime-web need their JavaScript besides. */
function readSizes() {
  return engines
    .filter(({wasm}) => wasm && existsSync(path.join(root, wasm)))
    .map(({title, own, wasm}) => {
      const file = path.join(root, wasm);
      return {
        title: `${title}, ${path.basename(wasm)}`,
        own,
        size: statSync(file).size,
        gzipped: execFileSync('gzip', ['-9c', file], {maxBuffer: 2 ** 26}).length,
      };
    });
}

function sizeTable(sizes) {
  const kilobytes = (bytes) => (bytes / 1000).toFixed(0);
  const rows = sizes.map(({title, size, gzipped}) => [title, kilobytes(size), kilobytes(gzipped)]);
  return formatTable(['wasm', 'kB', 'kB gzipped'], rows);
}

/** What only we are measured for, in the build that this browser takes. */
async function measureAlone(page, browser, url, options, models) {
  const names = models.map(({name}) => name);
  const python = await findPython(options.captum);
  if (python.reason) console.log(`Captum: ${python.reason}`);
  console.log('Kernels, calls, batches, direct convolutions, integrated gradients');
  const kernels = await measureKernels(browser, url);
  const own = await measureOwn(page, 'relaxed', {python, models: names});
  const layers = options.layers ? await measureLayers(browser, url, models) : [];
  console.log('Two workers against one');
  const pool = names.includes('efficientnet-lite0')
    ? await measurePool(browser, url, 'efficientnet-lite0', options.quick ? 1 : 3)
    : [];
  console.log('First result on a cold cache');
  const cold = await measureColdStart(browser, {repeats: options.quick ? 3 : 8});
  console.log('Memory');
  const memory = await measureMemory([...names, 'vgg16']);
  return {kernels, own, layers, pool, cold, memory};
}

async function measureAll(options, models) {
  const folders = {page: path.join(here, 'page'), peers: path.join(here, 'node_modules')};
  const build = path.join(root, 'build');
  const server = await serveFolders({
    ...folders,
    models: path.join(build, 'bench'),
    whylight: path.join(build, 'wasm'),
    package: path.join(root, 'dist'),
    shipped: path.join(root, 'models'),
  });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}/page/index.html`);
    await page.waitForFunction(() => window.bench);
    const peers = `tfjs ${packageVersion('@tensorflow/tfjs')}, onnxruntime-web ${packageVersion('onnxruntime-web')}`;
    console.log(
      `${cpus()[0].model}, Chromium ${browser.version()}, ${peers}, one thread each, ${options.rounds} rounds\n`,
    );
    const results = [];
    for (const model of models) {
      console.log(
        `${model.title}: ${(model.parameters / 1e6).toFixed(2)} M parameters, ${(model.flops / 1e9).toFixed(2)} GFLOP forward`,
      );
      results.push({model, entries: await measureModel(page, options.engines, model, options, console.log)});
    }
    const figures = await ownFigures(page, options.engines);
    const alone = options.alone ? await measureAlone(page, browser, server.url, options, models) : {};
    return {results, figures, sizes: readSizes(), ...alone};
  } finally {
    await browser.close();
    server.stop();
  }
}

/** The register tile's own speed in GFLOP/s, and maps a second of the digits, in each of our builds. */
async function ownFigures(page, measured) {
  const figures = [];
  const ask = (name, call, argument) => page.evaluate((parts) => window.bench.call(...parts), [name, call, argument]);
  for (const {name, title, worker} of measured.filter(({own}) => own)) {
    await page.evaluate((parts) => window.bench.start(...parts), [name, worker, 'module']);
    const peak = await ask(name, 'tilePeak', {});
    const warm = {url: '/shipped/digits/model.onnx', shape: [1, 1, 28, 28], milliseconds: 500};
    await ask(name, 'mapRates', warm);
    const rates = await ask(name, 'mapRates', {...warm, milliseconds: 1000});
    figures.push({title, peak, rates});
  }
  await page.evaluate(() => window.bench.stop());
  return figures;
}

function report(measured, options) {
  const {results, figures, sizes, memory, kernels} = measured;
  console.log(`\n${taskTable(results, 'forward')}`);
  if (options.gradient) console.log(`\n${taskTable(results, 'gradient')}`);
  console.log('\n* the faster peer');
  if (figures.length) {
    if (options.gradient) console.log(`\n${taskTable(results, 'lrp')}`);
    console.log(`\n${summaryTable(results, figures[0].peak)}`);
    const rows = figures.map(({title, peak, rates}) => [title, ...[peak, ...rates].map((value) => value.toFixed(1))]);
    const header = ['our builds', '4x8 tile, GFLOP/s', 'digits, gradient maps/s', 'LRP maps/s'];
    console.log(`\n${formatTable(header, rows)}`);
  }
  if (kernels) console.log(`\n${kernelTable(kernels)}`);
  for (const table of ownTables(measured)) console.log(`\n${table}`);
  if (memory) console.log(`\n${memoryTable(memory)}`);
  console.log(`\n${sizeTable(sizes)}`);
  if (figures.length) console.log(`\n${barTable({...measured, sizes: sizes.filter(({own}) => own)})}`);
}

function writeJson(file, {results, ...others}) {
  const comparison = results.flatMap(({model, entries}) =>
    entries.map(({engine, task, deviation, times}) => ({
      model: model.name,
      engine: engine.name,
      task,
      deviation,
      times,
    })),
  );
  writeFileSync(file, JSON.stringify({comparison, ...others}, null, 1));
}

try {
  const options = readOptions();
  if (options.help) console.log(kHelp);
  else if (options.kernels) await runKernels(options);
  else {
    const models = await prepare(options);
    const measured = await measureAll(options, models);
    report(measured, options);
    if (options.json) writeJson(options.json, measured);
  }
} catch (error) {
  console.error(`bench: ${error.message}`);
  if (error.output) console.error(error.output);
  process.exitCode = 1;
}
