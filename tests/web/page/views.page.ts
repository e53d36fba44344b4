import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {complaints, nextMap, patience, settled, shownMap, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

const link = (page: Page, name: string) => page.getByRole('navigation', {name: 'Views'}).getByRole('link', {name});
const maps = (page: Page) => page.locator('button.map');

async function mapsThere(page: Page, count: number): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelectorAll('button.map').length === wanted, count, {
    timeout: patience,
  });
}

/** Tells what was asked of the workers, each job once: it begins with a message that names it, in every worker that takes part. */
async function countWork(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const asked = ((window as unknown as {asked: Map<unknown, string>}).asked = new Map<unknown, string>());
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its own worker
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: unknown, ...rest: unknown[]) {
      const {path, argumentList} = message as {path?: string[]; argumentList?: {value?: unknown}[]};
      if (path?.[0] === 'begin') {
        const request = argumentList?.[4]?.value as {name: string; target: string} | undefined;
        if (request) asked.set(argumentList?.[1]?.value, `${request.name} ${request.target}`);
      }
      (post as (...all: unknown[]) => void).call(this, message, ...rest);
    } as typeof post;
  });
  return () => page.evaluate(() => [...(window as unknown as {asked: Map<unknown, string>}).asked.values()]);
}

test('methods and classes are compared, each map made once, and a click explains with one', () =>
  visit('', async ({page}) => {
    const asked = await countWork(page);
    await page.goto(`${new URL('.', page.url()).href}#view=compare&methods=gradient,grad-cam&classes=281,285`);
    await page.reload();
    await mapsThere(page, 4);
    assert.deepEqual(await page.locator('.compare tbody th bdi').allInnerTexts(), ['tabby', 'Egyptian cat']);
    assert.equal(await page.locator('.compare thead th whylight-legend').count(), 2);
    await page.locator('#add-method').selectOption('gradient-x-input');
    await mapsThere(page, 6);
    await page.locator('#scale').selectOption('all');
    await page.locator('whylight-legend.common').waitFor();
    await nextStill(page);
    await maps(page).nth(1).click();
    const map = await shownMap(page);
    assert.equal(map.method, 'grad-cam');
    assert.equal(map.target, '281');
    const work = (await asked()).filter((name) => /^(gradient|grad-cam|gradient-x-input) /.test(name));
    assert.equal(new Set(work).size, work.length, `each once: ${work.join(', ')}`);
    await page.goBack();
    await mapsThere(page, 6);
    assert.equal(
      (await asked()).filter((name) => /^(gradient|grad-cam|gradient-x-input) /.test(name)).length,
      work.length,
    );
  }));

/** Nothing is being made. */
async function nextStill(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector('.tools whylight-progress'), undefined, {timeout: patience});
}

test('what is compared is in the link, is removed again, and axe-core finds nothing wrong', () =>
  visit(
    '#model=digits&view=compare&methods=gradient,lrp%3Bcomposite%3Depsilon&classes=3,7,3:7&scale=all',
    async ({page}) => {
      await mapsThere(page, 6);
      assert.match(await page.locator('.compare thead').innerText(), /composite epsilon/);
      assert.match(await page.locator('.compare tbody').innerText(), /3 rather than 7/);
      assert.deepEqual(await complaints(page), []);
      await page.getByRole('button', {name: 'Remove 7', exact: true}).click();
      await mapsThere(page, 4);
      assert.match(decodeURIComponent(page.url()), /classes=3,3:7/);
      await page.locator('#add-class').fill('5');
      await page.keyboard.press('Tab');
      await mapsThere(page, 6);
      assert.match(decodeURIComponent(page.url()), /classes=3,3:7,5/);
      await page.goBack();
      await mapsThere(page, 4);
      await page.goForward();
      await mapsThere(page, 6);
    },
  ));

test('comparing is stopped and goes on', () =>
  visit('#view=compare&methods=gradient,smoothgrad%3Bsamples%3D1000&classes=281', async ({page}) => {
    await mapsThere(page, 1);
    await page.locator('.tools whylight-progress button').click();
    await page.getByRole('button', {name: 'Go on'}).waitFor({timeout: 3000});
    assert.match(await page.locator('.place').innerText(), /not computed/);
    await page.getByRole('button', {name: 'Remove SmoothGrad'}).click();
    await page.getByRole('button', {name: 'Go on'}).waitFor({state: 'detached'});
    await mapsThere(page, 1);
  }));

