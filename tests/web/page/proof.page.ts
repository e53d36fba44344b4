/** Nothing leaves the page: the panel that shows it, and that it is so. */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {contentSecurityPolicy} from '../../../web/serve.mjs';
import {
  chooseMethod,
  complaints,
  dropFile,
  fileBytes,
  loaded,
  nextMap,
  patience,
  settled,
  startBrowser,
  stopBrowser,
  visit,
  visitAddress,
} from './browser.ts';
import {servePlainly, type PlainServer} from './plain-server.ts';

const work = mkdtempSync(path.join(tmpdir(), 'whylight-proof-'));
before(startBrowser);
after(async () => {
  await stopBrowser();
  rmSync(work, {recursive: true});
});

const panel = (page: Page) => page.locator('whylight-proof');
const openPanel = (page: Page) => page.getByRole('button', {name: 'Nothing leaves this page'}).click();

async function check(page: Page): Promise<string> {
  await page.getByRole('button', {name: 'Check it'}).click();
  const found = panel(page).locator('.found p').first();
  await found.waitFor({timeout: patience});
  return panel(page).locator('.found').innerText();
}

/** Visits a site that a plain server sends with these headers. */
async function visitPlain(
  headers: Record<string, string>,
  act: (visit: {page: Page; problems: string[]; requests: string[]; server: PlainServer}) => Promise<void>,
  folder = 'dist/site',
): Promise<void> {
  const server = await servePlainly(folder, '/', headers);
  try {
    await visitAddress(server.url, async (visit) => {
      await settled(visit.page);
      await loaded(visit.page);
      await act({...visit, server});
    });
  } finally {
    server.close();
  }
}

/** The browser's own words about what it stopped are what a check is for. */
const forgive = (problems: string[]) => {
  assert.ok(
    problems.every((text) => /https:\/\/nowhere\.invalid:1\/|ERR_UNSAFE_PORT/.test(text)),
    problems.join('\n'),
  );
  problems.length = 0;
};

