import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {complaints, patience, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

const panel = (page: Page) => page.locator('whylight-profile');

async function measure(page: Page): Promise<void> {
  await panel(page)
    .getByRole('button', {name: /^Measure/})
    .click();
  await panel(page).getByRole('table', {name: 'By step'}).waitFor({timeout: patience});
}

const firstCells = (page: Page, table: string) =>
  panel(page).getByRole('table', {name: table}).locator('tbody th .title').allInnerTexts();

test('the profile shows every step forward and backward', () =>
  visit('#view=network&method=gradient', async ({page}) => {
    await measure(page);
    const facts = await panel(page).locator('dl').innerText();
    assert.match(facts, /forward\s+\d[\d.]* ms\s+\d+ GFLOP\/s/);
    assert.match(facts, /backward\s+\d[\d.]* ms\s+\d+ GFLOP\/s/);
    assert.match(facts, /peak memory\s+\d[\d.]* MB/);
    assert.match(facts, /\d+ quieter of 24 rounds/, 'the clock of browsers is coarse');
    assert.equal((await firstCells(page, 'By operator'))[0], 'Conv');
    assert.equal((await firstCells(page, 'By step')).length, 12);
    await panel(page)
      .getByRole('button', {name: /^Show all \d+ steps/})
      .click();
    const names = await firstCells(page, 'By step');
    assert.ok(names.length > 50, String(names.length));
    assert.deepEqual(await complaints(page), []);
  }));

test('the steps are sorted by a click', () =>
  visit('#view=network&method=gradient', async ({page}) => {
    await measure(page);
    const steps = panel(page).getByRole('table', {name: 'By step'});
    assert.equal(await steps.locator('th[aria-sort="descending"]').innerText(), 'share ↓');
    const times = async () => (await steps.locator('tbody td:nth-child(3) .time').allInnerTexts()).map(Number);
    await steps.getByRole('button', {name: 'forward, ms'}).click();
    const forward = await times();
    assert.deepEqual(
      forward,
      forward.toSorted((a, b) => b - a),
    );
    await steps.getByRole('button', {name: /^step/}).focus();
    await page.keyboard.press('Enter');
    assert.deepEqual((await firstCells(page, 'By step'))[1], 'stem.conv');
  }));

test('relevance can be measured, and measuring stopped', () =>
  visit('#view=network&method=gradient', async ({page}) => {
    await panel(page).getByRole('combobox').selectOption('lrp');
    await panel(page).getByRole('button', {name: 'Measure'}).click();
    await panel(page).getByRole('button', {name: 'Stop'}).click({timeout: patience});
    await panel(page).getByRole('button', {name: 'Measure'}).and(page.locator(':enabled')).waitFor({timeout: 3000});
    assert.equal(await panel(page).getByRole('table').count(), 0);
    await measure(page);
  }));

test('another model forgets the profile', () =>
  visit('#view=network&model=digits', async ({page}) => {
    await measure(page);
    await page.locator('#model').selectOption('efficientnet-lite0');
    await panel(page).getByRole('table').first().waitFor({state: 'detached', timeout: patience});
  }));

for (const width of [280, 400]) {
  test(`the profile fits ${width} px`, () =>
    visit(
      '#view=network&method=gradient',
      async ({page}) => {
        await measure(page);
        const wide = await panel(page).evaluate((element) => {
          const right = element.getBoundingClientRect().right;
          const parts = [...element.shadowRoot!.querySelectorAll('table, table *')];
          return parts.filter((part) => part.getBoundingClientRect().right > right + 0.5).length;
        });
        assert.equal(wide, 0, 'nothing reaches over the edge');
      },
      {viewport: {width, height: 800}},
    ));
}
