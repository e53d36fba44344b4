import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Locator, Page} from 'playwright-core';
import {chooseMethod, nextMap, patience, shownMap, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

const metrics = ['relevance-mass-accuracy', 'relevance-rank-accuracy'];
const entry = (page: Page, metric: string) => page.locator(`[data-metric="${metric}"]`);
const control = (page: Page) => page.getByRole('button', {name: 'Mark object'});
const surface = (page: Page) => page.locator('whylight-mark .surface');

/** Waits for a score of the mark; gives its value and the chance level that stands below it. */
async function scoreOf(page: Page, metric: string): Promise<{value: number; chance: number}> {
  const row = entry(page, metric);
  await page.locator(`[data-metric="${metric}"][data-state="done"] .value`).waitFor({timeout: patience});
  const chance = (await row.locator('.meaning').innerText()).match(/chance ([\d.]+)/)?.[1];
  return {value: Number(await row.locator('.value').innerText()), chance: Number(chance)};
}

/** Drags over the picture between two places, in shares of it. */
async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  const box = (await surface(page).boundingBox())!;
  const place = ([x, y]: [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...place(from));
  await page.mouse.down();
  await page.mouse.move(...place([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...place(to));
  await page.mouse.up();
}

async function numberOf(shape: Locator, name: string): Promise<number> {
  return Number(await shape.getAttribute(name));
}

/** Columns and rows that are marked, as the outline shows them. */
async function outline(page: Page) {
  const shape = page.locator('whylight-mark rect.line');
  const [x, y] = [await numberOf(shape, 'x'), await numberOf(shape, 'y')];
  return {left: x, top: y, right: x + (await numberOf(shape, 'width')), bottom: y + (await numberOf(shape, 'height'))};
}

/** The share of the map's positive values within the outline, summed over channels: what the mass accuracy is. */
async function massWithin(page: Page): Promise<number> {
  const {left, top, right, bottom} = await outline(page);
  const {data, shape} = await shownMap(page);
  const [, channels = 1, height = 1, width = 1] = shape;
  let [inside, all] = [0, 0];
  for (let at = 0; at < height * width; ++at) {
    let value = 0;
    for (let channel = 0; channel < channels; ++channel) value += data[channel * height * width + at]!;
    const [x, y] = [at % width, Math.floor(at / width)];
    all += Math.max(0, value);
    if (x >= left && x < right && y >= top && y < bottom) inside += Math.max(0, value);
  }
  return inside / all;
}

async function assertMissing(page: Page): Promise<void> {
  for (const metric of metrics) {
    await page.locator(`[data-metric="${metric}"][data-state="impossible"]`).waitFor({timeout: patience});
    assert.match(await entry(page, metric).innerText(), /Mark the object in the picture to compute it/);
    assert.equal(await entry(page, metric).locator('.value').count(), 0);
  }
}

test('a rectangle dragged over the object gives both scores at once, and clearing it removes them', () =>
  visit('#method=gradient-x-input', async ({page}) => {
    await assertMissing(page);
    await control(page).click();
    await drag(page, [0.75, 0.5], [0.25, 0]);
    for (const metric of metrics) {
      const {value, chance} = await scoreOf(page, metric);
      assert.ok(value > 0 && value < 1, `${metric}: ${value}`);
      assert.ok(Math.abs(chance - 0.25) < 0.01, `${metric}: by chance ${chance}`);
    }
    const {value} = await scoreOf(page, metrics[0]!);
    assert.ok(Math.abs(value - (await massWithin(page))) < 0.002, `${value}, but ${await massWithin(page)} by hand`);
    await page.getByRole('button', {name: 'Clear the mark'}).click();
    await assertMissing(page);
    assert.equal(await page.locator('whylight-mark rect').count(), 0);
  }));

test('another rectangle is scored anew, the mark outlives another method, and a click marks nothing', () =>
  visit('#method=gradient-x-input', async ({page}) => {
    await control(page).click();
    await drag(page, [0.3, 0.3], [0.3, 0.3]);
    await assertMissing(page);
    await drag(page, [0.25, 0], [0.75, 0.5]);
    await scoreOf(page, metrics[0]!);
    await drag(page, [0, 0.9], [0.5, 1.2]);
    await page.waitForFunction(() => {
      const scores = document.querySelector('whylight-scores')!.shadowRoot!;
      return /chance 0\.05/.test(scores.querySelector('[data-metric="relevance-mass-accuracy"]')!.textContent);
    });
    assert.ok((await scoreOf(page, metrics[0]!)).value < 0.5, 'little of the map is on the edge');
    await chooseMethod(page, 'gradient');
    assert.ok(Math.abs((await scoreOf(page, metrics[1]!)).chance - 0.05) < 0.005);
  }));

test('a finger marks as a mouse does, without scrolling the page', () =>
  visit(
    '#method=gradient',
    async ({page}) => {
      await control(page).tap();
      await surface(page).scrollIntoViewIfNeeded();
      const box = (await surface(page).boundingBox())!;
      const scrolled = await page.evaluate(() => scrollY);
      const session = await page.context().newCDPSession(page);
      const touch = (type: 'touchStart' | 'touchMove', share: number) =>
        session.send('Input.dispatchTouchEvent', {
          type,
          touchPoints: [{x: box.x + share * box.width, y: box.y + share * box.height}],
        });
      await touch('touchStart', 0.2);
      for (const share of [0.3, 0.5, 0.7]) await touch('touchMove', share);
      await session.send('Input.dispatchTouchEvent', {type: 'touchEnd', touchPoints: []});
      assert.ok(Math.abs((await scoreOf(page, metrics[0]!)).chance - 0.25) < 0.01);
      assert.equal(await page.evaluate(() => scrollY), scrolled);
    },
    {hasTouch: true, viewport: {width: 390, height: 844}},
  ));

test('the object is marked with the keyboard', () =>
  visit('#method=gradient', async ({page}) => {
    await control(page).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowRight');
    assert.deepEqual(await outline(page), {left: 60, top: 56, right: 172, bottom: 168});
    await page.keyboard.press('Shift+ArrowUp');
    assert.deepEqual(await outline(page), {left: 60, top: 56, right: 172, bottom: 164});
    for (let press = 0; press < 20; ++press) await page.keyboard.press('ArrowLeft');
    assert.deepEqual(await outline(page), {left: 0, top: 56, right: 112, bottom: 164});
    assert.match(await page.locator('whylight-mark [role="status"]').innerText(), /columns 0 to 111, rows 56 to 163/);
    for (const metric of metrics) assert.ok((await scoreOf(page, metric)).chance > 0);
    await page.keyboard.press('Escape');
    await assertMissing(page);
  }));

test('another picture or another model has no mark yet', () =>
  visit('#method=gradient', async ({page}) => {
    const marked = async () => {
      await control(page).click();
      await drag(page, [0.2, 0.2], [0.8, 0.8]);
      await scoreOf(page, metrics[1]!);
    };
    await marked();
    await nextMap(page, () => page.locator('whylight-gallery .item').nth(1).click());
    await assertMissing(page);
    assert.equal(await surface(page).count(), 0, 'and the picture tells its values again');
    await marked();
    await nextMap(page, () => page.locator('#model').selectOption('digits'));
    await assertMissing(page);
    await marked();
  }));
