import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {complaints, nextMap, patience, shownMap, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

const looks = [
  {name: 'light', options: {colorScheme: 'light'}},
  {name: 'dark', options: {colorScheme: 'dark'}},
  {name: 'narrow', options: {viewport: {width: 390, height: 844}}},
  {name: 'forced colours', options: {forcedColors: 'active'}},
] as const;

for (const {name, options} of looks) {
  test(`axe-core finds nothing wrong: ${name}`, () =>
    visit(
      '',
      async ({page}) => {
        await page.locator('whylight-curve svg').waitFor({timeout: patience});
        assert.deepEqual(await complaints(page), []);
      },
      options,
    ));
}

test('axe-core finds nothing wrong: digits', () =>
  visit('#model=digits', async ({page}) => {
    assert.deepEqual(await complaints(page), []);
  }));

test('axe-core finds nothing wrong: marking the object', () =>
  visit('', async ({page}) => {
    await page.getByRole('button', {name: 'Mark object'}).click();
    await page.keyboard.press('ArrowRight');
    await page.locator('[data-metric="relevance-mass-accuracy"][data-state="done"]').waitFor({timeout: patience});
    assert.deepEqual(await complaints(page), []);
  }));

test('axe-core finds nothing wrong: help', () =>
  visit('', async ({page}) => {
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await complaints(page), []);
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('dialog').count(), 0);
  }));

test('a narrow page has no sideways scrolling', () =>
  visit(
    '',
    async ({page}) => {
      await page.locator('whylight-curve svg').waitFor({timeout: patience});
      const {wide, room} = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        room: document.documentElement.clientWidth,
      }));
      assert.ok(wide <= room, `${wide} px in ${room}`);
    },
    {viewport: {width: 390, height: 844}},
  ));

test('classes and values are reached with the keyboard', () =>
  visit('#method=gradient', async ({page}) => {
    const before = await shownMap(page);
    await page.locator('whylight-classes .bar[tabindex="0"]').focus();
    await nextMap(page, () => page.keyboard.press('ArrowDown'));
    assert.notEqual((await shownMap(page)).target, before.target);
    await page.locator('.figure .reader').focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('.figure whylight-picture .read').innerText(), /column 113, row 112: [+−0]/);
  }));

test('the map has a sentence for who cannot see it', () =>
  visit('', async ({page}) => {
    const text = await page.locator('.figure whylight-picture canvas.map').getAttribute('aria-label');
    assert.match(text!, /Map for .* by .*\. Most support lies at the /);
  }));
