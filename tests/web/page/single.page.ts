// One HTML file that holds an explanation: opened from where it lies, without a network, it is live.
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {writeNpy} from '../../../web/core/npy.ts';
import type {BrowserContextOptions, Page} from 'playwright-core';
import {complaints, loaded, newContext, patience, shownMap, startBrowser, stopBrowser, visit} from './browser.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'whylight-single-'));
before(startBrowser);
after(async () => {
  await stopBrowser();
  rmSync(folder, {recursive: true});
});

const at = (name: string) => path.join(folder, name);
const cat = 'models/efficientnet-lite0';

/** Writes a file by the command. */
function written(name: string, ...args: string[]): string {
  execFileSync(process.execPath, ['dist/cli.js', 'page', ...args, '--output', at(name)]);
  return at(name);
}

interface Opened {
  page: Page;
  /** what the page asked for, but for itself and what lies within it */
  requests: string[];
}

/** Opens a file from where it lies with the network cut; expects a quiet console, no violation of its policy and no request. */
async function open(file: string, test: (opened: Opened) => Promise<void>, options: BrowserContextOptions = {}) {
  const context = await newContext({viewport: {width: 1280, height: 800}, ...options});
  try {
    await context.setOffline(true);
    const page = await context.newPage();
    const [problems, requests]: [string[], string[]] = [[], []];
    const own = pathToFileURL(file).href;
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== own && !/^(blob|data):/.test(request.url())) requests.push(request.url());
    });
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective));
    });
    await page.goto(own);
    await test({page, requests});
    assert.deepEqual({problems, requests}, {problems: [], requests: []});
  } finally {
    await context.close();
  }
}

const ready = (page: Page) => page.getByText('is ready').waitFor({timeout: patience});
const computed = (page: Page) => page.getByText('Computed in this file').waitFor({timeout: patience});

/** The map that is shown. */
const mapOf = (page: Page) =>
  page.evaluate(() => {
    const saved = document.querySelector('whylight-saved')!;
    const picture = saved.shadowRoot!.querySelector('whylight-picture') as unknown as {
      attribution: {data: Float32Array};
    };
    return [...picture.attribution.data];
  });

const bars = (page: Page) => page.getByRole('radiogroup', {name: 'Class to explain'}).getByRole('radio');

test('a file of the command is live: it shows what was saved, repeats it bit for bit, and explains another class and method', async () => {
  const file = written(
    'cat.html',
    `${cat}/model.onnx`,
    ...['--input', `${cat}/samples/chelsea.jpg`, '--metric', 'complexity'],
  );
  assert.ok(statSync(file).size < 8.5e6, `${statSync(file).size} bytes`);
  await open(file, async ({page}) => {
    await ready(page);
    assert.equal(await page.getByRole('heading', {level: 1}).innerText(), 'Chelsea the cat');
    const saved = await mapOf(page);
    assert.ok(saved.some((value) => value > 0));
    await page.getByRole('button', {name: 'Run again'}).click();
    await page.getByText('bit for bit').waitFor({timeout: patience});
    assert.deepEqual(await mapOf(page), saved);

    await bars(page).nth(1).click();
    await page.getByText('Why “tiger cat”').waitFor({timeout: patience});
    const other = await mapOf(page);
    assert.notDeepEqual(other, saved);

    await page.getByLabel('Method').selectOption('grad-cam');
    await page.getByText('By Grad-CAM').waitFor({timeout: patience});
    assert.notEqual((await mapOf(page)).length, other.length);

    await page.getByRole('button', {name: 'Compute: Complexity'}).click();
    await page.locator('li[data-metric="complexity"][data-state="done"]').waitFor({timeout: patience});

    await page.getByRole('button', {name: 'Back to the saved one'}).click();
    await page.getByText('Why “Egyptian cat”').waitFor();
    assert.deepEqual(await mapOf(page), saved);
  });
});

test('a file of the digits network follows the pen', async () => {
  const file = written('three.html', 'models/digits/model.onnx', '--input', 'models/digits/samples/3.png');
  await open(file, async ({page}) => {
    await ready(page);
    const saved = await mapOf(page);
    const sheet = (await page.locator('whylight-draw canvas').boundingBox())!;
    await page.mouse.move(sheet.x + sheet.width / 2, sheet.y + sheet.height * 0.2);
    await page.mouse.down();
    await page.mouse.move(sheet.x + sheet.width / 2, sheet.y + sheet.height * 0.8, {steps: 8});
    await page.getByText('Why “1”').waitFor({timeout: patience}); // the pen is still down
    await page.mouse.up();
    await computed(page);
    assert.notDeepEqual(await mapOf(page), saved);
    await page.getByRole('button', {name: 'Back to the saved one'}).click();
    await page.getByText('Why “3”').waitFor();
    assert.deepEqual(await mapOf(page), saved);
  });
});

test('the command writes the same bytes again, and refuses what it cannot show', () => {
  const args = ['models/digits/model.onnx', '--input', 'models/digits/samples/5.png', '--metric', 'complexity'];
  const [one, other] = ['a.html', 'b.html'].map((name) => readFileSync(written(name, ...args)));
  assert.ok(one!.equals(other!));
  const refused = (...wrong: string[]) => {
    const {status, stderr} = spawnSync(process.execPath, ['dist/cli.js', 'page', ...wrong, '--output', at('no.html')]);
    assert.equal(status, 2);
    return stderr.toString();
  };
  const model = 'models/digits/model.onnx';
  assert.match(refused(model, '--input', 'package.json'), /neither a \.npy file nor a PNG or JPEG picture/);
  assert.match(refused('tests/golden/mlp.onnx', '--input', args[2]!), /only networks that take pictures/);
  assert.match(refused(model, '--input', args[2]!, '--metric', 'nothing'), /there is no nothing, known are/);
  assert.match(refused(model, '--input', args[2]!, '--method', 'lrp', '--target', '10'), /target/);
});

