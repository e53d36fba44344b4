/** The worker pool in a browser: what is asked of the network when workers are lost or stopped, and what it changes. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import type {HostApi, HostLane} from '../../../web/core/lane.ts';
import type {Pool} from '../../../web/core/pool.ts';
import type {Engine, Explanation, Model, NdArray} from '../../../web/core/types.ts';
import {
  chooseMethod,
  loaded,
  patience,
  settled,
  shownMap,
  startBrowser,
  stopBrowser,
  visit,
  visitBlank,
} from './browser.ts';

before(startBrowser);
after(stopBrowser);

/** What a blank document holds for these tests. */
interface Held {
  engine: Engine & {pool: Pool<HostApi>};
  model: Model;
  picture: (rows: number) => NdArray;
}
type Holder = typeof globalThis & {held: Held; workers: Watched[]};
interface Watched extends Worker {
  address: string;
  ended: boolean;
  deaf: boolean;
}

/** Writes down the workers that the page starts and ends; one that is `deaf` is never heard of again, as if its work took for ever. */
function watchWorkers(): void {
  const workers = ((globalThis as Holder).workers = [] as Watched[]);
  globalThis.Worker = class extends Worker {
    address: string;
    ended = false;
    deaf = false;
    constructor(address: string | URL, options?: WorkerOptions) {
      super(address, options);
      this.address = String(address);
      workers.push(this);
      this.addEventListener('message', (event) => {
        if (this.deaf) event.stopImmediatePropagation();
      });
    }
    override terminate(): void {
      this.ended = true;
      super.terminate();
    }
  };
}

/** Starts an engine of two workers in the page, with a model that both have, and waits until it needs no network any more. */
async function startEngine(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const {Whylight} = (await import(new URL('/whylight.js', location.href).href)) as {
      Whylight: {start(options: object): Promise<Held['engine']>};
    };
    const engine = await Whylight.start({workers: 2});
    const model = await engine.open('/site/models/efficientnet-lite0/model.onnx');
    const picture = (rows: number) => {
      const shape = [rows, 3, 224, 224];
      const data = Float32Array.from({length: shape.reduce((a, b) => a * b)}, (_, place) => Math.sin(place / 37));
      return {shape, data};
    };
    (globalThis as Holder).held = {engine, model, picture};
    await model.predict(picture(1));
  });
  await opened(page);
}

/** Waits until all workers are up and have the model. */
function opened(page: Page): Promise<unknown> {
  const ready = () => {
    const {lanes, size} = (globalThis as Holder).held.engine.pool;
    return lanes.length === size && lanes.every(({known}) => [...known].some((key) => key.startsWith('model')));
  };
  return page.waitForFunction(ready, undefined, {timeout: patience});
}

test('the chunks of workers that end are redone by others that ask the network for nothing, to the same bits', () =>
  visitBlank(async ({page, requests}) => {
    await startEngine(page);
    const before = requests.length;
    await page.context().setOffline(true);
    const found = await page.evaluate(async () => {
      const {engine, model, picture} = (globalThis as Holder).held;
      const request = {method: 'smoothgrad', settings: {samples: '8'}, seed: 3};
      const ended: HostLane[] = [];
      const whole = await model.explain(picture(1), request);
      const disturbed = await model.explain(picture(1), request, {
        onProgress: (share) => {
          if (share === 0 || ended.length > 0) return;
          ended.push(...engine.pool.lanes);
          setTimeout(() => ended.forEach((lane) => lane.terminate()), 5); // in the midst of chunks
        },
      });
      const bits = ({data}: Explanation) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)].join();
      return {
        ended: ended.length,
        same: bits(whole) === bits(disturbed),
        left: engine.pool.lanes.filter((lane) => ended.includes(lane)).length,
      };
    });
    assert.deepEqual(found, {ended: 2, same: true, left: 0});
    await opened(page); // although nothing was asked of one of them since
    assert.deepEqual(requests.slice(before), []);
  }));

test('work that goes on after a stop is ended with its worker, and its model opened in another', () =>
  visitBlank(async ({page, requests}) => {
    await startEngine(page);
    const before = requests.length;
    const found = await page.evaluate(async () => {
      const {engine, model, picture} = (globalThis as Holder).held;
      const events: string[] = [];
      const lanes = engine.pool.lanes;
      for (const lane of lanes) lane.died.catch(() => events.push('ended'));
      const controller = new AbortController();
      const {api} = lanes[0]!;
      // Seconds of work in one call, of which the pool knows nothing but that it has not come back.
      const endless = engine.pool.run(
        (lane) => lane.api.profile(1, picture(16), 'gradient', 1000, 60_000).then(() => events.push('came back')),
        {signal: controller.signal, slot: 0},
      );
      setTimeout(() => controller.abort(), 50);
      await endless.catch(() => events.push('stopped'));
      await engine.pool.run(() => Promise.resolve(events.push('next')), {slot: 0});
      const same = engine.pool.lanes[0]!.api === api;
      return {events, same, scores: (await model.predict(picture(1))).data.length};
    });
    assert.deepEqual(found, {events: ['stopped', 'ended', 'next'], same: false, scores: 1000});
    await opened(page);
    assert.deepEqual(requests.slice(before), []);
  }));

interface Shell extends HTMLElement {
  bench: {engine: {pool: {slots: {task: unknown}[]}}};
}

/** Waits until the page's workers have had nothing to do for a while. */
async function idle(page: Page): Promise<void> {
  let quiet = 0;
  while (quiet < 5) {
    const busy = await page.evaluate(() =>
      document.querySelector<Shell>('whylight-page')!.bench.engine.pool.slots.some(({task}) => task),
    );
    quiet = busy ? 0 : quiet + 1;
    await page.waitForTimeout(100);
  }
}

test('the page replaces a worker that does not come back after a stop, without a request', () =>
  visit('#method=gradient', async ({page, requests}) => {
    await page.addInitScript(watchWorkers);
    await page.reload();
    await settled(page);
    await loaded(page);
    const before = requests.length;
    await idle(page); // a worker that is at a score would be replaced by one that hears before the map is begun
    const first = await page.evaluate(() => (globalThis as Holder).workers.length);
    await page.evaluate(() => (globalThis as Holder).workers.forEach((worker) => (worker.deaf = true)));
    await page.locator('whylight-options #method').selectOption('lrp');
    await page.locator('whylight-progress button').click({timeout: patience});
    await page.getByText('Stopped.').waitFor({timeout: patience});
    // One that had nothing to do is not replaced, and would be asked next.
    await page.evaluate(() => (globalThis as Holder).workers.forEach((worker) => (worker.deaf = false)));
    await chooseMethod(page, 'gradient-x-input');
    assert.equal((await shownMap(page)).method, 'gradient-x-input');
    const workers = await page.evaluate(() =>
      (globalThis as Holder).workers.map(({address, ended}) => ({local: address.startsWith('blob:'), ended})),
    );
    assert.ok(workers.length > first);
    assert.ok(workers[0]!.local, 'under the policy of the page');
    workers.slice(first).forEach((replacement) => assert.deepEqual(replacement, {local: true, ended: false}));
    assert.ok(workers.some(({ended}) => ended));
    assert.deepEqual(requests.slice(before), []);
    assert.match(await page.locator('footer').innerText(), /0 requests since load/);
  }));
