import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
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
  visitBlank,
} from './browser.ts';

before(startBrowser);
after(stopBrowser);

test('a picture that is dropped is explained', () =>
  visit('', async ({page}) => {
    const before = await shownMap(page);
    const bytes = fileBytes('models/efficientnet-lite0/samples/coffee.jpg');
    await nextMap(page, () => dropFile(page, 'mine.jpg', bytes));
    assert.notDeepEqual((await shownMap(page)).data, before.data);
    assert.match(await page.locator('.credit').innerText(), /mine\.jpg/);
    assert.match(await page.locator('.why-title').innerText(), /espresso|coffee|cup/);
  }));

test('an ONNX model that is dropped says what was found in it and is explained', () =>
  visit('', async ({page}) => {
    await nextMap(page, () => dropFile(page, 'conv_net.onnx', fileBytes('tests/golden/conv_net.onnx')));
    const notice = await noticeText(page);
    assert.match(notice, /conv_net\.onnx is explained/);
    assert.match(notice, /Input “.*” .* × .*Operators: .*Conv/s);
    assert.match(notice, /parameters, opset \d+/);
    assert.match(await page.locator('.why-title').innerText(), /unit \d+/);
    assert.ok((await shownMap(page)).data.some((value) => value !== 0));
    await page.getByRole('button', {name: 'Dismiss'}).click();
    assert.equal(await noticeText(page), '');
    await nextMap(page, () => page.locator('#model').selectOption('efficientnet-lite0'));
    assert.match(await page.locator('.why-title').innerText(), /cat/);
  }));

test('a broken model gives one message, and the page goes on', () =>
  visit('', async ({page}) => {
    const before = await shownMap(page);
    await dropFile(page, 'broken.onnx', fileBytes('tests/golden/conv_net.onnx').subarray(0, 600));
    await page.locator('whylight-notice [role="alert"]').waitFor({timeout: patience});
    assert.match(await noticeText(page), /broken\.onnx could not be opened/);
    assert.deepEqual((await shownMap(page)).data, before.data);
    await nextMap(page, () => page.locator('whylight-classes .bar').nth(1).click());
    assert.notEqual((await shownMap(page)).target, before.target);
  }));

test('a model whose channels come last is explained, in the picture that fits it', () =>
  visit('', async ({page}) => {
    await nextMap(page, () => dropFile(page, 'keras_cnn.onnx', fileBytes('tests/golden/exports/keras_cnn.onnx')));
    const map = await shownMap(page);
    assert.equal(map.shape.length, 4);
    assert.ok([1, 3].includes(map.shape[3]!), map.shape.join());
    assert.ok(map.data.some((value) => value !== 0));
  }));

test('a model with unknown operators is refused, and every one is named', () =>
  visit('', async ({page}) => {
    await dropFile(page, 'logistic.onnx', fileBytes('tests/golden/exports/sklearn_logistic.onnx'));
    await page.locator('whylight-notice [role="alert"]').waitFor({timeout: patience});
    assert.match(await noticeText(page), /Scaler.*LinearClassifier.*Normalizer|LinearClassifier.*Normalizer.*Scaler/s);
    assert.equal(await page.locator('whylight-notice .notice').count(), 1);
  }));

test('how the pixels of an own model are scaled can be chosen', () =>
  visit('', async ({page}) => {
    await nextMap(page, () => dropFile(page, 'conv.onnx', fileBytes('tests/golden/exports/torch_resnet_block.onnx')));
    const guessed = await shownMap(page);
    assert.equal(guessed.shape[1], 3);
    await nextMap(page, () => page.getByLabel('pixel values as').selectOption('signed'));
    assert.notDeepEqual((await shownMap(page)).data, guessed.data);
  }));

test('a model without a picture for input is refused in words', () =>
  visit('', async ({page}) => {
    await dropFile(page, 'mlp.onnx', fileBytes('tests/golden/mlp.onnx'));
    await page.locator('whylight-notice [role="alert"]').waitFor({timeout: patience});
    assert.match(await noticeText(page), /takes an input of .* the command explains every kind/);
    await settled(page);
  }));

test('a picture that cannot be read gives one message, and the page goes on', () =>
  visit('', async ({page}) => {
    const before = await shownMap(page);
    await dropFile(page, 'broken.png', Buffer.from('not a picture'));
    await page.locator('whylight-notice [role="alert"]').waitFor({timeout: patience});
    assert.match(await noticeText(page), /broken\.png is not a picture/);
    assert.deepEqual((await shownMap(page)).data, before.data);
  }));

/** Opens the page where one of its files is missing; the browser's own words about that are expected. */
const visitWithout = (missing: string, test: (page: Page) => Promise<void>) =>
  visitBlank(async ({page, problems}) => {
    await page.route(missing, (route) => route.fulfill({status: 404}));
    await page.goto(new URL('site/', page.url()).href);
    await test(page);
    problems.length = 0;
  });

test('without the engine the page says so, and no longer that it loads', () =>
  visitWithout('**/*.wasm', async (page) => {
    await page.locator('whylight-page[data-state="failed"]').waitFor({timeout: patience});
    assert.match(await noticeText(page), /could not start.*cannot be fetched.*status 404/s);
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({name, duration}) => name.endsWith('model.onnx') && duration > 0),
    );
    assert.equal(await page.getByText(/^Loading/).count(), 0);
  }));

test('a picture that cannot be fetched leaves the others', () =>
  visitWithout('**/chelsea.jpg', async (page) => {
    const other = page.getByRole('radio', {name: 'A cup of espresso'});
    await other.locator('img').waitFor(); // until then there is only its place
    await other.click();
    await settled(page);
    assert.equal((await shownMap(page)).shape[1], 3);
  }));

test('where the rest of the page is missing, a sentence says so', () =>
  visitWithout('**/main.js', async (page) => {
    await page.getByRole('alert').waitFor({timeout: patience});
    assert.match((await page.getByRole('alert').textContent()) ?? '', /could not be loaded whole/);
  }));

test('where not even the beginning of it can be fetched, a sentence says so after a while', () =>
  visitWithout('**/chunk.js', async (page) => {
    const late = page.getByText(/^Still loading\. If nothing appears/);
    await late.waitFor({state: 'attached'});
    assert.equal(await late.isVisible(), false);
    await late.waitFor({timeout: patience});
  }));