test('scores rank methods: computed on request, the best marked, sorted, with reasons for what is missing', () =>
  visit('#model=digits&view=scores&methods=gradient,grad-cam', async ({page}) => {
    const cell = (row: number, metric: string) =>
      page.locator(`.ranks tbody tr:nth-child(${row}) [data-score="${metric}"]`);
    await page.getByRole('button', {name: 'Compute Deletion of all'}).click();
    await cell(1, 'deletion').locator('.value').waitFor({timeout: patience});
    await cell(2, 'deletion').locator('.value').waitFor({timeout: patience});
    const values = [1, 2].map((row) => cell(row, 'deletion').locator('.value').innerText());
    const numbers = (await Promise.all(values)).map((text) => parseFloat(text));
    assert.ok(numbers[0]! <= numbers[1]!, `the mean rank sorts: ${numbers.join()}`);
    assert.match(await cell(1, 'deletion').innerText(), /best/);
    assert.match(
      (await cell(1, 'relevance-mass-accuracy').locator('span').getAttribute('title')) ?? '',
      /needs a mark/,
    );
    assert.equal(await cell(1, 'insertion').locator('.value').count(), 0, 'nothing was computed unasked');
    await page.getByRole('button', {name: 'Compute all', exact: true}).click();
    await page.locator('#compute-all:enabled').waitFor({timeout: patience});
    await page.getByRole('button', {name: /^Sparseness/}).click();
    assert.match(page.url(), /sort=sparseness/);
    const sparse = await Promise.all([1, 2].map((row) => cell(row, 'sparseness').locator('.value').innerText()));
    assert.ok(parseFloat(sparse[0]!) >= parseFloat(sparse[1]!), sparse.join());
    assert.deepEqual(await complaints(page), []);
    await nextMap(page, () => page.locator('#target').selectOption({index: 1}));
    await cell(1, 'deletion').getByRole('button').waitFor();
    assert.equal(await cell(1, 'deletion').locator('.value').count(), 0, 'another class has scores of its own');
  }));

test('computing scores is stopped', () =>
  visit('#view=scores&methods=smoothgrad%3Bsamples%3D300', async ({page}) => {
    await page.getByRole('button', {name: 'Compute Max-sensitivity of all'}).click();
    await page.locator('.tools').getByRole('button', {name: 'Stop'}).click();
    await page.locator('#compute-all:enabled').waitFor({timeout: 3000});
  }));

test('the view is in the address, and back and forward go through views', () =>
  visit('', async ({page}) => {
    await link(page, 'Scores').click();
    await page.locator('.ranks').waitFor();
    assert.match(page.url(), /view=scores/);
    await link(page, 'Compare').focus();
    await page.keyboard.press('Enter');
    await page.locator('main.compare').waitFor();
    await page.goBack();
    await page.locator('.ranks').waitFor();
    await page.goBack();
    await page.locator('.why').waitFor();
    await nextMap(page, () => link(page, 'Draw').click());
    await page.locator('whylight-draw').waitFor();
    assert.equal(await page.locator('#model').inputValue(), 'digits');
  }));

for (const screen of ['compare', 'scores', 'network', 'draw']) {
  for (const [look, options] of Object.entries({
    phone: {viewport: {width: 390, height: 844}},
    dark: {colorScheme: 'dark'},
    'forced colours': {forcedColors: 'active'},
  } as const)) {
    test(`axe-core finds nothing wrong, and nothing scrolls sideways: ${screen}, ${look}`, () =>
      visit(
        `#view=${screen}&model=digits`,
        async ({page}) => {
          await page.waitForTimeout(300);
          assert.deepEqual(await complaints(page), []);
          const beyond = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          assert.ok(beyond <= 0, `${beyond} px too wide`);
        },
        options,
      ));
  }
}

test('at 1280 by 720 all that matters is there without scrolling, and nothing jumps while it comes', () =>
  visit(
    '',
    async ({page}) => {
      const moved = await page.evaluate(async () => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            const shift = entry as PerformanceEntry & {value: number; hadRecentInput: boolean};
            if (!shift.hadRecentInput) sum += shift.value;
          }
        });
        observer.observe({type: 'layout-shift', buffered: true});
        const ready = () => document.querySelector<HTMLElement>('whylight-page')!.dataset.state === 'ready';
        while (!ready() || !document.querySelector('whylight-curve')) await new Promise((go) => setTimeout(go, 50));
        await new Promise((go) => setTimeout(go, 500));
        return sum;
      });
      assert.ok(moved < 0.03, `layout shift ${moved}`);
      const parts = [
        '.figure canvas.map',
        '.why .bar >> nth=0',
        '.why .bar >> nth=4',
        '.why #method',
        '.one-score b',
        '.hint',
      ];
      for (const part of parts) {
        const box = (await page.locator(part).boundingBox())!;
        assert.ok(
          box && box.y >= 0 && box.y + box.height <= 720 && box.x + box.width <= 1280,
          `${part}: ${JSON.stringify(box)}`,
        );
      }
      await page.waitForFunction(() => /\d/.test(document.querySelector('.one-score b')!.textContent));
      assert.equal(await page.evaluate(() => scrollY), 0);
    },
    {viewport: {width: 1280, height: 720}},
    false,
  ));