test('an array that is no picture is kept beside the picture made of it, number for number', async () => {
  const data = Float32Array.from({length: 28 * 28}, (_, place) => Math.sin(place / 7) / 3);
  writeFileSync(at('wave.npy'), writeNpy({shape: [1, 1, 28, 28], data}));
  const file = written('wave.html', 'models/digits/model.onnx', '--input', at('wave.npy'), '--method', 'gradient');
  await open(file, async ({page}) => {
    await ready(page);
    await page.getByRole('button', {name: 'Run again'}).click();
    await page.getByText('bit for bit').waitFor({timeout: patience});
  });
});

test('without engine it is a picture with text, which needs no script', async () => {
  const args = [
    '--input',
    `${cat}/samples/chelsea.jpg`,
    '--metric',
    'deletion',
    '--picture-only',
    '--title',
    'A <cat>',
  ];
  const file = written('still.html', `${cat}/model.onnx`, ...args);
  assert.ok(statSync(file).size < 300_000, `${statSync(file).size} bytes`);
  const test = async ({page}: Opened) => {
    assert.equal(await page.getByRole('heading', {level: 1}).innerText(), 'A <cat>');
    for (const text of [
      'Why “Egyptian cat”',
      'tiger cat',
      'Layer-wise relevance propagation.',
      'Deletion',
      'no script',
    ])
      await page.getByText(text).first().waitFor();
    assert.deepEqual(await page.locator('script').count(), 0);
    const image = page.locator('img.map');
    assert.match((await image.getAttribute('alt'))!, /Map for Egyptian cat.*Most support lies/);
    assert.ok(await image.evaluate((one: HTMLImageElement) => one.naturalWidth === 224));
  };
  await open(file, test);
  await open(file, test, {javaScriptEnabled: false});
});

test('the page saves what it shows, tells the sizes before, and asks nobody for it', () =>
  visit('#model=digits&method=integrated-gradients', async ({page, requests}) => {
    await loaded(page);
    await page.locator('whylight-bars, whylight-classes').first().waitFor();
    const asked = requests.length;
    await page.context().setOffline(true);
    const shown = await shownMap(page);
    const sizes: number[] = [];
    await page.getByRole('button', {name: 'Save…'}).click();
    for (const [title, name] of [
      ['One HTML file, live', 'page.html'],
      ['One HTML file, picture only', 'page-still.html'],
    ] as const) {
      const button = page.getByRole('button', {name: `Save as ${title}`, exact: true});
      const told = page.locator(`[data-file="${name === 'page.html' ? 'html' : 'still'}"]`);
      await page.waitForFunction((element) => /B$/.test(element.textContent), await told.elementHandle());
      const [download] = await Promise.all([page.waitForEvent('download', {timeout: patience}), button.click()]);
      await download.saveAs(at(name));
      const size = statSync(at(name)).size;
      sizes.push(size);
      assert.equal(
        await told.innerText(),
        size < 1e6 ? `${Math.round(size / 1000)} kB` : `${(size / 1e6).toFixed(1)} MB`,
      );
    }
    assert.ok(sizes[1]! < 100_000 && sizes[0]! > 300_000, sizes.join(', '));
    assert.deepEqual(requests.slice(asked), []);
    await open(at('page.html'), async ({page: file}) => {
      await ready(file);
      assert.deepEqual(await mapOf(file), shown.data);
      await file.getByLabel('Method').selectOption('lrp');
      await computed(file);
    });
    await open(at('page-still.html'), async ({page: file}) => {
      await file.getByText('By Integrated gradients').waitFor();
    });
  }));

for (const [name, options] of [
  ['light', {colorScheme: 'light'}],
  ['dark', {colorScheme: 'dark'}],
  ['forced colours', {forcedColors: 'active'}],
  ['a phone', {viewport: {width: 390, height: 844}}],
] as const)
  test(`axe finds nothing to complain about, live and still: ${name}`, async () => {
    const args = ['models/digits/model.onnx', '--input', 'models/digits/samples/3.png', '--metric', 'complexity'];
    await open(
      written('axe.html', ...args),
      async ({page}) => {
        await ready(page);
        assert.deepEqual(await complaints(page), []);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.ok(!wide, 'nothing sticks out');
      },
      options,
    );
    await open(
      written('axe-still.html', ...args, '--picture-only'),
      async ({page}) => {
        assert.deepEqual(await complaints(page), []);
      },
      options,
    );
  });

test('a class and a method are chosen by keyboard alone', async () => {
  const file = written('keys.html', 'models/digits/model.onnx', '--input', 'models/digits/samples/3.png');
  await open(file, async ({page}) => {
    await ready(page);
    await bars(page).first().focus();
    await page.keyboard.press('ArrowDown');
    await computed(page);
    await page.getByLabel('Method').focus();
    const before = await page
      .getByText(/^By |By /)
      .first()
      .innerText();
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(
      (text) => !document.querySelector('whylight-saved')!.shadowRoot!.textContent.includes(text),
      before,
    );
  });
});
