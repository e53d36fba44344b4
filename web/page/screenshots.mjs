// Takes README's pictures from the built page: `npm run screenshots` after `npm run build`.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';
import {serve} from '../serve.mjs';

/* global document, scrollTo -- in the page */
const folder = new URL('screenshots/', import.meta.url);
const patience = {timeout: 60_000};

const shots = [
  {name: 'photograph', width: 1440, height: 900, hash: ''},
  {name: 'scores', width: 1440, height: 900, hash: '', act: scrollToEnd},
  {name: 'laptop', width: 1280, height: 720, hash: '#input=cat-and-coffee.jpg&method=grad-cam'},
  {name: 'phone', width: 390, height: 844, hash: ''},
  {name: 'dark', width: 1440, height: 900, hash: '#input=raccoon.jpg&method=integrated-gradients', scheme: 'dark'},
  {name: 'compare', width: 1280, height: 800, hash: '#view=compare&input=cat-and-coffee.jpg', act: compared},
  {
    name: 'ranking',
    width: 1280,
    height: 800,
    hash: '#view=scores&methods=gradient,lrp,grad-cam,occlusion',
    act: ranked,
  },
  {name: 'network', width: 1280, height: 800, hash: '#view=network', act: inside},
  {name: 'digits', width: 1440, height: 900, hash: '#view=draw&method=lrp', act: drawThree},
];

async function scrollToEnd(page) {
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.mouse.move(5, 5);
}

async function compared(page) {
  await page.waitForFunction(() => document.querySelectorAll('button.map').length === 8, undefined, patience);
}

async function ranked(page) {
  await page.locator('#compute-all').click();
  await page.locator('#compute-all:enabled').waitFor(patience);
}

async function inside(page) {
  await page.locator('button.layer:enabled').nth(8).click();
  await page.locator('whylight-channels .channel').first().waitFor(patience);
  await page.mouse.move(5, 5);
}

/** Two bows, one over the other. */
async function drawThree(page) {
  const sheet = await page.locator('whylight-draw canvas').boundingBox();
  const points = Array.from({length: 41}, (_, i) => {
    const upper = i < 20;
    const angle = upper ? -2.3 + (i / 20) * 3.6 : -1.3 + ((i - 20) / 20) * 3.6;
    const radius = upper ? 0.15 : 0.17;
    return [0.47 + radius * Math.cos(angle), (upper ? 0.33 : 0.63) + 1.1 * radius * Math.sin(angle)];
  });
  const at = ([x, y]) => [sheet.x + sheet.width * x, sheet.y + sheet.height * y];
  await page.mouse.move(...at([0.35, 0.25]));
  await page.mouse.down();
  for (const point of points) {
    await page.mouse.move(...at(point), {steps: 2});
    await page.waitForTimeout(16);
  }
  await page.mouse.up();
  await page.mouse.move(5, 5);
}

async function take(browser, url, {name, width, height, hash, scheme = 'light', act}) {
  const page = await browser.newPage({viewport: {width, height}, colorScheme: scheme});
  await page.goto(url + hash);
  await page.waitForFunction(
    () => document.querySelector('whylight-page')?.dataset.state === 'ready',
    undefined,
    patience,
  );
  if (!/view=(compare|network)/.test(hash)) await page.locator('.perturbed whylight-picture canvas').waitFor(patience);
  if (act) await act(page);
  await page.waitForTimeout(1500); // the last scores come in
  await capture(page, name);
}

async function capture(page, name) {
  const devtools = await page.context().newCDPSession(page);
  const {data} = await devtools.send('Page.captureScreenshot', {format: 'webp', quality: 82});
  writeFileSync(new URL(`${name}.webp`, folder), Buffer.from(data, 'base64'));
  await page.close();
}

const style =
  'body {font: 17px/1.6 Georgia, serif; max-width: 860px; margin: 28px auto} whylight-explainer {font: 15px system-ui}';
const text = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A document</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="document.css"><script type="module" src="element/element.js"></script>
<h1>What the network looks at</h1>
<p>The photograph shows a cat, and the network says so. Three methods, asked for the reasons, point at different things:</p>
<whylight-explainer model="models/efficientnet-lite0/model.onnx" compare="integrated-gradients,lrp,occlusion" loading="eager">
<img src="models/efficientnet-lite0/samples/chelsea.jpg" alt="A cat"></whylight-explainer>
<p>The figure is live: choose another class, and all three answer for that one.</p></html>`;

/** A figure in a document. */
async function takeDocument(browser, url) {
  const page = await browser.newPage({viewport: {width: 940, height: 890}});
  await page.route(`${url}document.html`, (route) => route.fulfill({contentType: 'text/html', body: text}));
  await page.route(`${url}document.css`, (route) => route.fulfill({contentType: 'text/css', body: style}));
  await page.goto(`${url}document.html`);
  await page.evaluate(() => document.querySelector('whylight-explainer').explained());
  await capture(page, 'document');
}

/** A page of the documentation. */
async function takeDocs(browser, url) {
  const page = await browser.newPage({viewport: {width: 1280, height: 860}});
  await page.goto(`${url}docs/methods/lrp.html`);
  await page.evaluate(() => document.querySelector('whylight-explainer').explained());
  await page.waitForTimeout(500);
  await capture(page, 'docs');
}

/** An explanation in one file, opened from where it lies. */
async function takeSingle(browser) {
  const place = mkdtempSync(path.join(tmpdir(), 'whylight-'));
  const file = path.join(place, 'explanation.html');
  const model = 'models/efficientnet-lite0';
  const metrics = ['deletion', 'insertion', 'complexity'].flatMap((name) => ['--metric', name]);
  const args = ['page', `${model}/model.onnx`, '--input', `${model}/samples/chelsea.jpg`, ...metrics, '--output', file];
  execFileSync(process.execPath, ['dist/cli.js', ...args]);
  const page = await browser.newPage({viewport: {width: 1280, height: 860}});
  await page.goto(pathToFileURL(file).href);
  await page.getByText('is ready').waitFor(patience);
  await capture(page, 'single');
  rmSync(place, {recursive: true});
}

const {url, close} = await serve();
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
for (const shot of shots) await take(browser, url, shot);
await takeDocument(browser, url);
await takeDocs(browser, url);
await takeSingle(browser);
await browser.close();
await close();
