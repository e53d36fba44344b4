/** Memory stays as it is, however often one explains and changes the model: the page's heap, the workers' heaps, and their wasm memory. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {CDPSession, Page} from 'playwright-core';
import type {HostApi} from '../../../web/core/lane.ts';
import type {Pool} from '../../../web/core/pool.ts';
import {
  chooseMethod,
  loaded,
  mapsMade,
  nextMap,
  patience,
  settled,
  startBrowser,
  stopBrowser,
  visit,
} from './browser.ts';

before(startBrowser);
after(stopBrowser);

/** Bytes after everything that can be collected has been. */
interface Used {
  page: number;
  workers: number;
  wasm: number;
}

/** Answers for a session of a worker, which the protocol wraps into messages of the page's session. */
class WorkerSessions {
  private number = 0;
  private readonly waiting = new Map<number, (result: Record<string, unknown>) => void>();
  readonly open = new Set<string>();

  constructor(private readonly session: CDPSession) {
    session.on('Target.attachedToTarget', ({sessionId, targetInfo}) => {
      if (targetInfo.type === 'worker') this.open.add(sessionId);
    });
    session.on('Target.detachedFromTarget', ({sessionId}) => this.open.delete(sessionId));
    session.on('Target.receivedMessageFromTarget', ({message}) => {
      const {id, result} = JSON.parse(message) as {id?: number; result?: Record<string, unknown>};
      if (id !== undefined) this.waiting.get(id)?.(result ?? {});
    });
  }

  async ask(sessionId: string, method: string, params = {}): Promise<Record<string, unknown>> {
    const id = ++this.number;
    const answer = new Promise<Record<string, unknown>>((resolve) => this.waiting.set(id, resolve));
    await this.session.send('Target.sendMessageToTarget', {sessionId, message: JSON.stringify({id, method, params})});
    return answer;
  }
}

interface HeapUsage {
  usedSize: number;
  /** of arrays, which lie beside the heap */
  backingStorageSize: number;
}

const sizeOf = ({usedSize, backingStorageSize}: HeapUsage) => usedSize + backingStorageSize;

interface Shell extends HTMLElement {
  bench: {engine: {pool: Pool<HostApi>}};
}

/** What the wasm memories of all workers that are up have grown to. */
function wasmMemory(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const {lanes} = document.querySelector<Shell>('whylight-page')!.bench.engine.pool;
    const all = await Promise.all(lanes.map(({api}) => api.memory()));
    return all.reduce((sum, one) => sum + one, 0);
  });
}

async function watch(page: Page): Promise<() => Promise<Used>> {
  const session = await page.context().newCDPSession(page);
  const workers = new WorkerSessions(session);
  await session.send('Target.setAutoAttach', {autoAttach: true, waitForDebuggerOnStart: false, flatten: false});
  return async () => {
    for (let round = 0; round < 3; ++round) await session.send('HeapProfiler.collectGarbage');
    const usage = (await session.send('Runtime.getHeapUsage')) as unknown as HeapUsage;
    const used: Used = {page: sizeOf(usage), workers: 0, wasm: await wasmMemory(page)};
    assert.ok(workers.open.size > 0, 'there are workers');
    for (const one of workers.open) {
      for (let round = 0; round < 3; ++round) await workers.ask(one, 'HeapProfiler.collectGarbage');
      used.workers += sizeOf((await workers.ask(one, 'Runtime.getHeapUsage')) as unknown as HeapUsage);
    }
    return used;
  };
}

/** Explains picture after picture, `count` times, as fast as the page can: each is decoded anew, so that no map is one made before. */
async function explainOften(page: Page, count: number): Promise<void> {
  const first = await mapsMade(page);
  await page.evaluate(async (times) => {
    const shell = document.querySelector<HTMLElement>('whylight-page')!;
    const gallery = document.querySelector('whylight-gallery')!.shadowRoot!;
    for (let made = 0; made < times; ++made) {
      const before = Number(shell.dataset.maps);
      const pictures = gallery.querySelectorAll<HTMLElement>('[role="radio"]');
      pictures[(made + 1) % pictures.length]!.click();
      while (Number(shell.dataset.maps) === before) await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }, count);
  await settled(page, first + count);
}

const switchModel = (page: Page, name: string) => nextMap(page, () => page.locator('#model').selectOption(name));

const grown = (before: Used, now: Used) =>
  Object.fromEntries(Object.entries(before).map(([name, bytes]) => [name, now[name as keyof Used] / bytes - 1]));

test('memory grows by less than 5 % over 200 explanations and 20 changes of the model', {timeout: 280_000}, () =>
  visit('#model=digits', async ({page}) => {
    await loaded(page);
    const measure = await watch(page);
    const round = async (switches: number, explanations: number) => {
      for (let done = 0; done < switches; ++done) {
        await switchModel(page, done % 2 === 0 ? 'efficientnet-lite0' : 'digits');
        if (done % 2 === 1) await explainOften(page, Math.round((2 * explanations) / switches));
      }
    };
    // First everything that either model does once: scores take more memory than maps, and a worker that is replaced begins with little.
    await chooseMethod(page, 'gradient');
    const peaks: Used[] = [];
    for (const name of ['efficientnet-lite0', 'digits']) {
      await switchModel(page, name);
      await explainOften(page, 20);
      await page.locator('whylight-curve').waitFor({timeout: patience});
      peaks.push(await measure());
    }
    await round(8, 80);
    peaks.push(await measure());
    const before = {...peaks.at(-1)!, wasm: Math.max(...peaks.map(({wasm}) => wasm))};
    await round(20, 200);
    const now = await measure();
    const growth = grown(before, now);
    for (const [name, share] of Object.entries(growth)) {
      assert.ok(share < 0.05, `${name} grew by ${(share * 100).toFixed(1)} %: ${JSON.stringify({before, now})}`);
    }
  }),
);
