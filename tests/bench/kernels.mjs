// Every kernel by itself as wasm, in a module of their own (tests/bench/wasm/kernels.cpp): the cases of the native benchmark.

import {formatTable} from './table.mjs';

const kBuilds = ['relaxed', 'simd'];
const kRounds = 2;

/** What `buildWasm` has to make first. */
export const kKernelTargets = kBuilds.map((build) => `kernels-${build}`);

/** Gives {build: [{name, values, operations, milliseconds}]}: of each kernel's call the best time, the builds in turn. */
export async function measureKernels(browser, url) {
  const best = {};
  const page = await browser.newPage();
  try {
    await page.goto(`${url}/page/index.html`);
    for (let round = 0; round < kRounds; ++round)
      for (const build of kBuilds) {
        const found = await page.evaluate(async (address) => {
          const {default: create} = await import(address);
          return (await create()).measure();
        }, `/whylight/kernels-${build}.mjs`);
        const before = best[build] ?? found;
        best[build] = found.map((entry, i) => (entry.milliseconds < before[i].milliseconds ? entry : before[i]));
      }
  } finally {
    await page.close();
  }
  return best;
}

/** Of each kernel the values and operations a second, and these as a share of the register tile's, which is the product's. */
export function kernelTable(kernels) {
  const rate = (amount, milliseconds) => amount / milliseconds / 1e6;
  const cells = (list, i) => {
    const {values, operations, milliseconds} = list[i];
    const [tile] = list;
    const speed = rate(operations, milliseconds);
    const share = (100 * speed) / rate(tile.operations, tile.milliseconds);
    return [rate(values, milliseconds).toFixed(2), speed.toFixed(1), `${share.toFixed(0)} %`];
  };
  const header = kBuilds.flatMap((build) => [`${build}, G values/s`, 'GFLOP/s', 'of the tile']);
  const rows = kernels[kBuilds[0]].map(({name}, i) => [name, ...kBuilds.flatMap((build) => cells(kernels[build], i))]);
  return formatTable(['kernel', ...header], rows);
}
