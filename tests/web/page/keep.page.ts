/** A person's own model that is kept in the browser. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {
  dropFile,
  fileBytes,
  loaded,
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

const keep = (page: Page) => page.getByRole('button', {name: /^Keep this model \([\d.]+ [kM]?B\)$/});
const panel = (page: Page) => page.locator('whylight-proof dialog');
const ownCaches = (page: Page) =>
  page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('whylight-own-models-')));

test('an own model is kept on request only, and is there again after a reload and from a link', () =>
  visit('', async ({page, requests}) => {
    await loaded(page);
    assert.equal(await keep(page).count(), 0);
    await nextMap(page, () => dropFile(page, 'conv_net.onnx', fileBytes('tests/golden/conv_net.onnx')));
    const before = await shownMap(page);
    assert.deepEqual(await ownCaches(page), []);
    const asked = requests.length;
    await keep(page).click();
    await page.waitForFunction(() => location.hash.includes('model=kept-'));
    assert.equal(await keep(page).count(), 0);
    assert.deepEqual(await shownMap(page), before, 'the map stays');
    assert.deepEqual(requests.slice(asked), []);
    assert.equal((await ownCaches(page)).length, 1);

    await page.reload();
    await settled(page);
    assert.deepEqual(await shownMap(page), before);
    assert.match(await page.locator('#model option:checked').innerText(), /conv_net\.onnx/);
    assert.equal(await noticeText(page), '');
    const link = page.url();
    await nextMap(page, () => page.locator('#model').selectOption('efficientnet-lite0'));
    const other = await page.context().newPage();
    await other.goto(link);
    await settled(other);
    assert.deepEqual(await shownMap(other), before);
    await other.close();

    await loaded(page);
    await page.getByRole('button', {name: 'Nothing leaves this page'}).click();
    assert.match(await panel(page).innerText(), /Your model conv_net\.onnx, [\d.]+ [kM]?B/);
    await page.evaluate(() => caches.open('of another page'));
    await panel(page).getByRole('button', {name: 'Remove conv_net.onnx'}).click();
    await panel(page).getByText('Nothing, until you ask for it.').waitFor({timeout: patience});
    assert.deepEqual(await page.evaluate(() => caches.keys()), ['of another page']);
    assert.equal(await page.locator('#model option', {hasText: 'conv_net'}).count(), 0);
    await page.goto(link);
    await page.reload();
    await settled(page);
    assert.match(await noticeText(page), /not kept in this browser/);
  }));

test('a kept model that is removed while it is explained goes on, and can be kept again', () =>
  visit('', async ({page}) => {
    await loaded(page);
    const file = 'tests/golden/exports/torch_resnet_block.onnx';
    await nextMap(page, () => dropFile(page, 'block.onnx', fileBytes(file)));
    const before = await shownMap(page);
    for (let round = 0; round < 2; ++round) {
      await keep(page).click();
      await page.waitForFunction(() => location.hash.includes('model=kept-'));
      await page.getByRole('button', {name: 'Nothing leaves this page'}).click();
      await panel(page).getByRole('button', {name: 'Remove block.onnx'}).click();
      await panel(page).getByText('Nothing, until you ask for it.').waitFor({timeout: patience});
      await page.keyboard.press('Escape');
      assert.deepEqual(await shownMap(page), before);
    }
    await nextMap(page, () => page.locator('whylight-classes .bar').nth(1).click());
    assert.deepEqual(await ownCaches(page), []);
  }));

test('a kept model whose file has changed is refused in a sentence', () =>
  visit('', async ({page}) => {
    await loaded(page);
    await nextMap(page, () => dropFile(page, 'conv_net.onnx', fileBytes('tests/golden/conv_net.onnx')));
    await keep(page).click();
    await page.waitForFunction(() => location.hash.includes('model=kept-'));
    await page.evaluate(async () => {
      const name = (await caches.keys()).find((one) => one.startsWith('whylight-own-models-'))!;
      const cache = await caches.open(name);
      const request = (await cache.keys()).find(({url}) => url.endsWith('.onnx'))!;
      const bytes = new Uint8Array(await (await cache.match(request))!.arrayBuffer());
      bytes[bytes.length >> 1]! ^= 1;
      await cache.put(request, new Response(bytes));
    });
    await page.reload();
    await page.locator('whylight-notice [role="alert"]').waitFor({timeout: patience});
    assert.match(await noticeText(page), /not the file that its card describes, found SHA-256 \w+… instead of \w+…/);
  }));
