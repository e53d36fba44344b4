/** What is loaded is what it should be: SHA-256 of the wasm files and of models. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {readCard} from '../../../web/core/card.ts';
import type {Card} from '../../../web/core/types.ts';
import type {Whylight} from '../../../web/core/whylight.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'whylight-'));
after(() => rmSync(folder, {recursive: true}));

const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const digits = 'models/digits/model.onnx';
const card = readCard(JSON.parse(readFileSync('models/digits/card.json', 'utf8')));

const load = async (base: string) =>
  ((await import(pathToFileURL(path.resolve(base, 'whylight.js')).href)) as {Whylight: typeof Whylight}).Whylight;

test('an engine and a model tell which files they are from', async () => {
  for (const workers of [0, 1]) {
    const engine = await (await load('dist')).start({workers, build: 'simd'});
    try {
      assert.equal(engine.sha256, hashOf('dist/whylight-simd.wasm'));
      const model = await engine.open(readFileSync(digits), card);
      assert.equal(await model.sha256(), hashOf(digits));
      assert.equal(await (await engine.open(digits)).sha256(), hashOf(digits));
    } finally {
      engine.stop();
    }
  }
});

test('a model that is not the one its card describes is refused in a sentence, and the engine goes on', async () => {
  const engine = await (await load('dist')).start({workers: 1});
  const wrong: Card = {...card, sha256: `${'0'.repeat(63)}1`};
  const sentence =
    /^Error: model: not the file that its card describes, found SHA-256 4e84842e3c80… instead of 000000000000…$/;
  try {
    await assert.rejects(engine.open(digits, wrong), (error) => sentence.test(String(error)));
    const broken = new Uint8Array(readFileSync(digits)).subarray(0, 999);
    await assert.rejects(engine.open(broken, card), /^Error: model: not the file that its card describes/);
    const model = await engine.open(digits, {...card, sha256: card.sha256!.toUpperCase()});
    assert.equal(model.description.output.units, 10);
  } finally {
    engine.stop();
  }
});

test('the wasm of another version is refused in a sentence', () => {
  const copy = path.join(folder, 'dist');
  cpSync('dist', copy, {recursive: true, filter: (file) => !file.includes('site')});
  const file = path.join(copy, 'whylight-simd.wasm');
  const name = Buffer.from('odd');
  // A section that only carries a name: still wasm, and alike in all that it does.
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0, name.length + 1, name.length]), name]));
  const run = (source: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', source], {encoding: 'utf8', cwd: copy});
  const {stdout} = run(`
    import {Whylight} from './whylight.js';
    for (const workers of [0, 2])
      await Whylight.start({workers, build: 'simd'}).then(() => console.log('started'), (error) => console.log(error.message));
    (await Whylight.start({workers: 0, build: 'relaxed'})).stop();`);
  const line =
    /^engine: not the file of this version at file:.*whylight-simd\.wasm, found SHA-256 [\da-f]{12}… instead of [\da-f]{12}…$/;
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 2);
  for (const one of lines) assert.match(one, line);
});
