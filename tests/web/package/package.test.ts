// The package as a stranger gets it: packed, installed into an empty folder, type-checked and run in bare Node.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import type {Explanation} from '../../../web/core/types.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'whylight-package-'));
after(() => rmSync(folder, {recursive: true}));
const digits = path.resolve('models/digits');
const {version} = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string};

const run = (program: string, args: string[], cwd = folder) =>
  execFileSync(program, args, {cwd, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe']});

before(() => {
  run('npm', ['pack', '--silent', '--pack-destination', folder], process.cwd());
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  writeFileSync(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
  run('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', `./${tarball}`]);
  copyFileSync('tests/web/package/consumer.mjs', path.join(folder, 'consumer.mjs'));
});

test('it needs nothing else, and brings neither the page nor models', () => {
  assert.deepEqual(
    readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['whylight'],
  );
  const shipped = readdirSync(path.join(folder, 'node_modules', 'whylight', 'dist'));
  assert.ok(!shipped.includes('site'), shipped.join(' '));
});

test('a program that imports it runs in bare Node', () => {
  const printed = JSON.parse(run('node', ['consumer.mjs', digits])) as Explanation & {
    version: string;
    label: string;
    methods: string[];
  };
  assert.equal(printed.version, version);
  assert.equal(printed.label, '1');
  assert.equal(printed.target, '1');
  assert.deepEqual(printed.shape, [1, 1, 28, 28]);
  assert.ok(printed.methods.includes('lrp'), printed.methods.join(' '));
  // Outside the stroke the input is 0, and so is gradient × input.
  const mass = (values: number[]) => values.reduce((sum, value) => sum + Math.abs(value), 0);
  const stroke = printed.data.filter((_, place) => [13, 14].includes(place % 28));
  assert.ok(mass(Array.from(stroke)) > 0);
  assert.equal(mass(Array.from(stroke)), mass(Array.from(printed.data)));
});

test('its types fit a strict program', () => {
  const compiler = path.resolve('node_modules/typescript/bin/tsc');
  const types = ['--typeRoots', path.resolve('node_modules/@types'), '--types', 'node'];
  const strict = ['--strict', '--checkJs', '--allowJs', '--noEmit', '--target', 'es2022', '--module', 'nodenext'];
  const check = (file: string) => run('node', [compiler, ...strict, ...types, file]);
  check('consumer.mjs');
  writeFileSync(
    path.join(folder, 'wrong.ts'),
    "import {Whylight} from 'whylight';\nawait Whylight.start({workers: 'two'});\n",
  );
  assert.throws(
    () => check('wrong.ts'),
    ({stdout}: {stdout: string}) => /^wrong\.ts\(2,\d+\): error TS2322: .*'string'.*'number'/.test(stdout),
  );
});

test('the command is installed with it', () => {
  const command = path.join('node_modules', '.bin', 'whylight');
  const printed = JSON.parse(run(command, ['inspect', path.join(digits, 'model.onnx'), '--json'])) as {
    input: {shape: number[]};
  };
  assert.deepEqual(printed.input.shape, [1, 1, 28, 28]);
});
