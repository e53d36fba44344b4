/** The documentation can be read by everyone, on every screen. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {BrowserContextOptions} from 'playwright-core';
import {complaints, explained, startBrowser, stopBrowser, visitSite} from './browser.ts';
import {pages, scoresOf, search} from './docs.ts';

before(startBrowser);
after(stopBrowser);

/** One page of every kind. */
const samples = [
  'docs/index.html',
  'docs/methods/lrp.html',
  'docs/metrics/deletion.html',
  'docs/understand/pitfalls.html',
  'docs/reference/package.html',
];
const looks: {name: string; options: BrowserContextOptions}[] = [
  {name: 'light', options: {colorScheme: 'light'}},
  {name: 'dark', options: {colorScheme: 'dark'}},
  {name: 'narrow', options: {viewport: {width: 390, height: 844}}},
  {name: 'forced colours', options: {forcedColors: 'active'}},
];

for (const {name, options} of looks)
  test(`axe-core finds nothing wrong in the documentation: ${name}`, async () => {
    for (const address of samples)
      await visitSite(
        address,
        async ({page}) => {
          if (address.includes('/metrics/')) await scoresOf(page);
          else if ((await page.locator('whylight-explainer').count()) > 0) await explained(page);
          assert.deepEqual(await complaints(page), [], address);
        },
        options,
      );
  });

test('axe-core finds nothing wrong in any text', () =>
  visitSite('docs/index.html', async ({page}) => {
    for (const file of pages) {
      await page.goto(new URL(file, page.url().replace(/docs\/.*/, 'docs/')).href);
      await page.evaluate(() =>
        document.querySelectorAll('whylight-explainer, whylight-score').forEach((one) => one.remove()),
      );
      assert.deepEqual(await complaints(page), [], file);
    }
  }));

test('axe-core finds nothing wrong in the open menu and the results', () =>
  visitSite(
    'docs/methods/index.html',
    async ({page}) => {
      await page.getByRole('button', {name: 'Menu'}).click();
      assert.equal(await page.getByRole('navigation', {name: 'Documentation'}).isVisible(), true);
      assert.deepEqual(await complaints(page), []);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('#menu').isVisible(), false);
      await search(page, 'noise');
      assert.deepEqual(await complaints(page), []);
    },
    {viewport: {width: 390, height: 844}},
  ));

test('no page scrolls sideways on a phone', () =>
  visitSite(
    'docs/index.html',
    async ({page}) => {
      const wide: string[] = [];
      for (const file of pages) {
        await page.goto(new URL(file, page.url().replace(/docs\/.*/, 'docs/')).href);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) wide.push(`${file}: ${over} px`);
      }
      assert.deepEqual(wide, []);
    },
    {viewport: {width: 360, height: 740}},
  ));
