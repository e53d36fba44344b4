/** The packed package, bundled by others without any configuration, and the element in what comes out. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {after, before, test} from 'node:test';
import {figureAttributes} from '../../../web/element/explainer.ts';
import {explained, patience, startBrowser, stopBrowser, visitFolder} from './browser.ts';
import {filesOf} from './guides.ts';

const app = mkdtempSync(path.join(tmpdir(), 'whylight-consumers-'));
const bundlers = path.resolve('tests/web/consumers/node_modules');
const run = (program: string, args: string[], cwd = app) =>
  execFileSync(program, args, {cwd, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe']});

const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<whylight-explainer model="digits/model.onnx" method="lrp" loading="eager"><img src="digits/samples/3.png" alt=""></whylight-explainer>
<script type="module" src="./main.js"></script></html>`;

before(async () => {
  await startBrowser();
  run('npm', ['pack', '--silent', '--pack-destination', app], process.cwd());
  const [tarball] = readdirSync(app).filter((name) => name.endsWith('.tgz'));
  writeFileSync(path.join(app, 'package.json'), '{"private": true, "type": "module"}');
  run('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', `./${tarball}`]);
  const {'main.js': figure, 'alone.js': alone} = filesOf('bundlers');
  writeFileSync(path.join(app, 'main.js'), `${figure}import './alone.js';\n`);
  writeFileSync(path.join(app, 'alone.js'), alone!);
  writeFileSync(path.join(app, 'index.html'), body);
  cpSync('models/digits', path.join(app, 'public', 'digits'), {recursive: true});
  for (const name of ['react', 'react-dom', 'vue', 'vite', '@types', '@vitejs'])
    symlinkSync(path.join(bundlers, name), path.join(app, 'node_modules', name));
});
after(async () => {
  await stopBrowser();
  rmSync(app, {recursive: true});
});

/** A folder with the page as it is, for what a bundler makes of the script. */
function folder(name: string): string {
  const out = path.join(app, name);
  mkdirSync(out);
  writeFileSync(path.join(out, 'index.html'), body);
  cpSync(path.join(app, 'public'), out, {recursive: true});
  return out;
}

const made = new Map<string, string>();

const builds: Record<string, () => string> = {
  Vite() {
    run('node', [path.join(bundlers, 'vite', 'bin', 'vite.js'), 'build', '--outDir', 'vite', '--base', './']);
    return path.join(app, 'vite');
  },
  webpack() {
    const out = folder('webpack');
    const options = {mode: 'production', context: app, entry: './main.js', output: {path: out, filename: 'main.js'}};
    const script = `import webpack from ${JSON.stringify(path.join(bundlers, 'webpack', 'lib', 'index.js'))};
      webpack(${JSON.stringify(options)}, (error, stats) => {
        const {errors, warnings} = error ? {errors: [error], warnings: []} : stats.toJson();
        const found = [...errors, ...warnings].map(({message}) => message).filter((text) => !/size limit/.test(text));
        if (found.length > 0) throw new Error(found.join(' '));
      });`;
    run('node', ['--input-type=module', '-e', script]);
    return out;
  },
  esbuild() {
    const out = folder('esbuild');
    const program = path.resolve('node_modules', 'esbuild', 'bin', 'esbuild');
    run(program, [
      'main.js',
      '--bundle',
      '--format=esm',
      '--log-level=error',
      `--outfile=${path.join(out, 'main.js')}`,
    ]);
    return out;
  },
};

function once(name: string, build: () => string): string {
  const known = made.get(name) ?? build();
  made.set(name, known);
  return known;
}

