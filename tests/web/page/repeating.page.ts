// An explanation that was saved as JSON is opened again.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {writeNpy} from '../../../web/core/npy.ts';
import type {ExplanationRecord} from '../../../web/core/record.ts';
import {
  dropFile,
  fileBytes,
  nextMap,
  noticeText,
  patience,
  settled,
  shownMap,
  startBrowser,
  stopBrowser,
  visit,
} from './browser.ts';

before(startBrowser);
after(stopBrowser);

async function saveJson(page: Page): Promise<Buffer> {
  await page.getByRole('button', {name: 'Save…'}).click();
  const button = page.getByRole('button', {name: 'Save as JSON'});
  const [download] = await Promise.all([page.waitForEvent('download', {timeout: patience}), button.click()]);
  const bytes = readFileSync(await download.path());
  await page.keyboard.press('Escape');
  return bytes;
}

/** Drops the file and waits for the sentence that says what came of it. */
async function reopen(page: Page, bytes: Uint8Array): Promise<string> {
  const notice = page.locator('whylight-notice .notice');
  assert.equal(await notice.count(), 0);
  await dropFile(page, 'saved.json', bytes);
  await notice.waitFor({timeout: patience});
  return noticeText(page);
}

function changed(bytes: Buffer, change: (record: ExplanationRecord) => void): Buffer {
  const record = JSON.parse(bytes.toString()) as ExplanationRecord;
  change(record);
  return Buffer.from(JSON.stringify(record));
}

const sameBits = (a: number[], b: number[]) =>
  assert.deepEqual(new Uint32Array(Float32Array.from(a).buffer), new Uint32Array(Float32Array.from(b).buffer));

test('a sampled map is repeated bit for bit: in a fresh page, with its seed, class, settings and view', async () => {
  let bytes!: Buffer;
  let first!: Awaited<ReturnType<typeof shownMap>>;
  const fragment =
    '#method=smoothgrad&set.samples=6&seed=3&target=281&input=coffee.jpg&palette=green-brown&opacity=0.4';
  await visit(fragment, async ({page}) => {
    first = await shownMap(page);
    bytes = await saveJson(page);
  });
  await visit('#model=digits', async ({page}) => {
    assert.match(await reopen(page, bytes), /Repeated: identical bit for bit\s+All 150.528 values .* saved\.json\.\s/s);
    const again = await shownMap(page);
    assert.deepEqual([again.method, again.target], ['smoothgrad', '281']);
    sameBits(again.data, first.data);
    const link = new URLSearchParams(new URL(page.url()).hash.slice(1));
    assert.equal(link.get('input'), 'coffee.jpg', 'a sample is known again');
    assert.deepEqual(
      ['seed', 'set.samples', 'palette', 'opacity'].map((name) => link.get(name)),
      ['3', '6', 'green-brown', '0.4'],
    );
  });
});

test('an own picture is in the file', async () => {
  let bytes!: Buffer;
  await visit('#method=gradient', async ({page}) => {
    await nextMap(page, () => dropFile(page, 'mine.jpg', fileBytes('models/efficientnet-lite0/samples/coffee.jpg')));
    bytes = await saveJson(page);
  });
  await visit('#model=digits', async ({page}) => {
    assert.match(await reopen(page, bytes), /identical bit for bit/);
    assert.match(await page.locator('.credit').innerText(), /mine\.jpg/);
  });
});

test('an own model is asked for, and another one is told from it', async () => {
  let bytes!: Buffer;
  await visit('#model=digits', async ({page}) => {
    await nextMap(page, () => dropFile(page, 'conv_net.onnx', fileBytes('tests/golden/conv_net.onnx')));
    await page.getByRole('button', {name: 'Dismiss'}).click();
    bytes = await saveJson(page);
  });
  await visit('#model=digits', async ({page}) => {
    assert.match(await reopen(page, bytes), /saved\.json needs its model.*conv_net\.onnx \(SHA-256 [0-9a-f]{12}…\)/s);
    await dropFile(page, 'other.onnx', fileBytes('tests/golden/exports/keras_cnn.onnx'));
    await page.getByText(/other\.onnx is not the file that it was made with/).waitFor({timeout: patience});
    await dropFile(page, 'renamed.onnx', fileBytes('tests/golden/conv_net.onnx'));
    await page.getByText('Repeated: identical bit for bit').waitFor({timeout: patience});
  });
});

