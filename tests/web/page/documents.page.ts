/** The element in pages of documentation tools, each made from what its guide in web/docs/pages/embed says, and nothing else. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {explained, patience, startBrowser, stopBrowser, visitFolder} from './browser.ts';
import {filesOf, writeGuide} from './guides.ts';

const work = mkdtempSync(path.join(tmpdir(), 'whylight-documents-'));
const python = path.resolve('build', 'documents', 'bin', 'python');
const tool = (...parts: string[]) => path.resolve('tests', 'web', 'consumers', 'node_modules', ...parts);
const run = (program: string, args: string[], cwd: string) =>
  execFileSync(program, args, {cwd, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe']});

before(startBrowser);
after(async () => {
  await stopBrowser();
  rmSync(work, {recursive: true});
});

const tools: Record<string, () => string> = {
  Sphinx() {
    const folder = writeGuide('sphinx', path.join(work, 'sphinx'), '_static');
    run(python, ['-m', 'sphinx', '-q', '-W', '-b', 'html', '.', 'out'], folder);
    return path.join(folder, 'out');
  },
  MkDocs() {
    const folder = writeGuide('mkdocs', path.join(work, 'mkdocs'), 'docs');
    run(python, ['-m', 'mkdocs', 'build', '--quiet', '--strict', '--site-dir', 'out'], folder);
    return path.join(folder, 'out');
  },
  VitePress() {
    const folder = writeGuide('vitepress', path.join(work, 'vitepress'), 'public', {
      'package.json': '{"type": "module"}',
    });
    run('node', [tool('vitepress', 'bin', 'vitepress.js'), 'build', '--outDir', 'out'], folder);
    return path.join(folder, 'out');
  },
};
const second: Record<string, string> = {Sphinx: 'second.html', MkDocs: 'second/'};

async function isLive(page: Page, target: string): Promise<void> {
  const [[map] = []] = await explained(page);
  assert.equal(map?.target, target);
  assert.equal(await page.locator('whylight-explainer figcaption').isVisible(), true);
}

for (const [name, build] of Object.entries(tools)) {
  test(`a figure in a page made by ${name} is live`, () =>
    visitFolder(
      build(),
      async ({page, problems}) => {
        await isLive(page, '3');
        if (second[name]) {
          await page.goto(new URL(second[name], page.url()).href);
          await isLive(page, '5');
        }
        problems.splice(0); // what the tool's own theme asks of others, which is not there
      },
      '', // their themes hold scripts and styles in the text, which our policy forbids
    ));
}

test('a figure in plain HTML is live under the policy that its guide names', () => {
  const named = readFileSync('web/docs/pages/embed/html.md', 'utf8');
  const directives = Array.from(named.matchAll(/^\| `((?:script|worker|connect)-src [^`]+)`/gm), ([, one]) => one!);
  assert.equal(directives.length, 3);
  const policy = ["default-src 'none'", "img-src 'self' data:", ...directives].join('; ');
  const folder = writeGuide('html', path.join(work, 'html'), '.');
  const text = readFileSync(path.join(folder, 'index.html'), 'utf8');
  writeFileSync(path.join(folder, 'index.html'), text.replace('<title>', '<link rel="icon" href="data:,"><title>'));
  return visitFolder(folder, async ({page}) => isLive(page, '3'), policy);
});

test('a figure in a notebook that anywidget shows is live, and fetches nothing', () => {
  const folder = writeGuide('jupyter', path.join(work, 'jupyter'), '.');
  writeFileSync(path.join(folder, 'whylight.js'), readFileSync('dist/anywidget.js'));
  // As a notebook is written to HTML; what loads it from a server for all is here.
  const program = `${filesOf('jupyter')['cell.py']!}
from ipywidgets.embed import embed_minimal_html

embed_minimal_html("index.html", views=[figure], drop_defaults=False)
`;
  run(python, ['-c', program], folder);
  const served: [address: RegExp, file: string][] = [
    [/require\.js/, tool('requirejs', 'require.js')],
    [/html-manager@.*embed-amd\.js/, tool('@jupyter-widgets', 'html-manager', 'dist', 'embed-amd.js')],
    [/anywidget@.*\/index/, path.resolve('build', 'documents', 'share/jupyter/nbextensions/anywidget/index.js')],
  ];
  const page = readFileSync(path.join(folder, 'index.html'), 'utf8').replace(/ integrity="[^"]*"/g, '');
  writeFileSync(path.join(folder, 'index.html'), page);
  return visitFolder(
    folder,
    async ({page, problems, requests}) => {
      for (const [address, file] of served) {
        await page.route(address, (route) =>
          route.fulfill({path: file, contentType: 'text/javascript', headers: {'Access-Control-Allow-Origin': '*'}}),
        );
      }
      await page.reload();
      await page.locator('whylight-explainer').waitFor({timeout: patience});
      await isLive(page, '3');
      // That of anywidget is looked for beside the page first.
      const others = requests.filter((one) => !served.some(([address]) => address.test(one)));
      assert.deepEqual([...new Set(others.map((one) => new URL(one).pathname))], ['/', '/anywidget.js']);
      problems.splice(0); // of the page that was loaded before anything was served
    },
    '',
  );
});

test('the notebook module follows its traits and gives back what is shown', () =>
  visitFolder(
    writeGuide('html', path.join(work, 'traits'), '.', {'index.html': '<!doctype html><title>A notebook</title>'}),
    async ({page, problems}) => {
      const module = readFileSync('dist/anywidget.js', 'utf8');
      const told = await page.evaluate(async (text) => {
        interface Explained {
          method: string;
          target: string;
          shape: number[];
          data: DataView;
        }
        // The part of anywidget's model that its documentation promises.
        const traits: Record<string, unknown> = {
          model: 'digits/model.onnx',
          src: 'digits/samples/3.png',
          method: 'gradient',
        };
        Object.assign(traits, {options: {}, explanations: [], error: '', card: '', target: '', controls: 'all'});
        const bytes = async (address: string) => new DataView(await (await fetch(address)).arrayBuffer());
        const heard = new Map<string, () => void>();
        let saved = (_what: Record<string, unknown>): void => undefined;
        const model = {
          get: (name: string) => traits[name],
          set: (name: string, value: unknown) => (traits[name] = value),
          save_changes: () => saved(traits),
          on: (event: string, listener: () => void) => heard.set(event, listener),
          off: (event: string) => heard.delete(event),
        };
        const next = (ready: () => boolean, change: Record<string, unknown> = {}) =>
          new Promise<void>((resolve) => {
            saved = () => ready() && resolve();
            for (const [name, value] of Object.entries(change)) {
              traits[name] = value;
              heard.get(`change:${name}`)?.();
            }
          });
        const shown = () => (traits['explanations'] as Explained[])[0];
        const address = URL.createObjectURL(new Blob([text], {type: 'text/javascript'})); // as anywidget does it
        const widget = (await import(address)) as {
          default: {render: (given: {model: typeof model; el: HTMLElement}) => () => void};
        };
        const first = next(() => shown() !== undefined);
        const end = widget.default.render({model, el: document.body});
        await first;
        const before = {method: shown()!.method, target: shown()!.target, bytes: shown()!.data.byteLength};
        const card = (await (await fetch('digits/card.json')).json()) as object;
        await next(() => shown()?.target === '5', {
          model: await bytes('digits/model.onnx'),
          card,
          src: await bytes('digits/samples/5.png'),
        });
        const {method} = shown()!;
        await next(() => traits['error'] !== '', {method: 'magic'});
        const {error} = traits;
        end();
        return {before, method, error, left: [document.querySelectorAll('whylight-explainer').length, heard.size]};
      }, module);
      assert.deepEqual(told.before, {method: 'gradient', target: '3', bytes: 28 * 28 * 4});
      assert.equal(told.method, 'gradient');
      assert.match(String(told.error), /no method "magic"/);
      assert.deepEqual(told.left, [0, 0]);
      problems.splice(0); // card.json is not beside what has no address; there is no icon
    },
    '',
  ));
