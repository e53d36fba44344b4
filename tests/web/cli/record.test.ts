// An explanation is recorded and repeated by the command.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, test} from 'node:test';
import {readNpy, writeNpy} from '../../../web/core/npy.ts';
import type {ExplanationRecord} from '../../../web/core/record.ts';
import type {MethodRow} from '../../../web/core/types.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'whylight-'));
after(() => rmSync(folder, {recursive: true}));
const at = (name: string) => path.join(folder, name);

function run(...args: string[]) {
  const {status, stdout, stderr} = spawnSync(process.execPath, ['dist/cli.js', ...args], {encoding: 'utf8'});
  return {status, text: stdout.trim(), error: stderr.trim()};
}

const model = 'models/digits/model.onnx';
const input = at('x.npy');
const pixels = Float32Array.from({length: 784}, (_, place) => Math.abs(Math.sin(place / 9)) * Number(place % 28 > 9));
writeFileSync(input, writeNpy({shape: [1, 1, 28, 28], data: pixels}));

function changed(name: string, change: (record: ExplanationRecord) => void): string {
  const record = JSON.parse(readFileSync(at('record.json'), 'utf8')) as ExplanationRecord;
  change(record);
  writeFileSync(at(name), JSON.stringify(record));
  return at(name);
}

test('a sampled map is recorded and repeated bit for bit', () => {
  const asked = ['--method', 'smoothgrad', '--seed', '5', '--set', 'samples=7', '--target', '3'];
  const made = run(
    'explain',
    model,
    '--input',
    input,
    ...asked,
    '--output',
    at('a.npy'),
    '--record',
    at('record.json'),
  );
  assert.deepEqual([made.status, made.error], [0, '']);
  const record = JSON.parse(readFileSync(at('record.json'), 'utf8')) as ExplanationRecord;
  assert.equal(record.model.sha256, createHash('sha256').update(readFileSync(model)).digest('hex'));
  assert.deepEqual([record.request.seed, record.request.target, record.request.settings.samples], [5, '3', '7']);
  assert.match(record.engine.sha256!, /^[0-9a-f]{64}$/);
  const again = run('repeat', model, '--record', at('record.json'), '--output', at('b.npy'), '--workers', '1');
  assert.deepEqual([again.status, again.error], [0, '']);
  assert.match(again.text, /^identical: all 784 values are the same bit for bit as in .*record\.json$/);
  assert.deepEqual(readFileSync(at('a.npy')), readFileSync(at('b.npy')));
  const {data} = readNpy(readFileSync(at('a.npy')));
  assert.deepEqual(Buffer.from(record.result.float32, 'base64'), Buffer.from(data.buffer));
});

test('every method is repeated from the settings that were in force', () => {
  const methods = JSON.parse(run('methods', '--json').text) as MethodRow[];
  for (const {name} of methods) {
    const made = run('explain', model, '--input', input, '--method', name, '--record', at(`${name}.json`));
    assert.deepEqual([made.status, made.error], [0, ''], name);
    const again = JSON.parse(run('repeat', model, '--record', at(`${name}.json`), '--json').text) as object;
    assert.deepEqual(
      again,
      {identical: true, values: 784, different: 0, share: 0, obstacle: '', differences: []},
      name,
    );
  }
});

test('arrays that were injected are in the record', () => {
  const baseline = at('baseline.npy');
  writeFileSync(baseline, writeNpy({shape: [1, 1, 28, 28], data: pixels.map((value) => 1 - value)}));
  const asked = [
    '--method',
    'integrated-gradients',
    '--inject',
    `baseline=${baseline}`,
    '--record',
    at('injected.json'),
  ];
  assert.equal(run('explain', model, '--input', input, ...asked).status, 0);
  assert.match(run('repeat', model, '--record', at('injected.json')).text, /^identical/);
});

test('a record of the relaxed build is repeated by that build', () => {
  const relaxed = changed('relaxed.json', (record) => (record.engine.build = 'relaxed'));
  const {differences} = JSON.parse(run('repeat', model, '--record', relaxed, '--json').text) as {differences: string[]};
  assert.ok(!differences.some((line) => line.includes('build')), differences.join());
});

test('what differs is told, with exit code 1', () => {
  const other = changed('other.json', (record) => {
    record.request.seed = 6;
    record.engine.version = '0.0.9';
  });
  const {status, text} = run('repeat', model, '--record', other);
  assert.equal(status, 1);
  assert.match(
    text,
    /^not identical: \d+ of 784 values differ .*, by at most [\d.e-]+ % .*the engine is version .*0\.0\.9$/,
  );
});

test('a record that was changed or is none is one line and exit code 2', () => {
  const bad = (file: string) => {
    const {status, text, error} = run('repeat', model, '--record', file);
    assert.deepEqual([status, text], [2, '']);
    return error;
  };
  const tampered = changed('map.json', (record) => (record.result.float32 = `AACA${record.result.float32.slice(4)}`));
  assert.match(
    bad(tampered),
    /^\S+map\.json: result: has been changed since it was saved, its values do not fit its SHA-256$/,
  );
  const older = changed('older.json', (record) => (record.formatVersion = 9));
  assert.match(bad(older), /is of format version 9, and 1 is read here$/);
  writeFileSync(at('list.json'), '[1, 2]');
  assert.match(bad(at('list.json')), /is not an explanation that Whylight saved/);
  assert.match(bad('tests/golden/mlp.onnx'), /is not JSON, or has been cut off$/);
});

test('one record holds one explanation', () => {
  writeFileSync(at('two.npy'), writeNpy({shape: [2, 1, 28, 28], data: Float32Array.from([...pixels, ...pixels])}));
  const {status, error} = run(
    'explain',
    model,
    '--input',
    at('two.npy'),
    '--method',
    'gradient',
    '--record',
    at('no.json'),
  );
  assert.equal(status, 2);
  assert.match(error, /^--record: holds one explanation, found 2 rows in \S+two\.npy$/);
});
