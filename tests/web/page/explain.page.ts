import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {contentSecurityPolicy} from '../../../web/serve.mjs';
import {
  barNames,
  chooseMethod,
  likeness,
  loaded,
  nextMap,
  noticeText,
  patience,
  settled,
  shownMap,
  startBrowser,
  stopBrowser,
  visit,
} from './browser.ts';

before(startBrowser);
after(stopBrowser);

test('opening the page shows a photograph that is classified, explained and scored', () =>
  visit('', async ({page}) => {
    const names = await barNames(page);
    assert.equal(names.length, 5);
    assert.match(names.slice(0, 2).join(), /Egyptian cat|tiger cat/);
    const map = await shownMap(page);
    assert.deepEqual(map.shape, [1, 3, 224, 224]);
    assert.ok(map.data.every(Number.isFinite));
    assert.ok(map.data.some((value) => value > 0));
    assert.match(await page.locator('.why-title').innerText(), /Why “.*cat”\?\s*\d+ %/);
    const facts = await page.locator('whylight-facts dl').innerText();
    assert.match(facts, /explained output[\s\S]*probability \d+ %/);
    assert.match(facts, /time[\s\S]*on \d+ worker/);
    await page.locator('whylight-curve svg').waitFor({timeout: patience});
    await page.locator('[data-metric="sparseness"][data-state="done"] .value').waitFor({timeout: patience});
    assert.equal(await noticeText(page), '');
  }));

test('choosing another class moves the map of a picture with two subjects', () =>
  visit('#model=efficientnet-lite0&input=cat-and-coffee.jpg&method=grad-cam', async ({page}) => {
    const bars = page.locator('whylight-classes .bar');
    const names = await barNames(page);
    const cup = names.findIndex((name) => /espresso|cup/.test(name));
    const cat = names.findIndex((name) => /cat|tabby/.test(name));
    assert.ok(cup >= 0 && cat >= 0, names.join());
    const pick = async (place: number) => {
      if ((await bars.nth(place).getAttribute('aria-checked')) !== 'true')
        await nextMap(page, () => bars.nth(place).click());
      return shownMap(page);
    };
    const ofCup = await pick(cup);
    const ofCat = await pick(cat);
    assert.notEqual(ofCup.target, ofCat.target);
    assert.ok(likeness(ofCup, ofCat) < 0.7, String(likeness(ofCup, ofCat)));
    assert.match(await page.locator('.why-title').innerText(), new RegExp(names[cat]!));
  }));

test('a class can be explained rather than another', () =>
  visit('', async ({page}) => {
    await nextMap(page, () => page.locator('whylight-classes #against').selectOption({index: 1}));
    assert.match((await shownMap(page)).target, /^\d+:\d+$/);
    assert.match(await page.locator('.why-title').innerText(), /rather than/);
  }));

test('every method of the catalogue gives a map of its own', () =>
  visit('', async ({page}) => {
    const names = await page
      .locator('whylight-options #method option')
      .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    assert.ok(names.length >= 8, names.join());
    for (const name of names) {
      if ((await shownMap(page)).method !== name) await chooseMethod(page, name);
      const map = await shownMap(page);
      assert.equal(map.method, name, await noticeText(page));
      assert.ok(map.data.every(Number.isFinite), `${name}: finite`);
      assert.ok(
        map.data.some((value) => value !== 0),
        `${name}: not zero`,
      );
    }
  }));

test('an option from the catalogue changes the map', () =>
  visit('#method=integrated-gradients', async ({page}) => {
    const plain = await shownMap(page);
    await nextMap(page, async () => {
      await page.locator('whylight-options #option-steps').fill('3');
      await page.keyboard.press('Tab');
    });
    assert.notDeepEqual((await shownMap(page)).data, plain.data);
    assert.match(page.url(), /set\.steps=3/);
  }));

test('a long run can be stopped, and the page goes on', () =>
  visit('#method=gradient', async ({page}) => {
    await page.locator('whylight-options #method').selectOption('smoothgrad');
    await settled(page, 2);
    await page.locator('whylight-options #option-samples').fill('1000');
    await page.keyboard.press('Tab');
    const stop = page.locator('whylight-progress button');
    await stop.waitFor({timeout: 5000});
    const begin = performance.now();
    await stop.click();
    await page.getByText('Stopped.').waitFor({timeout: 2000});
    await chooseMethod(page, 'gradient');
    assert.ok(performance.now() - begin < 5000, `${performance.now() - begin} ms until the next map`);
    assert.equal((await shownMap(page)).method, 'gradient');
  }));

