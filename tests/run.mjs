// Runs the tests: all stages, or those named (`npm test -- native page`). Stops at the first stage that fails,
// and always ends in one line with the number of tests that passed and failed.
import {existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {parseArgs, stripVTControlCharacters} from 'node:util';
import {buildSite} from '../web/build.mjs';
import {StepError, buildTree, buildWasm, installPackages, installSystem, jobs, root, run} from '../web/steps.mjs';

const sanitizerOptions = {
  ASAN_OPTIONS: 'detect_stack_use_after_return=0:allocator_may_return_null=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
};

/** Test cases in what Catch2 printed, one summary per program run. */
function countCatch(output) {
  const counts = {passed: 0, failed: 0};
  for (const match of output.matchAll(/All tests passed \(.* in (\d+) test cases?\)/g))
    counts.passed += Number(match[1]);
  for (const [line] of output.matchAll(/test cases: .*/g)) {
    for (const kind of ['passed', 'failed']) counts[kind] += Number(line.match(`(\\d+) ${kind}`)?.[1] ?? 0);
  }
  return counts;
}

/** The part of ctest's output that belongs to tests that failed. */
function failuresOf(output) {
  const failing = new Set([...output.matchAll(/^\s*\d+\/\d+ Test\s+#(\d+): .*\*\*\*/gm)].map((match) => match[1]));
  const lines = output.split('\n').filter((line) => failing.has(line.match(/^(\d+): /)?.[1]));
  return lines.slice(0, 400).join('\n') + output.slice(output.lastIndexOf('\nThe following tests FAILED'));
}

/** Runs the ctest entries of a tree whose names begin with `variant`. */
async function catchTests(folder, variant, env = {}) {
  let output;
  let broken = false;
  try {
    output = await run('ctest', ['--test-dir', folder, '-V', '-j', jobs, '-R', `^${variant}/`, '--timeout', '900'], {
      env,
    });
  } catch (error) {
    output = error.output ?? '';
    broken = true;
  }
  output = stripVTControlCharacters(output); // Catch2 takes wasm's output for a terminal
  const counts = countCatch(output);
  if (broken && counts.failed === 0) counts.failed = 1; // a crash, or a file without tests
  if (counts.passed + counts.failed === 0) throw new StepError('no test was found', output);
  return {...counts, report: broken ? failuresOf(output) : ''};
}

async function native() {
  const folder = await buildTree('native', ['-DCMAKE_CXX_COMPILER=g++']);
  return catchTests(folder, 'native');
}

const sanitizerTree = () =>
  buildTree('sanitizers', ['-DCMAKE_CXX_COMPILER=clang++-19', '-DWHYLIGHT_SANITIZE=ON', '-DWHYLIGHT_FUZZ=ON']);

async function sanitizers() {
  return catchTests(await sanitizerTree(), 'native', sanitizerOptions);
}

async function double() {
  const folder = await buildTree('double', ['-DCMAKE_CXX_COMPILER=clang++-19', '-DWHYLIGHT_DOUBLE=ON']);
  return catchTests(folder, 'native');
}

/**
 * Feeds the loader with mutations of real models, the same ones each time, a million of them in about a minute (or for FUZZ_SECONDS,
 * however many). For new ones run build/sanitizers/onnx_fuzz by hand.
 */
async function fuzz() {
  const folder = await sanitizerTree();
  const found = path.join(root, 'build', 'fuzz');
  mkdirSync(found, {recursive: true});
  const seeds = ['tests/fuzz/corpus', '/usr/share/libonnx-testdata/data/node'].filter((seed) =>
    existsSync(path.resolve(root, seed)),
  );
  const limits = [
    '-seed=1',
    `-max_total_time=${process.env.FUZZ_SECONDS ?? '300'}`,
    ...(process.env.FUZZ_SECONDS ? [] : ['-runs=1000000']),
    '-timeout=20',
    '-rss_limit_mb=2048',
    '-max_len=65536',
    '-print_final_stats=1',
  ];
  const output = await run(`${folder}/onnx_fuzz`, [...limits, `-artifact_prefix=${found}/`, found, ...seeds], {
    env: sanitizerOptions,
  }).catch((error) => {
    error.output = error.output.replace(/^(#\d+|\tNEW_FUNC).*\n/gm, ''); // leaves the crash, not the way to it
    throw error;
  });
  const runs = output.match(/number_of_executed_units:\s*(\d+)/)?.[1];
  return {passed: 1, failed: 0, note: `${runs} inputs`};
}

async function wasm() {
  const folder = await buildWasm(['all']);
  return ['simd', 'relaxed'].reduce(
    async (before, variant) => {
      const sum = await before;
      const counts = await catchTests(folder, variant);
      return {
        passed: sum.passed + counts.passed,
        failed: sum.failed + counts.failed,
        report: sum.report + counts.report,
      };
    },
    Promise.resolve({passed: 0, failed: 0, report: ''}),
  );
}

/** Scripts of the project are imported where they are, since they find its folder from their own place. */
const keepScripts = {
  name: 'keep-scripts',
  setup(build) {
    build.onResolve({filter: /^\..*\.mjs$/}, ({path: imported, resolveDir}) => {
      return {path: path.resolve(resolveDir, imported), external: true};
    });
  },
};

/** Bundles the test files of tests/web with this ending, and runs them with Node's test runner. */
async function nodeTests(ending, concurrency) {
  const folder = path.join(root, 'tests', 'web');
  const files = readdirSync(folder, {recursive: true}).filter((name) => name.endsWith(ending));
  if (files.length === 0) throw new StepError(`no test was found, tests/web has no file that ends in ${ending}`);
  const target = path.join(root, 'build', 'web-tests');
  rmSync(target, {recursive: true, force: true});
  const esbuild = await import('esbuild');
  const {metafile} = await esbuild.build({
    entryPoints: files.map((name) => path.join(folder, name)),
    outdir: target,
    outbase: folder,
    outExtension: {'.js': '.mjs'},
    bundle: true,
    packages: 'external',
    external: ['./embedded.js', './factory.js'],
    plugins: [keepScripts],
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    metafile: true,
    tsconfig: path.join(root, 'web', 'tsconfig.json'),
    logLevel: 'warning',
  });
  const outputs = Object.keys(metafile.outputs);
  const reporter = [
    '--test-reporter=tap',
    '--test-timeout=300000',
    '--test-force-exit',
    `--test-concurrency=${concurrency}`,
  ];
  let output;
  try {
    output = await run('node', ['--enable-source-maps', '--test', ...reporter, ...outputs]);
  } catch (error) {
    output = error.output ?? '';
  }
  const total = (name) => Number(output.match(new RegExp(`^# ${name} (\\d+)`, 'm'))?.[1] ?? 0);
  const failed = total('fail') + total('cancelled');
  if (total('pass') + failed === 0) throw new StepError('no test was run', output);
  return {passed: total('pass'), failed, report: failed > 0 ? output : ''};
}

async function web() {
  await buildWasm();
  await buildSite();
  return nodeTests('.test.ts', jobs);
}

/** Documentation tools from PyPI, in a virtual environment of their own. */
async function installDocumentTools() {
  const requirements = path.join('tests', 'web', 'consumers', 'requirements.txt');
  const folder = path.join('build', 'documents');
  const stamp = path.join(root, folder, 'requirements.txt');
  const wanted = readFileSync(path.join(root, requirements), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await run('python3', ['-m', 'venv', '--clear', folder]);
  await run(path.join(root, folder, 'bin', 'pip'), ['install', '--quiet', '-r', requirements]);
  writeFileSync(stamp, wanted);
}

async function page() {
  await installPackages('tests/web/consumers');
  await installDocumentTools();
  await buildWasm();
  await buildSite();
  return nodeTests('.page.ts', 1);
}

const stages = {native, sanitizers, double, fuzz, wasm, web, page};

async function runStage(name) {
  const start = performance.now();
  process.stdout.write(`${name.padEnd(12)}`);
  let result;
  try {
    result = await stages[name]();
  } catch (error) {
    result = {
      passed: 0,
      failed: 1,
      report: `${error.output ?? ''}\n${error.output === undefined ? error.stack : error.message}`,
    };
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const {passed, failed, note, report} = result;
  console.log(
    `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${String(seconds).padStart(5)} s  ${note ?? ''}`,
  );
  if (failed > 0) console.log(report);
  return {passed, failed};
}

async function prepare() {
  await installSystem('build', 'test');
  await installPackages();
}

const {positionals} = parseArgs({allowPositionals: true});
const unknown = positionals.filter((name) => !(name in stages));
if (unknown.length > 0) {
  console.error(`unknown stage, ${unknown.join(' ')}; the stages are ${Object.keys(stages).join(' ')}`);
  process.exit(2);
}
const total = {passed: 0, failed: 0};
try {
  await prepare();
  for (const name of positionals.length > 0 ? positionals : Object.keys(stages)) {
    const {passed, failed} = await runStage(name);
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) break;
  }
} catch (error) {
  console.error(error.output ?? '', error.message);
  total.failed += 1;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
