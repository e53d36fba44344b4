import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {chooseMethod, nextMap, noticeText, settled, shownMap, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

test('a link restores model, picture, method, options, class and colours', async () => {
  let fragment = '';
  let first: Awaited<ReturnType<typeof shownMap>>;
  await visit('', async ({page}) => {
    await nextMap(page, () => page.locator('whylight-gallery .item').nth(1).click());
    await chooseMethod(page, 'integrated-gradients');
    await nextMap(page, async () => {
      await page.locator('whylight-options #option-steps').fill('5');
      await page.keyboard.press('Tab');
    });
    await nextMap(page, () => page.locator('whylight-classes .bar').nth(2).click());
    await page.locator('whylight-picture').first().getByLabel('colours').selectOption('orange-purple');
    await page.waitForTimeout(100);
    first = await shownMap(page);
    fragment = new URL(page.url()).hash;
  });
  await visit(fragment, async ({page}) => {
    assert.equal(new URL(page.url()).hash, fragment);
    assert.deepEqual(await shownMap(page), first);
    assert.equal(await page.locator('whylight-options #option-steps').inputValue(), '5');
    assert.equal(await page.locator('whylight-picture').first().getByLabel('colours').inputValue(), 'orange-purple');
    assert.equal(await page.locator('whylight-gallery .item').nth(1).getAttribute('aria-checked'), 'true');
    assert.equal(await page.locator('whylight-classes .bar').nth(2).getAttribute('aria-checked'), 'true');
  });
});

test('back and forward step through what was chosen', () =>
  visit('#method=gradient', async ({page}) => {
    await chooseMethod(page, 'gradient-x-input');
    await nextMap(page, () => page.goBack());
    assert.equal((await shownMap(page)).method, 'gradient');
    await nextMap(page, () => page.goForward());
    assert.equal((await shownMap(page)).method, 'gradient-x-input');
  }));

test('a link to what is not here says so and shows something else', () =>
  visit('#model=unknown&input=nothing.jpg&method=magic', async ({page}) => {
    await settled(page);
    assert.match(await noticeText(page), /no model “unknown”/);
    assert.match(await page.locator('.why-title').innerText(), /cat/);
  }));