for (const [name, build] of Object.entries(builds)) {
  test(`${name} takes the element along`, () =>
    visitFolder(once(name, build), async ({page, problems}) => {
      const [[map] = []] = await explained(page);
      assert.deepEqual([map?.method, map?.target], ['lrp', '3']);
      // esbuild leaves files behind that a script names by their address; what is embedded takes their place.
      if (name === 'esbuild') problems.splice(0);
    }));

  test(`${name} takes along an engine without workers, and the small elements`, () =>
    visitFolder(once(name, build), async ({page, problems}) => {
      const shown = await page.evaluate(() => (globalThis as unknown as {show: () => Promise<unknown>}).show());
      assert.deepEqual(shown, {workers: 0, target: '3'});
      const alone = (tag: string) => page.locator(`body > ${tag}`);
      assert.match(
        (await alone('whylight-picture').locator('canvas[role="img"]').getAttribute('aria-label')) ?? '',
        /^3\. Most support/,
      );
      const colours = await alone('whylight-picture')
        .locator('canvas.map')
        .evaluate((canvas: HTMLCanvasElement) => {
          const {data} = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(Array.from(data, (value, at) => (at % 4 === 0 ? value : -1))).size;
        });
      assert.ok(colours > 8, `${colours} colours`);
      assert.equal(await alone('whylight-classes').locator('.bar').count(), 5);
      assert.ok((await alone('whylight-options').locator('#method option').count()) > 5);
      assert.match(await alone('whylight-scores').locator('.value').innerText(), /\d/);
      assert.ok((await alone('whylight-curve').locator('path.line').count()) >= 1);
      if (name === 'esbuild') problems.splice(0);
    }));
}

/** An application of a framework, as its guide says, in a folder of its own where the package is installed. */
function application(guide: string, root: string, more: Record<string, string>): string {
  const folder = path.join(app, guide);
  const page = `<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,"><div id="root"></div>
    <script type="module" src="/${root}"></script></html>`;
  for (const [file, text] of Object.entries({...filesOf(guide), 'index.html': page, ...more})) {
    mkdirSync(path.dirname(path.join(folder, file)), {recursive: true});
    writeFileSync(path.join(folder, file), text);
  }
  cpSync('models/digits', path.join(folder, 'public', 'digits'), {recursive: true});
  return folder;
}

