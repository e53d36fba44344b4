/** The documentation as it is built: every row and address leads somewhere, figures and search work, also offline. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {contentSecurityPolicy} from '../../../web/serve.mjs';
import {explained, patience, startBrowser, stopBrowser, visitSite} from './browser.ts';
import {docs, pages, scoresOf, search} from './docs.ts';

const textOf = (file: string) => readFileSync(path.join(docs, file), 'utf8');
const idsOf = (text: string) => new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!));

before(startBrowser);
after(stopBrowser);

/** The catalogue as the built command prints it. */
const rowsOf = (what: 'methods' | 'metrics') =>
  JSON.parse(execFileSync(process.execPath, ['dist/cli.js', what, '--json'], {encoding: 'utf8'})) as {
    name: string;
    title: string;
    options: {name: string; help: string}[];
  }[];

for (const what of ['methods', 'metrics'] as const)
  test(`every row of ${what} has a page with its formula, its limits, its options and a figure`, () => {
    for (const {name, options} of rowsOf(what)) {
      const text = textOf(path.join(what, `${name}.html`));
      assert.match(text, /<math display="block"/, `${name}: write its formula in web/docs/pages/${what}/${name}.md`);
      for (const heading of ['formula', 'what-it-answers', 'when-it-misleads', 'agreement-with-other-libraries'])
        assert.ok(idsOf(text).has(heading), `${name}: its page lacks the heading ${heading}`);
      assert.match(text, /<dt>Paper<\/dt><dd>\s*<p><a href="https:/, `${name}: its file lacks "paper: https://…"`);
      assert.match(text, /<dt>Passes<\/dt><dd>\s*<p>[^;\s]/, `${name}: its file lacks "cost: …"`);
      assert.match(text, what === 'methods' ? /<whylight-explainer / : /<whylight-score /);
      for (const option of options)
        assert.ok(text.includes(`<code>${option.name}</code>`), `${name}: option ${option.name} is missing`);
    }
  });

test('every address within the site leads to a file, and every anchor to a place in it', () => {
  const lost: string[] = [];
  for (const file of pages) {
    const own = textOf(file);
    for (const [, address] of own.matchAll(/\s(?:href|src|model|card)="([^"]*)"/g)) {
      if (/^(https?|data|mailto):/.test(address!)) continue;
      assert.ok(!address!.startsWith('/'), `${file}: addresses are relative, found ${address}`);
      const [place, anchor] = address!.replaceAll('&amp;', '&').split('#');
      const target = place ? path.join(docs, path.dirname(file), place) : path.join(docs, file);
      if (!existsSync(target)) lost.push(`${file}: ${address}`);
      else if (anchor && target.startsWith(docs) && !idsOf(readFileSync(target, 'utf8')).has(anchor))
        lost.push(`${file}: ${address}`);
    }
  }
  assert.deepEqual(lost, []);
});

test('pages hold nothing that the policy forbids, and no heading twice', () => {
  for (const file of pages) {
    const text = textOf(file);
    assert.doesNotMatch(text, /<style|\sstyle="|<script>|<script type="module">|\son\w+="/, file);
    const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, `${file}: an id stands twice`);
  }
});

test('every directive of the policy is explained', () => {
  const text = textOf('reference/privacy.html').replaceAll('&#39;', "'");
  for (const directive of contentSecurityPolicy.split('; '))
    assert.ok(text.includes(`<code>${directive}</code>`), directive);
});

test('every export of the package, every element and every command is described', async () => {
  const described = idsOf(textOf('reference/package.html'));
  const built = (await import(path.resolve('dist', 'whylight.js'))) as object;
  for (const name of Object.keys(built)) assert.ok(described.has(name.toLowerCase()), name);
  const elements = idsOf(textOf('reference/elements.html'));
  for (const name of ['whylight-explainer', 'whylight-picture', 'whylight-curve', 'whylight-options'])
    assert.ok(elements.has(name), name);
  const commands = idsOf(textOf('reference/command.html'));
  for (const name of ['inspect', 'predict', 'explain', 'evaluate', 'methods', 'metrics'])
    assert.ok(commands.has(`whylight-${name}`), name);
});

test('the page leads to the documentation and back', () =>
  visitSite('index.html', async ({page}) => {
    const link = page.getByRole('link', {name: 'Docs'});
    await link.waitFor({timeout: patience});
    await link.click();
    await page.waitForURL('**/docs/index.html');
    await page.getByRole('link', {name: 'Whylight', exact: true}).click();
    await page.waitForURL('**/site/index.html');
    await page.locator('whylight-page[data-state]').waitFor({timeout: patience});
  }));

test('the figure on a method’s page is live', () =>
  visitSite('docs/methods/gradient.html', async ({page}) => {
    const [[map] = []] = await explained(page);
    assert.deepEqual([map?.method, map?.target], ['gradient', '285']);
    await page.locator('whylight-explainer #method').selectOption('gradient-x-input');
    const [[next] = []] = await explained(page);
    assert.equal(next?.method, 'gradient-x-input');
  }));

test('the figure on a metric’s page is live', () =>
  visitSite('docs/metrics/relevance-mass-accuracy.html', async ({page}) => {
    const [map, chance] = await scoresOf(page);
    assert.ok(map! > 0.6 && Math.abs(chance! - 0.456) < 0.02, `found ${map} against ${chance}`);
    await page.locator('whylight-score select').selectOption('grad-cam');
    await page.locator('whylight-score .heading').getByText('Grad-CAM').waitFor({timeout: patience});
    assert.notEqual((await scoresOf(page))[0], map);
  }));

test('every metric’s figure shows two scores', async () => {
  for (const {name} of rowsOf('metrics'))
    await visitSite(`docs/metrics/${name}.html`, async ({page}) => {
      const scores = await scoresOf(page);
      assert.equal(scores.filter((score) => typeof score === 'number').length, 2, name);
    });
});

test('the search finds pages and places in them, and is used by keyboard', () =>
  visitSite('docs/methods/lrp.html', async ({page, requests}) => {
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'search');
    assert.ok((await search(page, 'integrated grad'))[0]!.startsWith('../methods/integrated-gradients.html'));
    assert.equal(requests.filter((address) => address.endsWith('/search.json')).length, 1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/methods/integrated-gradients.html*');
    await page.getByRole('searchbox').fill('qqqzzzqqq');
    await page.getByText('Nothing found').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.found').isVisible(), false);
  }));

test('kept offline, the documentation is read, searched and computes without a network', () =>
  visitSite('index.html', async ({page}) => {
    await page.getByRole('button', {name: /Keep offline/}).click({timeout: patience});
    await page.getByText(/Kept offline: /).waitFor({timeout: patience});
    await page.context().setOffline(true);
    await page.goto(new URL('docs/methods/occlusion.html', page.url()).href);
    const [[map] = []] = await explained(page);
    assert.equal(map?.method, 'occlusion');
    assert.ok((await search(page, 'gini index'))[0]!.includes('sparseness'));
    await page.goto(new URL('../metrics/sparseness.html', page.url()).href);
    assert.ok((await scoresOf(page))[0]! > 0);
  }));
