/** dist/site as any plain host serves it: below some path, without headers of its own, wasm and models without a type. */
import assert from 'node:assert/strict';
import {cpSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {
  explained,
  loaded,
  nextMap,
  patience,
  settled,
  shownMap,
  startBrowser,
  stopBrowser,
  visitAddress,
} from './browser.ts';
import {servePlainly} from './plain-server.ts';

const below = '/a/b/whylight/';
const work = mkdtempSync(path.join(tmpdir(), 'whylight-below-'));
before(startBrowser);
after(async () => {
  await stopBrowser();
  rmSync(work, {recursive: true});
});

test('the page works below any path, and asks for nothing above it', async () => {
  const server = await servePlainly('dist/site', below);
  try {
    await visitAddress(server.url, async ({page, requests}) => {
      await settled(page);
      await loaded(page);
      await nextMap(page, () => page.locator('#model').selectOption('digits'));
      assert.deepEqual(
        server.asked.filter((name) => !name.startsWith(below)),
        [],
      );
      assert.ok(requests.every((address) => address.startsWith(server.url)));
    });
  } finally {
    server.close();
  }
});

test('the page that is kept offline below a path starts when its host is gone', async () => {
  const server = await servePlainly('dist/site', below);
  let gone = false;
  try {
    await visitAddress(server.url, async ({page}) => {
      await settled(page);
      await loaded(page);
      const before = await shownMap(page);
      await page.getByRole('button', {name: /Keep offline/}).click();
      await page.getByText(/Kept offline: [\d.]+ MB/).waitFor({timeout: patience});
      const scopes = await page.evaluate(async () =>
        (await navigator.serviceWorker.getRegistrations()).map(({scope}) => new URL(scope).pathname),
      );
      assert.deepEqual(scopes, [below]);
      server.close();
      gone = true;
      await page.reload();
      await settled(page);
      assert.deepEqual(await shownMap(page), before);
    });
  } finally {
    if (!gone) server.close();
  }
});

test('a document beside the element’s folder shows a figure below any path', async () => {
  cpSync('dist/site', work, {recursive: true});
  const figure = `<whylight-explainer model="models/digits/model.onnx" method="gradient" loading="eager">
    <img src="models/digits/samples/3.png" alt="A three"></whylight-explainer>`;
  const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>A document</title>';
  writeFileSync(
    path.join(work, 'document.html'),
    `${head}<script type="module" src="element/element.js"></script>${figure}`,
  );
  const server = await servePlainly(work, below);
  try {
    await visitAddress(`${server.url}document.html`, async ({page}) => {
      const [maps] = await explained(page);
      assert.equal(maps?.[0]?.method, 'gradient');
      assert.ok(server.asked.every((name) => name.startsWith(below)));
    });
  } finally {
    server.close();
  }
});

test('pages of the documentation work below any path', async () => {
  const server = await servePlainly('dist/site', below);
  try {
    await visitAddress(`${server.url}docs/`, async ({page}) => {
      const lost: string[] = [];
      page.on('response', (response) => {
        if (response.status() >= 400) lost.push(response.url());
      });
      await page.reload();
      await page.waitForLoadState('networkidle');
      const links = await page.evaluate(() => Array.from(document.querySelectorAll('a'), ({href}) => href));
      const own = links.filter((href) => href.startsWith(new URL('/', server.url).href));
      assert.ok(own.length > 5 && own.every((href) => href.startsWith(server.url)), own.join('\n'));
      assert.deepEqual(lost, []);
      assert.ok(server.asked.every((name) => name.startsWith(below)));
    });
  } finally {
    server.close();
  }
});
