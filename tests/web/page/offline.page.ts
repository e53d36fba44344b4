/** The page kept on this machine. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {loaded, nextMap, noticeText, patience, settled, shownMap, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

const stored = (page: Page) =>
  page.evaluate(async () => {
    const registrations = await navigator.serviceWorker.getRegistrations();
    return {workers: registrations.length, caches: (await caches.keys()).length};
  });

test('nothing is stored unless it is asked for', () =>
  visit('', async ({page}) => {
    await loaded(page);
    assert.match(await page.getByRole('button', {name: /Keep offline/}).innerText(), /Keep offline \([\d.]+ MB\)/);
    assert.deepEqual(await stored(page), {workers: 0, caches: 0});
  }));

test('what is kept offline starts without a network, models and gallery included, and can be removed', () =>
  visit('', async ({page}) => {
    const before = await shownMap(page);
    await page.getByRole('button', {name: /Keep offline/}).click();
    const kept = page.getByText(/Kept offline: [\d.]+ MB/);
    await kept.waitFor({timeout: patience});
    const said = (text: string) => /[\d.]+ MB/.exec(text)![0];
    const size = said(await kept.innerText());
    assert.match(await page.locator('footer').innerText(), /[1-9]\d+ requests since load/, 'storing asked for files');
    await page.context().setOffline(true);
    await page.reload();
    await settled(page);
    assert.deepEqual(await shownMap(page), before);
    assert.equal(said(await page.getByText(/Kept offline/).innerText()), size);
    await nextMap(page, () => page.locator('whylight-gallery button').nth(3).click());
    await nextMap(page, () => page.locator('#model').selectOption('digits'));
    await page.context().setOffline(false);
    await page.evaluate(() => caches.open('of another page'));
    await page.getByRole('button', {name: 'Remove what is kept offline'}).click();
    await page.getByRole('button', {name: /Keep offline/}).waitFor({timeout: patience});
    assert.deepEqual(await stored(page), {workers: 0, caches: 1});
    assert.deepEqual(await page.evaluate(() => caches.keys()), ['of another page']);
  }));

test('where a file cannot be fetched, nothing is kept, and a sentence says so', () =>
  visit('', async ({page, problems}) => {
    await loaded(page);
    await page.context().route('**/sw.js', (route) => route.fulfill({status: 404, body: 'not found'}));
    await page.getByRole('button', {name: /Keep offline/}).click();
    await page.locator('whylight-notice [role="alert"]').waitFor({timeout: patience});
    assert.match(await noticeText(page), /could not be kept offline/);
    assert.deepEqual(await stored(page), {workers: 0, caches: 0});
    problems.splice(0);
  }));

test('the page can be installed: its manifest and icon are there', () =>
  visit('', async ({page}) => {
    const manifest = await page.evaluate(async () => {
      const link = document.querySelector<HTMLLinkElement>('link[rel="manifest"]')!;
      const found = (await (await fetch(link.href)).json()) as {name: string; icons: {src: string}[]};
      const icon = await fetch(new URL(found.icons[0]!.src, link.href));
      return {name: found.name, icon: icon.headers.get('content-type')};
    });
    assert.deepEqual(manifest, {name: 'Whylight', icon: 'image/svg+xml'});
  }));