test('steps are undone and done again, in agreement with Back and Forward', () =>
  visit('#method=gradient', async ({page}) => {
    const method = async () => (await shownMap(page)).method;
    const colours = () => page.locator('.figure whylight-picture').getByLabel('colours').inputValue();
    const undo = page.getByRole('button', {name: 'Undo'});
    assert.ok(await undo.isDisabled());
    await nextMap(page, () => page.locator('whylight-options #method').selectOption('gradient-x-input'));
    const before = await colours();
    await page.locator('.figure whylight-picture').getByLabel('colours').selectOption({index: 2});
    assert.notEqual(await colours(), before);
    await nextMap(page, () => page.keyboard.press('Control+z'));
    assert.equal(await colours(), before);
    assert.equal(await method(), 'gradient-x-input', 'only the colours');
    await nextMap(page, () => undo.click());
    assert.equal(await method(), 'gradient');
    await nextMap(page, () => page.keyboard.press('Control+Shift+z'));
    assert.equal(await method(), 'gradient-x-input');
    await nextMap(page, () => page.goBack());
    assert.equal(await method(), 'gradient', 'Back undoes too');
    assert.ok(await undo.isDisabled());
    await nextMap(page, () => page.getByRole('button', {name: 'Redo'}).click());
    assert.equal(await method(), 'gradient-x-input');
    await link(page, 'Compare').click();
    await page.getByRole('button', {name: 'Remove Grad-CAM'}).click();
    await page.getByRole('button', {name: 'Remove Grad-CAM'}).waitFor({state: 'detached'});
    await page.keyboard.press('Control+z');
    await page.getByRole('button', {name: 'Remove Grad-CAM'}).waitFor();
    assert.equal(await page.locator('main.compare').count(), 1, 'the view stays');
  }));

test('marks and what is drawn are undone', () =>
  visit('#view=draw', async ({page}) => {
    const ink = () =>
      page.locator('whylight-draw canvas').evaluate((canvas: HTMLCanvasElement) => {
        const {data} = canvas.getContext('2d')!.getImageData(0, 0, 280, 280);
        return data.reduce((sum, value) => sum + (value < 128 ? 1 : 0), 0);
      });
    const stroke = async (x: number) => {
      const box = (await page.locator('whylight-draw canvas').boundingBox())!;
      await page.mouse.move(box.x + x * box.width, box.y + 0.2 * box.height);
      await page.mouse.down();
      await page.mouse.move(box.x + x * box.width, box.y + 0.8 * box.height, {steps: 4});
      await page.mouse.up();
      await page.waitForTimeout(300);
      await settled(page);
    };
    await stroke(0.4);
    const one = await ink();
    await stroke(0.7);
    const two = await ink();
    assert.ok(two > one && one > 0);
    await page.locator('whylight-draw').getByRole('button', {name: 'Clear'}).click();
    assert.equal(await ink(), 0);
    const goes = async (keys: string, expected: number) => {
      await page.keyboard.press(keys);
      await page.waitForTimeout(600);
      await settled(page);
      assert.equal(await ink(), expected, keys);
    };
    await goes('Control+z', two);
    await goes('Control+z', one);
    await goes('Control+Shift+z', two);
    await page.getByRole('button', {name: 'Mark object'}).click();
    await page.keyboard.press('ArrowRight');
    await page.locator('whylight-mark rect.line').waitFor();
    await page.keyboard.press('Control+z');
    await page.locator('whylight-mark rect.line').waitFor({state: 'detached'});
  }));

test('the network is a graph: a layer shows its channels, one of them is explained, and the map is taken at a layer', () =>
  visit('#view=network&method=gradient', async ({page}) => {
    const layers = page.locator('button.layer');
    assert.ok((await layers.count()) > 40);
    const widths = await page
      .locator('.layers svg.tie')
      .evaluateAll((all) => all.map((one) => one.getAttribute('width')));
    assert.ok(Number(widths[0]) > 12, 'residual links have a lane of their own');
    await page.locator('whylight-channels .channel').first().waitFor({timeout: patience});
    await page.locator('button.layer[aria-current]').focus();
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() => location.hash.includes('layer='));
    const layer = new URLSearchParams(new URL(page.url()).hash.slice(1)).get('layer')!;
    await page.locator('whylight-channels .channel').first().waitFor({timeout: patience});
    assert.deepEqual(await complaints(page), []);
    await page.locator('.inside').getByRole('button', {name: 'Measure'}).click();
    await page.getByText(/ms forward, .* backward/).waitFor({timeout: patience});
    await nextMap(page, () => page.locator('whylight-channels .channel').first().click());
    const {target, data} = await shownMap(page);
    assert.ok(target.startsWith(`${layer}@`), target);
    assert.ok(data.some((value) => value !== 0));
    assert.match(await page.locator('.why-title').innerText(), /channel \d+ of/);
    assert.deepEqual(await complaints(page), []);
    await page.goBack();
    await nextMap(page, () => page.locator('.take').getByRole('button', {name: 'Grad-CAM'}).click());
    const map = await shownMap(page);
    assert.equal(map.method, 'grad-cam');
    assert.match(decodeURIComponent(page.url()), new RegExp(`set.layer=${layer.replace(/[.*+?^${}()|[\]\\]/g, '.')}`));
  }));