const strict = {strict: true, noEmit: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler'};
const typescript = (options: object) =>
  JSON.stringify({compilerOptions: {...strict, types: [], skipLibCheck: true, ...options}, include: ['src']});

const frameworks: Record<
  string,
  {root: string; check: string; config: string; file: string; wrong: [string, string][]}
> = {
  react: {
    root: 'src/main.tsx',
    check: path.join('typescript', 'bin', 'tsc'),
    config: typescript({jsx: 'react-jsx'}),
    file: 'src/figure.tsx',
    wrong: [
      ['controls="all"', 'controls="few"'],
      ['detail.message', 'detail.text'],
      ['model="digits/model.onnx"', ''],
    ],
  },
  vue: {
    root: 'src/main.ts',
    check: path.join('vue-tsc', 'bin', 'vue-tsc.js'),
    config: typescript({jsx: 'preserve', lib: ['es2022', 'dom']}),
    file: 'src/Figure.vue',
    wrong: [
      ['controls="all"', 'controls="few"'],
      [':method="method"', ':method="7"'],
      ['detail.explanations[0]?.target', 'detail.maps'],
    ],
  },
};

for (const [name, {root, check, config, file, wrong}] of Object.entries(frameworks)) {
  test(`a figure in an application of ${name} takes objects and is heard, and its types hold`, async () => {
    const folder = application(name, root, {'tsconfig.json': config});
    const compile = () => run('node', [path.join(bundlers, check), '-p', '.'], folder);
    compile();
    const text = readFileSync(path.join(folder, file), 'utf8');
    for (const [right, mistaken] of wrong) {
      assert.ok(text.includes(right), right);
      writeFileSync(path.join(folder, file), text.replace(right, mistaken));
      assert.throws(compile, ({stdout}: {stdout: string}) => /error TS/.test(stdout), mistaken);
    }
    writeFileSync(path.join(folder, file), text);
    run('node', [path.join(bundlers, 'vite', 'bin', 'vite.js'), 'build', '--outDir', 'out', '--base', './'], folder);
    await visitFolder(path.join(folder, 'out'), async ({page}) => {
      await page.locator('whylight-explainer').scrollIntoViewIfNeeded();
      await page.getByText('The target is 3.').waitFor({timeout: patience});
      const [[map] = []] = await explained(page);
      assert.deepEqual([map?.method, map?.settings['composite']], ['lrp', 'epsilon']);
    });
  });
}

test('publint and "are the types wrong" find nothing', () => {
  const packed = path.join(app, 'node_modules', 'whylight');
  const publint = run('node', [path.join(bundlers, 'publint', 'src', 'cli.js'), packed, '--strict', '--pack', 'false']);
  assert.match(publint, /All good/);
  const [tarball] = readdirSync(app).filter((name) => name.endsWith('.tgz'));
  const attw = path.join(bundlers, '@arethetypeswrong', 'cli', 'dist', 'index.js');
  // Files that are fetched, not imported, have no types.
  const fetched = ['--exclude-entrypoints', 'worker.js', 'whylight-simd.wasm', 'whylight-relaxed.wasm'];
  const types = run('node', [attw, tarball!, '--profile', 'esm-only', '--format', 'ascii', ...fetched]);
  assert.match(types, /whylight\/elements/); // it fails where something is wrong
});

test('the manifest describes every element that there is, and all attributes of the figure', () => {
  interface Declaration {
    tagName?: string;
    attributes?: {name: string; description?: string}[];
    events?: {name: string; description?: string}[];
    cssParts?: {name: string}[];
    members?: {kind: string; name: string; privacy?: string; static?: boolean; description?: string}[];
  }
  const manifest = JSON.parse(
    readFileSync(path.join(app, 'node_modules', 'whylight', 'dist', 'custom-elements.json'), 'utf8'),
  ) as {modules: {declarations: Declaration[]}[]};
  const declared = manifest.modules.flatMap(({declarations}) => declarations).filter(({tagName}) => tagName);
  const defined = readdirSync('web/element').flatMap((file) => {
    const text = readFileSync(path.join('web', 'element', file), 'utf8');
    return Array.from(text.matchAll(/define\('(whylight-\w+)'/g), ([, tag]) => tag!);
  });
  assert.deepEqual(declared.map(({tagName}) => tagName!).sort(), [...new Set(defined)].sort());
  const figure = declared.find(({tagName}) => tagName === 'whylight-explainer')!;
  const names = figure.attributes!.map(({name}) => name);
  for (const name of [...figureAttributes, 'loading']) assert.ok(names.includes(name), `${name} is missing`);
  const events = ['whylight-error', 'whylight-explain', 'whylight-load', 'whylight-progress'];
  assert.deepEqual(figure.events!.map(({name}) => name).sort(), events);
  for (const one of [...figure.attributes!, ...figure.events!]) assert.ok(one.description, `${one.name} has no words`);
  for (const {tagName, members = [], events: sent = []} of declared) {
    if (tagName === 'whylight-figure') continue; // part of the explainer
    const open = members.filter(({kind, privacy, static: fixed}) => kind === 'field' && !privacy && !fixed);
    for (const one of [...open, ...sent]) assert.ok(one.description, `${tagName}: ${one.name} has no words`);
  }
});

test('a program without documents may import the element, and the small ones', () => {
  const imported = "Promise.all([import('whylight/element'), import('whylight/elements'), import('whylight/react')])";
  const printed = run('node', [
    '-e',
    `${imported}.then(([one, {WhylightPicture}, {WhylightExplainer}]) =>
      console.log(typeof WhylightPicture, one.WhylightExplainer === WhylightExplainer))`,
  ]);
  assert.equal(printed.trim(), 'function true');
});

test('the package has a README of its own, and its wasm files have addresses', () => {
  const packed = path.join(app, 'node_modules', 'whylight');
  const readme = readFileSync(path.join(packed, 'README.md'), 'utf8');
  assert.equal(readme, readFileSync('web/README.md', 'utf8'));
  assert.notEqual(readFileSync('README.md', 'utf8'), readme);
  const {exports: listed} = JSON.parse(readFileSync(path.join(packed, 'package.json'), 'utf8')) as {exports: object};
  for (const name of Object.keys(listed).map((one) => one.replace(/^\.\//, 'whylight/').replace(/^\.$/, 'whylight'))) {
    const found = run('node', [
      '--input-type=module',
      '-e',
      `console.log(import.meta.resolve(${JSON.stringify(name)}))`,
    ]).trim();
    assert.ok(existsSync(fileURLToPath(found)), `${name} is not there: ${found}`);
    if (!/\.(json|wasm)$/.test(name))
      assert.match(readme, new RegExp(`\`${name}\``), `README does not tell of ${name}`);
  }
});
