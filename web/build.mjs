// Builds everything that is shipped into dist/: the page (dist/site), the command (dist/cli.js) and the package.
// With --serve it then serves the page. Works on a fresh clone: it first installs what is missing.
import {createHash} from 'node:crypto';
import {cp, mkdir, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {gzipSync} from 'node:zlib';
import {colourTables} from './colours.mjs';
import {contentSecurityPolicy, serveSite} from './serve.mjs';
import {StepError, buildWasm, installPackages, installSystem, root, run} from './steps.mjs';

const moduleFiles = ['whylight-simd.wasm', 'whylight-relaxed.wasm'];
/** What does not become part of a bundle, but is imported from beside it when needed. */
const beside = ['./embedded.js', './factory.js'];

/**
 * What is bundled: entries under web/ by the names of the files that they become in a folder of dist/. Those that are split share
 * chunks. The page's first script imports main.js later, and shares chunk.js with it: index.html names both, so that they are fetched
 * along with it. The package is for Node too.
 */
const bundles = [
  {entries: {start: 'page/start.ts'}, folder: 'site', split: {chunkNames: '[name]'}},
  {entries: {style: 'page/style.css'}, folder: 'site'},
  {entries: {worker: 'page/worker.ts'}, folder: 'site'},
  {entries: {docs: 'docs/docs.ts'}, folder: 'site/docs', split: {chunkNames: '[name]'}},
  {
    entries: {whylight: 'core/index.ts', element: 'element/explainer.ts', elements: 'element/index.ts'},
    folder: '.',
    split: {chunkNames: '[name]-[hash]'},
  },
  {entries: {worker: 'core/worker.ts', factory: 'core/factory.ts'}, folder: '.'},
  {entries: {'elements.node': 'element/index.ts'}, folder: '.', server: true},
  {entries: {cli: 'cli/main.ts'}, folder: '.', node: true},
];

/**
 * The module's script, the same for both builds but for the name of the wasm file. It is told what to compile, so the parts that look for
 * the file, or for Node's modules, go: bundlers stumble over them.
 */
async function moduleScript() {
  const [one, other] = await Promise.all(
    ['simd', 'relaxed'].map(async (build) => {
      const text = await readFile(path.join(root, 'build', 'wasm', `whylight-${build}.mjs`), 'utf8');
      return text.replaceAll(`whylight-${build}`, 'whylight');
    }),
  );
  if (one !== other) throw new StepError('the builds need scripts of their own, workers are bundled with one', '');
  const script = one
    .replace(/var ENVIRONMENT_IS_NODE=[^;]*;/, '')
    .replaceAll('ENVIRONMENT_IS_NODE', 'false')
    .replaceAll('new URL("whylight.wasm",import.meta.url).href', '""')
    .replaceAll('import.meta.url', '""'); // so that workers can be classic ones
  const file = path.join(root, 'build', 'module.mjs');
  await writeFile(file, script);
  return file;
}

/** What scripts compare the wasm files with. */
async function wasmHashes() {
  const hashes = ['simd', 'relaxed'].map(async (build) => {
    const bytes = await readFile(path.join(root, 'build', 'wasm', `whylight-${build}.wasm`));
    return [build, createHash('sha256').update(bytes).digest('hex')];
  });
  return Object.fromEntries(await Promise.all(hashes));
}

/** Styles without the spaces that only help to read them. */
const withoutSpaces = (styles) =>
  styles
    .replace(/([:,]) /g, '$1')
    .replace(/ ([{>])/g, '$1')
    .replace(/;(\s*\})/g, '$1');

/** Takes the indentation out of what is drawn and styled: minifying leaves text in templates as it is. Lines stay where they are. */
const unindent = {
  name: 'unindent',
  setup(build) {
    build.onLoad({filter: /[\\/]web[\\/](element|page|single)[\\/].*\.ts$/}, async ({path: file}) => {
      const text = (await readFile(file, 'utf8')).replace(/\n[ \t]+/g, '\n');
      return {contents: text.replace(/\bcss`[^`]*`/g, withoutSpaces), loader: 'ts'};
    });
  },
};

/** In one file, which is not fetched from anywhere: it has no address, and finds nothing beside it. */
const alone = {
  name: 'alone',
  setup(build) {
    build.initialOptions.define['import.meta.url'] = '"file:///"';
    build.onResolve({filter: /\/embedded\.js$/}, () => ({path: path.join(root, 'dist', 'embedded.js')}));
  },
};

/** Packages for Node that are not modules yet ask for Node's own in the old way. */
const nodeBanner = `#!/usr/bin/env node
import {createRequire} from 'node:module';
const require = createRequire(import.meta.url);`;

async function bundle({entries, folder, split, node = false, server = false, whole = false}, module) {
  const esbuild = await import('esbuild');
  await esbuild.build({
    entryPoints: Object.entries(entries).map(([out, entry]) => ({in: path.join(root, 'web', entry), out})),
    outdir: path.join(root, 'dist', folder),
    splitting: split !== undefined,
    ...(split ? {chunkNames: split.chunkNames} : {}),
    bundle: true,
    format: 'esm',
    minify: !node,
    sourcemap: node || server || whole ? false : 'linked',
    sourcesContent: false,
    target: node ? 'node20' : 'es2022',
    platform: node ? 'node' : server ? 'neutral' : 'browser',
    ...(server ? {conditions: ['node'], mainFields: ['module', 'main']} : {}), // with what stands for the document where there is none
    alias: {'whylight-module': module},
    plugins: [unindent, colourTables(path.join(root, 'web', 'core', 'palette.ts')), ...(whole ? [alone] : [])],
    define: {WHYLIGHT_SHA256: JSON.stringify(await wasmHashes())},
    external: whole ? beside.slice(1) : beside,
    banner: node ? {js: nodeBanner} : {},
    tsconfig: path.join(root, 'web', 'tsconfig.json'),
    logLevel: 'warning',
  });
}

const hashOf = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** What all files of one explanation have in common, with the hashes that their policy allows: the page and the command make such files. */
async function writeShell(folders, module) {
  const folder = path.join(root, 'build', 'single');
  await bundle({entries: {single: 'single/start.ts'}, folder: path.join('..', 'build', 'single')}, module);
  const bundled = await readFile(path.join(folder, 'single.js'), 'utf8');
  const script = bundled.replace(/\n\/\/# sourceMappingURL=.*/, '').replaceAll('<!--', '\\x3c!--');
  if (/<\/script/i.test(script)) throw new StepError('the script of a single file would end too early', '');
  const {transform} = await import('esbuild');
  const plain = await readFile(path.join(root, 'web', 'single', 'single.css'));
  const {code: style} = await transform(plain, {loader: 'css', minify: true});
  const shell = JSON.stringify({script, scriptHash: hashOf(script), style, styleHash: hashOf(style)});
  await Promise.all(folders.map((folder) => writeFile(path.join(folder, 'single.json'), shell)));
}

/** What is in a model's card, its labels too where they are in a file of their own. */
async function readCard(file) {
  const card = JSON.parse(await readFile(file, 'utf8'));
  if (typeof card.labels !== 'string') return card;
  return {...card, labels: JSON.parse(await readFile(path.join(path.dirname(file), card.labels), 'utf8'))};
}

/**
 * Copies the list of models and the folder of each model that it names, without the scripts that made it. The list that is shipped holds
 * the cards themselves, so that the page knows after one request what to ask for next.
 */
async function copyModels(target) {
  const source = path.join(root, 'models');
  const list = JSON.parse(await readFile(path.join(source, 'index.json'), 'utf8'));
  await mkdir(target, {recursive: true});
  const lines = list.map(async ({name, title, card = `${name}/card.json`}) => {
    return {name, title, card: await readCard(path.join(source, card))};
  });
  await writeFile(path.join(target, 'index.json'), JSON.stringify(await Promise.all(lines)));
  const filter = (file) => !/(\.py|__pycache__)$/.test(file);
  for (const {name} of list) await cp(path.join(source, name), path.join(target, name), {recursive: true, filter});
}

/** Writes the declarations that package.json names, from the package's own sources. */
async function declareTypes() {
  await run('node_modules/.bin/tsc', ['-p', 'web/tsconfig.types.json', '--pretty', 'false']);
  const written = path.join(root, 'web', 'types'); // these need the frameworks that they are for
  await cp(written, path.join(root, 'dist', 'types'), {recursive: true});
}

/** Writes what editors and documentation read about the elements. */
async function describeElements() {
  const program = 'node_modules/@custom-elements-manifest/analyzer/cem.js';
  const files = ['--globs', 'web/element/*.ts', '--outdir', 'dist'];
  await run('node', [program, 'analyze', '--litelement', '--quiet', ...files]);
}

/** Bundles and copies; the wasm module must have been built. */
export async function buildSite() {
  const dist = path.join(root, 'dist');
  const site = path.join(dist, 'site');
  await rm(dist, {recursive: true, force: true});
  await mkdir(site, {recursive: true});
  const module = await moduleScript();
  const bundled = bundles.map((one) => bundle(one, module));
  await Promise.all([declareTypes(), describeElements(), ...bundled, writeShell([dist, site], module)]);
  for (const file of moduleFiles) {
    await cp(path.join(root, 'build', 'wasm', file), path.join(site, file));
    await cp(path.join(root, 'build', 'wasm', file), path.join(dist, file));
  }
  await embed(dist);
  await bundle({entries: {anywidget: 'element/anywidget.ts'}, folder: '.', whole: true}, module);
  await tellBundlers(dist);
  const page = path.join(root, 'web', 'page');
  for (const file of await readdir(page)) {
    if (/\.(html|svg|webmanifest)$|^sw-/.test(file)) await cp(path.join(page, file), path.join(site, file));
  }
  await declarePolicy(path.join(site, 'index.html'));
  await copyModels(path.join(site, 'models'));
  await copyElement(path.join(site, 'element'));
  const {buildDocs} = await import('./docs/build.mjs'); // needs packages, which may have been installed only now
  await buildDocs(path.join(site, 'docs'), dist);
  await prepareOffline(site);
}

/** Writes the policy into the page, so that it is in force on hosts that send none. */
async function declarePolicy(file) {
  const text = await readFile(file, 'utf8');
  const name = 'http-equiv="Content-Security-Policy" content=';
  await writeFile(file, text.replace(`${name}""`, `${name}"${contentSecurityPolicy}"`));
}

/** A service worker that can store the page with its models, and in the page how many bytes that takes. */
async function prepareOffline(site) {
  const {generateSW, getManifest} = await import('workbox-build');
  const files = {
    globDirectory: site,
    globPatterns: ['**/*'],
    globIgnores: ['**/*.map', 'sw.js', 'element/whylight-*'], // sw-element.js has the same as the page
    maximumFileSizeToCacheInBytes: 1 << 26,
  };
  const {size} = await getManifest(files);
  const index = path.join(site, 'index.html');
  const text = await readFile(index, 'utf8');
  const name = 'name="whylight-offline-bytes" content=';
  await writeFile(index, text.replace(`${name}"0"`, `${name}"${size}"`));
  const options = {
    swDest: path.join(site, 'sw.js'),
    inlineWorkboxRuntime: true,
    sourcemap: false,
    importScripts: ['sw-element.js'],
  };
  await generateSW({...files, ...options, skipWaiting: true, clientsClaim: true, cleanupOutdatedCaches: true});
}

/** An import of an address that is not known before leaves bundlers helpless; minifying took away the words that tell them to let it be. */
async function tellBundlers(dist) {
  const ignored = 'import(/* @vite-ignore */ /* webpackIgnore: true */ ';
  for (const file of (await readdir(dist)).filter((name) => /^chunk-.*\.js$/.test(name))) {
    const text = await readFile(path.join(dist, file), 'utf8');
    await writeFile(path.join(dist, file), text.replace(/\bimport\((?!["'])/g, ignored));
  }
}

/** Workers' script and wasm as a script, for bundlers that do not take along what a script names by its address. */
async function embed(dist) {
  const worker = await readFile(path.join(dist, 'worker.js'), 'utf8');
  const simd = gzipSync(await readFile(path.join(dist, 'whylight-simd.wasm')), {level: 9}).toString('base64');
  const text = worker.replace(/\n\/\/# sourceMappingURL=.*/, '');
  await writeFile(
    path.join(dist, 'embedded.js'),
    `export const worker = ${JSON.stringify(text)};\nexport const simd = '${simd}';\n`,
  );
}

/** The element for documents, in a folder that needs nothing else: copied anywhere, one script tag is enough. */
async function copyElement(target) {
  const dist = path.join(root, 'dist');
  const others = /^(cli|anywidget|whylight|elements(\.node)?|embedded|factory)\.js/;
  const files = (await readdir(dist)).filter((file) => /\.(m?js|map|wasm)$/.test(file) && !others.test(file));
  await mkdir(target);
  await Promise.all(files.map((file) => cp(path.join(dist, file), path.join(target, file))));
}

/** Everything from nothing: packages, wasm module, bundles. */
export async function buildAll() {
  await installSystem('build');
  await installPackages();
  console.log('Building the wasm module');
  await buildWasm();
  console.log('Building the page, the command and the package');
  await buildSite();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const {values} = parseArgs({options: {serve: {type: 'boolean'}, port: {type: 'string'}}});
  try {
    await buildAll();
    if (values.serve) await serveSite(values.port === undefined ? undefined : Number(values.port));
    else console.log('Built: dist/site (the page), dist/cli.js (the command), dist/ (the package)');
  } catch (error) {
    console.error(error.output ?? '');
    console.error(error.message);
    process.exitCode = 1;
  }
}
