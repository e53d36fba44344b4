// What the page saves, and what it makes of it when it is opened again.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {readNpy} from '../../../web/core/npy.ts';
import type {ExplanationRecord} from '../../../web/core/record.ts';
import {complaints, fileBytes, patience, shownMap, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

async function openDialog(page: Page): Promise<void> {
  await page.getByRole('button', {name: 'Save…'}).click();
  await page.getByRole('heading', {name: 'Save this explanation'}).waitFor();
}

/** Saves through the dialog as a person would: the file's name and bytes. */
async function save(page: Page, title: string): Promise<{name: string; bytes: Buffer}> {
  const button = page.getByRole('button', {name: `Save as ${title}`});
  const [download] = await Promise.all([page.waitForEvent('download', {timeout: patience}), button.click()]);
  return {name: download.suggestedFilename(), bytes: readFileSync(await download.path())};
}

const sameBits = (a: Float32Array, b: ArrayLike<number>) =>
  assert.deepEqual(new Uint32Array(a.slice().buffer), new Uint32Array(Float32Array.from(b).buffer));

test('the map is saved as pictures and tables that hold exactly what is shown', () =>
  visit('#method=integrated-gradients&set.steps=8', async ({page, requests}) => {
    const shown = await shownMap(page);
    await openDialog(page);
    const stem = /^efficientnet-lite0-chelsea-integrated-gradients-\d+/;
    const before = requests.length;

    const png = await save(page, 'PNG');
    assert.match(png.name, stem);
    assert.deepEqual([...png.bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assert.ok(png.bytes.readUInt32BE(20) > png.bytes.readUInt32BE(16), 'higher than wide: the legend is below');

    const npy = await save(page, 'NumPy array');
    const array = readNpy(npy.bytes);
    assert.deepEqual(array.shape, shown.shape);
    sameBits(array.data, shown.data);

    const csv = (await save(page, 'CSV')).bytes.toString().trim().split('\n');
    assert.equal(csv[0], 'row,column,channel 0,channel 1,channel 2,sum');
    assert.equal(csv.length, 1 + 224 * 224);
    const [row, column, ...channels] = csv[1 + 100 * 224 + 7]!.split(',').map(Number);
    assert.deepEqual([row, column], [100, 7]);
    const place = 100 * 224 + 7;
    sameBits(
      Float32Array.from(channels.slice(0, 3)),
      [0, 1, 2].map((channel) => shown.data[channel * 224 * 224 + place]!),
    );
    assert.deepEqual(requests.slice(before), [], 'nothing is asked of the network');
  }));

test('the SVG has picture and map as layers, and its legend and words as vectors and text', () =>
  visit('#method=integrated-gradients&set.steps=8', async ({page}) => {
    await openDialog(page);
    const {name, bytes} = await save(page, 'SVG');
    assert.match(name, /\.svg$/);
    const found = await page.evaluate(async (text) => {
      const svg = new DOMParser().parseFromString(text, 'image/svg+xml');
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([text], {type: 'image/svg+xml'}));
      await image.decode();
      return {
        broken: svg.querySelector('parsererror') !== null,
        size: [image.width, image.height],
        layers: Array.from(svg.querySelectorAll('image'), (one) => one.id),
        stops: svg.querySelectorAll('linearGradient stop').length,
        ticks: Array.from(svg.querySelectorAll('#legend text'), (one) => one.textContent),
        words: Array.from(svg.querySelectorAll('text'), (one) => one.textContent).join(' '),
      };
    }, bytes.toString());
    assert.equal(found.broken, false);
    assert.ok(found.size[0]! > 600 && found.size[1]! > found.size[0]!);
    assert.deepEqual(found.layers, ['picture', 'map']);
    assert.ok(found.stops > 16 && found.ticks.includes('0') && found.ticks.length === 3, found.ticks.join());
    assert.match(found.words, /Why “.*cat”, probability .*steps 8/s);
  }));

test('threshold and lines are in the saved figures too', () =>
  visit('#method=integrated-gradients&set.steps=8&overlay=lines&threshold=0.3', async ({page}) => {
    await openDialog(page);
    const {bytes} = await save(page, 'SVG');
    const found = await page.evaluate((text) => {
      const svg = new DOMParser().parseFromString(text, 'image/svg+xml');
      return {
        broken: svg.querySelector('parsererror') !== null,
        groups: Array.from(svg.querySelectorAll('#lines g'), (one) => one.getAttribute('class')),
        marks: svg.querySelectorAll('#legend path').length,
        hidden: svg.querySelectorAll('#legend rect').length,
        words: Array.from(svg.querySelectorAll('text'), (one) => one.textContent).join(' '),
      };
    }, bytes.toString());
    assert.equal(found.broken, false);
    assert.deepEqual(found.groups, ['support', 'support', 'support', 'against', 'against', 'against']);
    assert.deepEqual([found.marks, found.hidden], [6, 2]);
    assert.match(found.words, /Weaker than ±.* \(30 % of the end of the scale\) is hidden\. · Lines at ±/);
    await page.keyboard.press('Escape');
    const png = async () => {
      await openDialog(page);
      const {bytes} = await save(page, 'PNG');
      await page.keyboard.press('Escape');
      return bytes;
    };
    const drawn = await png();
    await page.locator('.figure whylight-picture').getByLabel('over it').selectOption('none');
    assert.notDeepEqual(await png(), drawn);
  }));

test('sizes are told before saving, and are those of the files', () =>
  visit('#model=digits', async ({page}) => {
    await openDialog(page);
    for (const [title, name] of [
      ['JSON', 'json'],
      ['NumPy array', 'npy'],
    ] as const) {
      const {bytes} = await save(page, title);
      const size = bytes.length < 1000 ? `${bytes.length} B` : `${Math.round(bytes.length / 1000)} kB`;
      assert.equal(await page.locator(`[data-file="${name}"]`).innerText(), size);
    }
    assert.match(await page.locator('whylight-saving [role="status"]').innerText(), /^Saved digits-.*\.npy/);
  }));

test('the JSON holds model, versions, input, settings, seed, map and scores', () =>
  visit('#model=digits&method=smoothgrad&seed=11&set.samples=5', async ({page}) => {
    await page.locator('whylight-curve svg').waitFor({timeout: patience});
    const shown = await shownMap(page);
    await openDialog(page);
    const record = JSON.parse((await save(page, 'JSON')).bytes.toString()) as ExplanationRecord;
    const model = createHash('sha256').update(fileBytes('models/digits/model.onnx')).digest('hex');
    assert.deepEqual([record.model.name, record.model.sha256], ['digits', model]);
    assert.match(record.engine.version, /^\d+\.\d+\.\d+$/);
    assert.match(record.engine.build, /^(simd|relaxed)$/);
    const {method, settings, seed, target} = record.request;
    assert.deepEqual([method, settings.samples, seed, target], ['smoothgrad', '5', 11, shown.target]);
    const bytes = Buffer.from(record.result.float32, 'base64');
    sameBits(new Float32Array(Uint8Array.from(bytes).buffer), shown.data);
    assert.equal(record.result.sha256, createHash('sha256').update(bytes).digest('hex'));
    assert.ok(record.scores!.some(({metric, value}) => metric === 'deletion' && value !== null));
    assert.equal(record.input.float32.length, Math.ceil((28 * 28 * 4) / 3) * 4);
  }));

test('the citation is shown and copied, the dialog is closed by Escape', () =>
  visit(
    '#method=integrated-gradients',
    async ({page}) => {
      await openDialog(page);
      await page.getByRole('button', {name: 'Copy BibTeX'}).click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, /^@misc\{sundararajan2017axiomatic,.*author = \{Sundararajan and Taly and Yan\}/s);
      await page.getByRole('button', {name: 'Copy citation'}).click();
      assert.match(
        await page.evaluate(() => navigator.clipboard.readText()),
        /^Sundararajan, Taly and Yan \(2017\)\. /,
      );
      await page.keyboard.press('Escape');
      await page.getByRole('heading', {name: 'Save this explanation'}).waitFor({state: 'hidden'});
    },
    {permissions: ['clipboard-read', 'clipboard-write']},
  ));

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the dialog is accessible (${colorScheme})`, () =>
    visit(
      '#model=digits',
      async ({page}) => {
        await openDialog(page);
        await page.getByRole('button', {name: 'Save as CSV'}).and(page.locator(':enabled')).waitFor();
        assert.deepEqual(await complaints(page), []);
      },
      {colorScheme},
    ));
}
