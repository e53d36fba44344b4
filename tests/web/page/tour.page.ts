import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {placeCard} from '../../../web/page/tour-place.ts';
import {complaints, settled, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

const card = 'whylight-tour .card';

/** The element that the browser would type into, through shadow roots. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at?.textContent.trim() ?? '';
  });
}

/** What the ring is around, as a share of it that is on the screen and not under the card. */
function seen(page: Page): Promise<{within: boolean; covered: number}> {
  return page.evaluate(() => {
    const root = document.querySelector('whylight-tour')!.shadowRoot!;
    const ring = root.querySelector('.ring')!.getBoundingClientRect();
    const box = root.querySelector('.card')!.getBoundingClientRect();
    const across = Math.max(0, Math.min(ring.right, box.right) - Math.max(ring.left, box.left));
    const down = Math.max(0, Math.min(ring.bottom, box.bottom) - Math.max(ring.top, box.top));
    const within = box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
    return {within, covered: (across * down) / (ring.width * ring.height)};
  });
}

const looks = [
  {name: 'wide', options: {viewport: {width: 1280, height: 720}}, most: 0.02},
  {name: 'phone', options: {viewport: {width: 390, height: 844}}, most: 0.6},
] as const;

for (const {name, options, most} of looks) {
  test(`the tour goes through the page by keyboard alone, beside what it speaks of: ${name}`, () =>
    visit(
      '',
      async ({page}) => {
        await page.getByRole('button', {name: 'Take the tour'}).focus();
        await page.keyboard.press('Enter');
        const titles: string[] = [];
        for (let step = 1; step <= 6; ++step) {
          await page.locator(card).getByText(`${step} of 6`).waitFor();
          const title = await page.locator(`${card} h2`).innerText();
          await page.waitForTimeout(60);
          assert.equal(await focused(page), title, 'focus is on what is to be read');
          titles.push(title);
          const {within, covered} = await seen(page);
          assert.ok(within, `step ${step} is on the screen`);
          assert.ok(covered <= most, `step ${step} covers ${covered}`);
          await page
            .locator(card)
            .getByRole('button', {name: step < 6 ? 'Next' : 'Done'})
            .focus();
          await page.keyboard.press('Enter');
        }
        assert.equal(new Set(titles).size, 6);
        await page.locator(card).waitFor({state: 'detached'});
        assert.equal(await focused(page), '?', 'focus goes where the tour can be had again');
      },
      options,
    ));
}

test('the tour is clean for axe-core, and Esc ends it', () =>
  visit('', async ({page}) => {
    await page.getByRole('button', {name: 'Take the tour'}).click();
    await page.locator(card).waitFor();
    assert.deepEqual(await complaints(page), []);
    await page.keyboard.press('Escape');
    await page.locator(card).waitFor({state: 'detached'});
  }));

test('who turns the tour down is not offered it again, and finds it in the help', () =>
  visit('', async ({page}) => {
    await page.getByRole('button', {name: 'No tour, and do not offer it again'}).click();
    assert.deepEqual(await page.evaluate(() => ({...localStorage})), {'whylight-tour': 'seen'}, 'nothing else is kept');
    await page.reload();
    await settled(page);
    assert.equal(await page.getByRole('button', {name: 'Take the tour'}).count(), 0);
    await page.locator('header .help').click();
    await page.getByRole('dialog', {name: 'Help'}).getByRole('button', {name: 'Take the tour'}).click();
    await page.locator(card).getByText('1 of 6').waitFor();
  }));

test('the tour returns to the view that it speaks of, and leaves the page to be used', () =>
  visit('#view=draw', async ({page}) => {
    await page.getByRole('button', {name: 'Take the tour'}).click();
    await page.locator(card).getByText('1 of 6').waitFor();
    assert.doesNotMatch(page.url(), /view=draw/);
    await page.locator(card).getByRole('button', {name: 'Next'}).click();
    await page.locator('whylight-classes .bar').nth(1).click();
    await page.locator(card).getByText('2 of 6').waitFor();
    assert.match(page.url(), /target=/);
  }));

test('the card stands beside, below, above or in the corner, as there is room', () => {
  const size = {width: 300, height: 200};
  const room = {width: 1200, height: 700};
  const box = (left: number, top: number, width: number, height: number) => ({left, top, width, height});
  assert.deepEqual(placeCard(box(100, 50, 300, 300), size, room), {left: 414, top: 50});
  assert.deepEqual(placeCard(box(800, 50, 300, 300), size, room), {left: 486, top: 50});
  assert.deepEqual(placeCard(box(20, 50, 1160, 300), size, room), {left: 20, top: 364});
  assert.deepEqual(placeCard(box(20, 400, 1160, 250), size, room), {left: 20, top: 186});
  assert.deepEqual(placeCard(box(20, 20, 1160, 660), size, room), {left: 886, top: 486});
});