test('the very first map can be stopped too', () =>
  visit(
    '#method=smoothgrad&set.samples=1000',
    async ({page}) => {
      await page.locator('whylight-progress button').click({timeout: patience});
      await page.getByText('Stopped.').waitFor({timeout: 2000});
      await nextMap(page, () => page.locator('whylight-options #method').selectOption('gradient'));
      assert.equal((await shownMap(page)).method, 'gradient');
    },
    {},
    false,
  ));

test('the page does not freeze while it computes', () =>
  visit('#method=smoothgrad&set.samples=200', async ({page}) => {
    const longest = await page.evaluate(async () => {
      const method = document
        .querySelector('whylight-options')!
        .shadowRoot!.querySelector<HTMLSelectElement>('#method')!;
      method.value = 'occlusion';
      method.dispatchEvent(new Event('change'));
      let worst = 0;
      let last = performance.now();
      for (let frame = 0; frame < 60; ++frame) {
        await new Promise((resolve) => setTimeout(resolve, 16));
        worst = Math.max(worst, performance.now() - last);
        last = performance.now();
      }
      return worst;
    });
    assert.ok(longest < 500, `${Math.round(longest)} ms without a turn`);
  }));

test('scrubbing the curve with the keyboard shows the perturbed picture', () =>
  visit('', async ({page}) => {
    const handle = page.locator('whylight-curve .handle');
    await handle.waitFor({timeout: patience});
    await page.locator('.perturbed whylight-picture canvas').waitFor();
    const pixels = () =>
      page.locator('.perturbed whylight-picture canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const early = await pixels();
    await handle.focus();
    await page.keyboard.press('End');
    assert.equal(await handle.getAttribute('aria-valuenow'), '100');
    await page.waitForFunction(
      (before) => {
        const picture = document.querySelector('.perturbed whylight-picture')!.shadowRoot!;
        return picture.querySelector('canvas')!.toDataURL() !== before;
      },
      early,
      {timeout: patience},
    );
  }));

test('a score that costs time is computed on request', () =>
  visit('#method=gradient', async ({page}) => {
    await page.locator('whylight-curve svg').waitFor({timeout: patience});
    const row = page.locator('[data-metric="max-sensitivity"]');
    await row.getByRole('button').click();
    await page.locator('[data-metric="max-sensitivity"][data-state="done"] .value').waitFor({timeout: patience});
    assert.match(await row.innerText(), /Lower is better/);
  }));

test('a score that takes long can be stopped and asked for again', () =>
  visit('#method=smoothgrad&set.samples=300', async ({page}) => {
    await page.locator('whylight-curve svg').waitFor({timeout: patience});
    const row = page.locator('[data-metric="max-sensitivity"]');
    await row.getByRole('button', {name: 'Compute'}).click();
    await row.getByRole('button', {name: 'Stop'}).click();
    await row.getByRole('button', {name: 'Compute'}).waitFor({timeout: 3000});
  }));

test('nothing is asked of the network once the page is loaded, and it works without one', () =>
  visit('', async ({page, requests}) => {
    await loaded(page);
    const before = requests.length;
    await page.context().setOffline(true);
    const items = page.locator('whylight-gallery .item');
    for (const place of [1, 4]) await nextMap(page, () => items.nth(place).click());
    await chooseMethod(page, 'lrp');
    await nextMap(page, () => page.locator('#model').selectOption('digits'));
    await page.locator('whylight-curve svg').waitFor({timeout: patience});
    assert.deepEqual(requests.slice(before), []);
    assert.match(await page.locator('footer').innerText(), /0 requests since load/);
  }));

test('the page keeps the strict policy that it is served with', () =>
  visit('', async ({page, problems}) => {
    const response = await page.request.get(page.url());
    assert.equal(response.headers()['content-security-policy'], contentSecurityPolicy);
    assert.deepEqual(problems, []);
    const blocked = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.intruder = true';
      document.head.append(script);
      return !('intruder' in window);
    });
    assert.ok(blocked, 'the policy is in force');
    await page.waitForTimeout(100);
    assert.equal(
      problems.splice(0).length,
      2,
      'and a violation of what is served and of what is declared would have been seen',
    );
  }));
