// The first result on a cold cache: from navigation to class bars, Whylight's page against the least page of onnxruntime-web.

import {cpSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {root} from '../../web/steps.mjs';
import {serve} from '../../web/serve.mjs';

const here = path.join(root, 'tests', 'bench');
const model = path.join(root, 'models', 'efficientnet-lite0');
const peer = path.join(here, 'node_modules', 'onnxruntime-web', 'dist');

/** Where the bars are that a person waits for, in the pages' own documents. */
const barsOf = {
  whylight: () => document.querySelector('whylight-classes')?.shadowRoot?.querySelectorAll('.bar').length ?? 0,
  onnxruntime: () => document.querySelectorAll('.bar').length,
};

/** Puts the peer's page together: its files, the same model, the same picture. */
function assemblePeer(picture) {
  const folder = path.join(root, 'build', 'bench', 'cold');
  mkdirSync(folder, {recursive: true});
  const copy = (from, name = path.basename(from)) => cpSync(from, path.join(folder, name));
  for (const name of ['index.html', 'classify.js', 'style.css']) copy(path.join(here, 'cold', name));
  for (const name of ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'])
    copy(path.join(peer, name));
  for (const name of ['model.onnx', 'card.json']) copy(path.join(model, name));
  copy(path.join(model, 'samples', picture), 'picture.jpg');
  return folder;
}

// A window that has just been opened loads the browser's own interface for half a second; a person's window has long been open.
const kSettle = 1500; // milliseconds

/** Milliseconds from navigation to five bars, in a browser context of its own. */
async function firstResult(browser, url, bars) {
  const context = await browser.newContext({viewport: {width: 1280, height: 800}});
  try {
    const page = await context.newPage();
    await page.addInitScript(`
      const bars = ${bars};
      const look = () => {
        if (bars() >= 5) window.firstResult = performance.now();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    `);
    await page.waitForTimeout(kSettle);
    await page.goto(url, {waitUntil: 'commit'});
    const handle = await page.waitForFunction(() => window.firstResult, undefined, {timeout: 20_000, polling: 50});
    return await handle.jsonValue();
  } finally {
    await context.close();
  }
}

/** Gives milliseconds of each page, `repeats` of them, the pages in turn; the first visit of each only warms the server. */
export async function measureColdStart(browser, {repeats, picture = 'chelsea.jpg'}) {
  const folders = {whylight: path.join(root, 'dist', 'site'), onnxruntime: assemblePeer(picture)};
  const times = {whylight: [], onnxruntime: []};
  const servers = {};
  try {
    for (const [name, folder] of Object.entries(folders)) servers[name] = await serve({folder});
    for (let turn = 0; turn <= repeats; ++turn) {
      for (const [name, {url}] of Object.entries(servers)) {
        const time = await firstResult(browser, url, barsOf[name]).catch((error) => {
          if (name === 'whylight') throw error;
          return undefined; // about one visit in sixty to onnxruntime-web's page never ends
        });
        if (turn > 0 && time !== undefined) times[name].push(time);
      }
    }
    return times;
  } finally {
    for (const server of Object.values(servers)) await server.close();
  }
}
