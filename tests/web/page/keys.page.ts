import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {chooseMethod, nextMap, settled, shownMap, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

const field = (page: Page, name: string) => new URLSearchParams(new URL(page.url()).hash.slice(1)).get(name);

test('keys turn classes, methods and pictures, and change the view', () =>
  visit('#method=gradient', async ({page}) => {
    const {target} = await shownMap(page);
    await nextMap(page, () => page.keyboard.press('j'));
    assert.notEqual((await shownMap(page)).target, target);
    await nextMap(page, () => page.keyboard.press('k'));
    assert.equal((await shownMap(page)).target, target);
    await nextMap(page, () => page.keyboard.press('m'));
    assert.notEqual((await shownMap(page)).method, 'gradient');
    await nextMap(page, () => page.keyboard.press('Shift+M'));
    assert.equal((await shownMap(page)).method, 'gradient');
    const input = field(page, 'input');
    await nextMap(page, () => page.keyboard.press('n'));
    assert.notEqual(field(page, 'input'), input);
    await nextMap(page, () => page.keyboard.press('Shift+N'));
    assert.equal(field(page, 'input'), input);
    const views = await page.locator('header nav a').count();
    assert.ok(views >= 2);
    for (let view = views; view >= 1; --view) {
      await page.keyboard.press(String(view));
      await page.waitForFunction(
        (place) => document.querySelectorAll('header nav a')[place]!.getAttribute('aria-current') === 'page',
        view - 1,
      );
    }
  }));

test('a key is held to see the picture without its map', () =>
  visit('#method=gradient', async ({page}) => {
    const opacity = () =>
      page.evaluate(() => {
        const picture = document.querySelector('.figure whylight-picture') as unknown as {view: {opacity: number}};
        return picture.view.opacity;
      });
    const before = await opacity();
    await page.keyboard.down('h');
    await page.waitForTimeout(50);
    assert.equal(await opacity(), 0);
    await page.keyboard.up('h');
    await page.waitForTimeout(50);
    assert.equal(await opacity(), before);
  }));

test('letters that are typed, and those with Ctrl or Alt, are no shortcuts', () =>
  visit('#method=gradient', async ({page}) => {
    const before = page.url();
    await page.getByPlaceholder('name or number').focus();
    await page.keyboard.type('jmn');
    await page.keyboard.press('Escape');
    await page.locator('whylight-options #method').focus();
    await page.keyboard.press('j');
    await page.locator('h1').click();
    await page.keyboard.press('Control+m');
    await page.keyboard.press('Alt+n');
    await page.waitForTimeout(100);
    await settled(page);
    assert.equal(page.url(), before);
  }));

test('the help lists every key, and single keys can be switched off for good', () =>
  visit('#method=gradient', async ({page}) => {
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', {name: 'Help'});
    await dialog.waitFor();
    const listed = await dialog.locator('kbd').allInnerTexts();
    for (const key of ['1', 'J', 'Shift + M', 'H', 'F', 'C', 'S', 'L', '?']) assert.ok(listed.includes(key), key);
    assert.equal(new Set(listed).size, listed.length, 'no key does two things');
    const url = page.url();
    await page.keyboard.press('n');
    await dialog.getByRole('checkbox').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await page.waitForTimeout(100);
    assert.equal(page.url(), url, 'neither in the help nor switched off');
    await page.reload();
    await settled(page);
    await page.keyboard.press('?');
    await page.waitForTimeout(100);
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.getByRole('button', {name: 'Help'}).click();
    await page.getByRole('dialog', {name: 'Help'}).getByRole('checkbox').check();
    await page.keyboard.press('Escape');
    await nextMap(page, () => page.keyboard.press('n'));
  }));

test('for a class the page is large and has few controls, and comes back', () =>
  visit('#method=gradient', async ({page}) => {
    const width = async () => (await page.locator('.figure whylight-picture canvas.map').boundingBox())!.width;
    const size = () => page.locator('.why-title').evaluate((title) => parseFloat(getComputedStyle(title).fontSize));
    const before = {width: await width(), size: await size()};
    await page.keyboard.press('f');
    await page.locator('whylight-gallery').waitFor({state: 'hidden'});
    assert.ok((await width()) > before.width && (await size()) > before.size * 1.15);
    await nextMap(page, () => page.keyboard.press('n'));
    await page.keyboard.press('f');
    await page.locator('whylight-gallery').waitFor();
    assert.equal(await size(), before.size);
    await chooseMethod(page, 'grad-cam');
  }));
