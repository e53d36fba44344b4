// What is drawn over the map and left out of it, on the page and in figures of documents.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {complaints, explained, shownMap, startBrowser, stopBrowser, visit, visitDocument} from './browser.ts';

before(startBrowser);
after(stopBrowser);

const stage = (page: Page) => page.locator('.figure whylight-picture');
const kinds = (page: Page) =>
  stage(page)
    .locator('svg.lines path:not(.under)')
    .evaluateAll((paths) => paths.map((path) => path.getAttribute('class')));

/** The colour in the middle of the stage, and how many of its pixels are grey. */
const greyShare = (page: Page) =>
  page.evaluate(() => {
    const canvas = document.querySelector('.figure whylight-picture')!.shadowRoot!.querySelector('canvas')!;
    const {data} = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let grey = 0;
    for (let at = 0; at < data.length; at += 4) grey += Number(data[at] === data[at + 1] && data[at] === data[at + 2]);
    return grey / (data.length / 4);
  });

test('lesser controls are folded away until asked for or in use', () =>
  visit('#method=integrated-gradients&set.steps=8', async ({page}) => {
    assert.equal(await stage(page).getByLabel('over it').count(), 0);
    const before = await shownMap(page);
    await stage(page).getByRole('button', {name: /^More/}).click();
    await stage(page).getByLabel('over it').selectOption({label: 'lines of equal value'});
    assert.deepEqual(await kinds(page), ['support', 'support', 'support', 'against', 'against', 'against']);
    await stage(page)
      .getByText(/^Lines at ±[\d.]+, ±[\d.]+, ±[\d.]+, of the map smoothed; dashed/)
      .waitFor();
    await stage(page)
      .getByLabel(/^hide values weaker/)
      .fill('50');
    await stage(page)
      .getByText(/^Weaker than ±[\d.]+ \(50 % of the end of the scale\) is hidden/)
      .waitFor();
    assert.ok((await greyShare(page)) > 0.8, 'little of a sparse map is left');
    assert.deepEqual(await shownMap(page), before, 'the numbers stay');
    const link = new URLSearchParams(new URL(page.url()).hash.slice(1));
    assert.deepEqual([link.get('overlay'), link.get('threshold')], ['lines', '0.5']);
  }));

test('a link restores an outline, which tells what it holds; the values under it are read', () =>
  visit('#method=lrp&overlay=top-5', async ({page}) => {
    assert.deepEqual(await kinds(page), ['support']);
    const note = stage(page).getByText(/^The outline encloses the strongest 5 % .* which hold (\d+) % of the support/);
    const share = Number(/hold (\d+) %/.exec(await note.innerText())![1]);
    assert.ok(share > 15 && share <= 100, String(share));
    await stage(page)
      .locator('.reader')
      .hover({position: {x: 100, y: 120}});
    assert.match(await stage(page).locator('.read').innerText(), /^column \d+, row \d+: .* before smoothing/);
  }));

test('regions show means, and the reader tells the mean and the value', () =>
  visit('#method=integrated-gradients&set.steps=8&overlay=regions&threshold=0.6', async ({page}) => {
    assert.deepEqual(await kinds(page), ['border']);
    await stage(page).locator('.reader').focus();
    await page.keyboard.press('ArrowRight');
    const read = await stage(page).locator('.read').innerText();
    assert.match(read, /^column 113, row 112: .* is the region’s mean \(.* here\)/);
    assert.deepEqual(await complaints(page), []);
  }));

test('figures of documents take a view from their author', () =>
  visitDocument(
    `<whylight-explainer loading="eager" model="site/models/digits/model.onnx" src="site/models/digits/samples/3.png"
      method="integrated-gradients" palette="green-brown" view='{"overlay": "top-20", "threshold": 0.1, "opacity": 1}'>
     </whylight-explainer>`,
    async ({page}) => {
      await explained(page);
      const figure = page.locator('whylight-explainer');
      await figure.getByText(/^The outline encloses the strongest 20 %/).waitFor();
      await figure.getByText(/^Weaker than ±[\d.]+ \(10 % of the end of the scale\) is hidden/).waitFor();
      assert.equal(await figure.getByLabel('colours').inputValue(), 'green-brown');
      assert.equal(await figure.locator('svg.lines path').count(), 2);
    },
  ));

test('a view that cannot be read is told in the figure', () =>
  visitDocument(
    `<whylight-explainer loading="eager" model="site/models/digits/model.onnx" src="site/models/digits/samples/3.png"
      view="lines"></whylight-explainer>`,
    async ({page}) => {
      const failure = page.locator('whylight-explainer').getByRole('alert');
      await failure.waitFor();
      assert.match(await failure.innerText(), /view: is not JSON, found lines\. Write it as JSON/);
    },
  ));