test('the panel lists no request since load, and all that loading took', () =>
  visit('', async ({page, requests}) => {
    await loaded(page);
    await openPanel(page);
    assert.match(
      await panel(page).locator('dialog').innerText(),
      /Since the page was loaded: nothing, neither by the page nor by its workers/,
    );
    const summary = await panel(page).locator('summary').innerText();
    const host = new URL(page.url()).host;
    const [, count] = /^To load the page: (\d+) requests, [\d.]+ MB, all of them to (\S+),/.exec(summary) ?? [];
    assert.ok(summary.includes(host), summary);
    await panel(page).locator('summary').click();
    const listed = await panel(page).locator('.before tbody td:first-child').allInnerTexts();
    assert.equal(listed.length, Number(count));
    const folder = new URL('./', page.url()).href;
    const asked = requests.map((address) => address.slice(folder.length)).filter((name) => !/^(#.*)?$/.test(name));
    assert.deepEqual([...new Set(listed)].sort(), [...new Set(asked)].filter((name) => !/manifest/.test(name)).sort());
    assert.ok(['worker.js', 'models/efficientnet-lite0/model.onnx'].every((name) => listed.includes(name)));
  }));

test('what the page or a worker asks later is listed with its size, and who asked', () =>
  visit('', async ({page}) => {
    await loaded(page);
    const address = new URL('models/digits/card.json', page.url()).href;
    const ask = async (url: string) => (await (await fetch(url)).arrayBuffer()).byteLength;
    await page.evaluate(ask, address);
    await page.workers()[0]!.evaluate(ask, `${address}?again`);
    await page.waitForFunction(() => document.querySelector('footer')!.textContent.includes('2 requests since load'));
    await openPanel(page);
    assert.match(await panel(page).locator('dialog').innerText(), /Since the page was loaded: 2 requests, [\d.]+ kB/);
    const rows = await panel(page).locator('.scroll').first().locator('tbody tr').allInnerTexts();
    assert.equal(rows.length, 2);
    assert.ok(
      rows.some((row) => /models\/digits\/card\.json\s+fetch\s+page\s+[\d.]+ kB/.test(row)),
      rows.join(),
    );
    assert.ok(
      rows.some((row) => /card\.json\?again\s+fetch\s+worker\s+[\d.]+ kB/.test(row)),
      rows.join(),
    );
  }));

test('the policy is in force in the page and its workers, and checking that asks nobody', () =>
  visitPlain({'Content-Security-Policy': contentSecurityPolicy}, async ({page, problems, server}) => {
    const before = server.asked.length;
    await openPanel(page);
    const shown = await panel(page).locator('.policy').innerText();
    assert.equal(shown.replaceAll(';\n', '; '), contentSecurityPolicy);
    const text = await check(page);
    assert.match(
      text,
      /^In force: the browser stopped the page and (its worker|each of its \d+ workers)\. The host sends the same/,
    );
    assert.match(await panel(page).locator('dialog').innerText(), /Since the page was loaded: nothing/);
    assert.equal(server.asked.length, before);
    forgive(problems);
  }));

test('a host that sends no policy is told apart: the page brings its own, for its workers too', () =>
  visitPlain({}, async ({page, problems}) => {
    await openPanel(page);
    assert.match(await check(page), /^In force: .* and .*worker.*\. The host sends no policy/);
    forgive(problems);
    const stopped = await page.workers()[0]!.evaluate(() => {
      return new Promise((resolve) => {
        addEventListener('securitypolicyviolation', ({blockedURI}) => resolve(blockedURI));
        fetch('https://example.invalid/').catch(() => setTimeout(resolve, 2000, 'not by a policy'));
      });
    });
    assert.equal(stopped, 'https://example.invalid/');
    problems.length = 0;
  }));

test('a policy of the host that is another one is shown', () =>
  visitPlain({'Content-Security-Policy': "connect-src 'self' https://example.org"}, async ({page, problems}) => {
    await openPanel(page);
    const text = await check(page);
    assert.match(text, /The host sends a policy as well/);
    assert.match(text, /connect-src 'self' https:\/\/example\.org/);
    forgive(problems);
  }));

test('where no policy is in force, the panel says so', async () => {
  const copy = path.join(work, 'bare');
  cpSync('dist/site', copy, {recursive: true});
  const index = path.join(copy, 'index.html');
  writeFileSync(index, readFileSync(index, 'utf8').replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ''));
  await visitPlain(
    {},
    async ({page, problems}) => {
      await openPanel(page);
      assert.match(await panel(page).locator('dialog').innerText(), /declares no policy/);
      assert.match(await check(page), /^Not in force in the page and its workers/);
      forgive(problems);
    },
    copy,
  );
});

test('the panel tells which files are running', () =>
  visit('#model=digits', async ({page}) => {
    await openPanel(page);
    const text = await panel(page).locator('dl').innerText();
    const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
    const [, build] = /(simd|relaxed) build/.exec(text)!;
    const files = [`dist/site/whylight-${build}.wasm`, 'models/digits/model.onnx'];
    for (const part of files.map(hashOf)) assert.ok(text.includes(part), part);
    assert.equal(text.match(/compared when it was loaded/g)?.length, 2);
  }));

test('the panel is accessible, and reached and left by keyboard', () =>
  visit('', async ({page}) => {
    await loaded(page);
    await page.getByRole('button', {name: 'Nothing leaves this page'}).focus();
    await page.keyboard.press('Enter');
    await panel(page).locator('summary').click();
    assert.deepEqual(await complaints(page), []);
    await page.emulateMedia({colorScheme: 'dark'});
    assert.deepEqual(await complaints(page), []);
    await page.keyboard.press('Escape');
    assert.equal(await panel(page).locator('dialog').isVisible(), false);
  }));

/** Saves every file that the dialog offers; gives their names. */
async function saveAll(page: Page): Promise<string[]> {
  await page.getByRole('button', {name: /^Save…/}).click();
  const buttons = page.locator('whylight-saving').getByRole('button', {name: /^Save/});
  const names: string[] = [];
  for (const button of await buttons.all()) {
    const coming = page.waitForEvent('download', {timeout: patience});
    await button.click({timeout: patience});
    names.push((await coming).suggestedFilename());
  }
  await page.locator('whylight-saving').getByRole('button', {name: 'Close'}).click();
  return names;
}

test('a full cycle asks nobody: open a model, explain, score, export and save, with the network cut', () =>
  visitPlain({'Content-Security-Policy': contentSecurityPolicy}, async ({page, requests, server}) => {
    const [known, before] = [server.asked.length, requests.length];
    await page.context().setOffline(true);
    await nextMap(page, () => page.locator('#model').selectOption('digits'));
    await chooseMethod(page, 'integrated-gradients');
    await nextMap(page, () => page.locator('whylight-gallery button').nth(3).click());
    await nextMap(page, () => dropFile(page, 'conv_net.onnx', fileBytes('tests/golden/conv_net.onnx')));
    await nextMap(page, () => page.locator('#model').selectOption('efficientnet-lite0'));
    const picture = fileBytes('models/efficientnet-lite0/samples/coffee.jpg');
    await nextMap(page, () => dropFile(page, 'mine.jpg', picture));
    await page
      .getByRole('button', {name: /^Compute/})
      .first()
      .click();
    await page
      .locator('whylight-scores')
      .getByText(/\d passes/)
      .first()
      .waitFor({timeout: patience})
      .catch(() => undefined);
    const names = await saveAll(page);
    for (const ending of ['.png', '.svg', '.csv', '.npy', '.json'])
      assert.ok(
        names.some((name) => name.endsWith(ending)),
        `${ending} in ${names.join()}`,
      );
    assert.deepEqual(requests.slice(before), [], 'as the browser saw it, workers included');
    assert.deepEqual(server.asked.slice(known), [], 'as the server saw it');
    assert.match(await page.locator('footer').innerText(), /0 requests since load/);
    await page.context().setOffline(false);
    const left = await page.evaluate(() => performance.getEntriesByType('resource').length);
    assert.ok(left >= before - 1);
  }));