test('what does not repeat is told in a sentence', () =>
  visit('#model=digits&method=gradient', async ({page}) => {
    const bytes = await saveJson(page);
    const told = async (change: (record: ExplanationRecord) => void): Promise<string> => {
      const text = await reopen(page, changed(bytes, change));
      await page.getByRole('button', {name: 'Dismiss'}).click();
      await settled(page);
      return text;
    };
    assert.match(
      await told((record) => (record.request.settings.absolute = 'true')),
      /not identical.*\d+ of 784 values differ, by at most .* the file was changed/s,
    );
    assert.match(
      await told((record) => {
        record.request.method = 'gradient-x-input';
        record.request.settings = {};
        record.engine = {version: '0.0.9', build: 'other'};
        record.model.sha256 = 'ab'.repeat(32);
      }),
      /the model is another file .* and the engine is version .* saved with 0\.0\.9 and the engine's build is .*“other”/,
    );
    assert.match(
      await told((record) => (record.engine.version = '0.0.9')),
      /identical bit for bit.*although the engine is version/s,
    );
    assert.match(
      await told((record) => (record.input.float32 = `AACA${record.input.float32.slice(4)}`)),
      /saved\.json: input: has been changed since it was saved, its values do not fit its SHA-256/,
    );
    assert.match(
      await told((record) => (record.result.shape = [1, 1, 28, 27])),
      /result: its shape \(1, 1, 28, 27\) takes 3024 bytes, found 3136/,
    );
    assert.match(
      await told((record) => delete (record.request as Partial<ExplanationRecord['request']>).seed),
      /cannot be repeated, "request\.seed" is missing/,
    );
    assert.match(
      await told((record) => (record.request.method = 'tea-leaves')),
      /There is no method “tea-leaves” here/,
    );
    assert.match(await told((record) => (record.format = 'x' as typeof record.format)), /is not an explanation that/);
  }));

test('what the command recorded with another build is repeated by that build', () =>
  visit('#model=digits&method=gradient', async ({page}) => {
    const {input} = JSON.parse((await saveJson(page)).toString()) as ExplanationRecord;
    const folder = mkdtempSync(path.join(tmpdir(), 'whylight-'));
    try {
      const values = Uint8Array.from(Buffer.from(input.float32, 'base64'));
      const array = writeNpy({shape: input.shape, data: new Float32Array(values.buffer)});
      writeFileSync(path.join(folder, 'x.npy'), array);
      const asked = ['--input', path.join(folder, 'x.npy'), '--method', 'smoothgrad', '--seed', '4'];
      const command = ['dist/cli.js', 'explain', 'models/digits/model.onnx', ...asked, '--record', '-'];
      const made = execFileSync(process.execPath, command);
      const {build} = (JSON.parse(made.toString()) as ExplanationRecord).engine;
      const text = await reopen(page, made);
      assert.match(text, /Repeated/);
      await page.getByText('Repeated: identical bit for bit').waitFor({timeout: patience});
      const here = await page.evaluate(() => {
        return (document.querySelector('whylight-page') as unknown as {state: {build: string}}).state.build;
      });
      if (here !== build)
        assert.match(await noticeText(page), new RegExp(`build “${build}”, which made it, gives the same`));
    } finally {
      rmSync(folder, {recursive: true});
    }
  }));

test('a file that is no JSON gives one message', () =>
  visit('#model=digits', async ({page}) => {
    assert.match(await reopen(page, Buffer.from('{"format": ')), /saved\.json: is not JSON, or has been cut off/);
  }));

test('it is opened by its button and by pasting its text as well', () =>
  visit('#model=digits&method=gradient', async ({page}) => {
    const bytes = await saveJson(page);
    await page
      .locator('#model-file')
      .setInputFiles({name: 'by-button.json', mimeType: 'application/json', buffer: bytes});
    await page.getByText(/values of the map are the same as in by-button\.json/).waitFor({timeout: patience});
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true}));
    }, bytes.toString());
    await page.getByText(/values of the map are the same as in clipboard\.json/).waitFor({timeout: patience});
  }));
