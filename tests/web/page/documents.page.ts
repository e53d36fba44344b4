/** The element in pages of documentation tools, each with nothing but what README says. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {explained, startBrowser, stopBrowser, visitFolder} from './browser.ts';

const work = mkdtempSync(path.join(tmpdir(), 'whylight-documents-'));
const python = path.resolve('build', 'documents', 'bin', 'python');
const run = (program: string, args: string[], cwd: string) =>
  execFileSync(program, args, {cwd, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe']});

before(startBrowser);
after(async () => {
  await stopBrowser();
  rmSync(work, {recursive: true});
});

const figure = (root: string) =>
  `<whylight-explainer model="${root}digits/model.onnx" method="lrp" loading="eager">
  <img src="${root}digits/samples/3.png" alt="A three">
</whylight-explainer>`;

/** A folder for a tool's sources, with these files, and the element, a model and its pictures where the tool has what is not text. */
function sources(name: string, fixed: string, files: Record<string, string>): string {
  const folder = path.join(work, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), {recursive: true});
    writeFileSync(path.join(folder, file), text);
  }
  cpSync('dist/site/element', path.join(folder, fixed, 'element'), {recursive: true});
  cpSync('dist/site/models/digits', path.join(folder, fixed, 'digits'), {recursive: true});
  return folder;
}

const tools: Record<string, () => string> = {
  Sphinx() {
    const html = figure('_static/').replace(/^/gm, '   ');
    const folder = sources('sphinx', '_static', {
      'conf.py':
        "project = 'Figures'\nhtml_static_path = ['_static']\nhtml_js_files = [('element/element.js', {'type': 'module'})]\n",
      'index.rst': `A figure\n========\n\n.. raw:: html\n\n${html}\n`,
    });
    run(python, ['-m', 'sphinx', '-q', '-W', '-b', 'html', '.', 'out'], folder);
    return path.join(folder, 'out');
  },
  MkDocs() {
    const folder = sources('mkdocs', 'docs', {
      'mkdocs.yml':
        'site_name: Figures\ntheme: {name: mkdocs, highlightjs: false}\nextra_javascript:\n  - {path: element/element.js, type: module}\n',
      'docs/index.md': `# A figure\n\n${figure('')}\n`,
    });
    run(python, ['-m', 'mkdocs', 'build', '--quiet', '--strict', '--site-dir', 'out'], folder);
    return path.join(folder, 'out');
  },
  VitePress() {
    const folder = sources('vitepress', 'public', {
      '.vitepress/config.mjs':
        "export default {title: 'Figures', head: [['script', {type: 'module', src: '/element/element.js'}]]};\n",
      'index.md': `# A figure\n\n${figure('/')
        .replace('<img src=', '<img :src=')
        .replace(/:src="([^"]+)"/, ':src="\'$1\'"')}\n`,
      'package.json': '{"type": "module"}',
    });
    const program = path.resolve('tests/web/consumers/node_modules/vitepress/bin/vitepress.js');
    run('node', [program, 'build', '--outDir', 'out'], folder);
    return path.join(folder, 'out');
  },
};

for (const [name, build] of Object.entries(tools)) {
  test(`a figure in a page made by ${name} is live`, () =>
    visitFolder(
      build(),
      async ({page, problems}) => {
        const [[map] = []] = await explained(page);
        assert.deepEqual([map?.method, map?.target], ['lrp', '3']);
        assert.equal(await page.locator('whylight-explainer figcaption').isVisible(), true);
        problems.splice(0); // what the tool's own theme asks of others, which is not there
      },
      '', // their themes hold scripts and styles in the text, which our policy forbids
    ));
}
