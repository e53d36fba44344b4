import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {barNames, mapsMade, settled, shownMap, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

/** Corners of a three and of a one, as shares of the sheet. */
const three = [
  [0.33, 0.25],
  [0.5, 0.18],
  [0.63, 0.3],
  [0.48, 0.46],
  [0.65, 0.62],
  [0.5, 0.8],
  [0.32, 0.72],
] as const;
const one = [
  [0.5, 0.15],
  [0.5, 0.85],
] as const;

async function draw(page: Page, corners: readonly (readonly [number, number])[], steps: number): Promise<void> {
  const box = (await page.locator('whylight-draw canvas').boundingBox())!;
  const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(corners[0]!));
  await page.mouse.down();
  for (const corner of corners.slice(1)) await page.mouse.move(...at(corner), {steps});
  await page.mouse.up();
}

test('a drawn digit is recognised, and maps follow the pen', () =>
  visit('#model=digits&method=lrp', async ({page}) => {
    const before = await mapsMade(page);
    await draw(page, three, 15);
    const during = (await mapsMade(page)) - before;
    assert.ok(during >= 20, `${during} maps while drawing`);
    await page.waitForTimeout(300);
    await settled(page);
    assert.equal((await barNames(page))[0], '3');
    const map = await shownMap(page);
    assert.deepEqual(map.shape, [1, 1, 28, 28]);
    assert.ok(map.data.some((value) => value > 0));
    assert.match(await page.locator('whylight-draw').innerText(), /\d+ maps a second/);
  }));

test('clearing the sheet begins anew', () =>
  visit('#model=digits', async ({page}) => {
    await draw(page, three, 6);
    await page.locator('whylight-draw').getByRole('button', {name: 'Clear'}).click();
    await draw(page, one, 8);
    await page.waitForTimeout(300);
    await settled(page);
    assert.equal((await barNames(page))[0], '1');
  }));
