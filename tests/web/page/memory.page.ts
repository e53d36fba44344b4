/** Memory stays as it is, however often one explains and changes the model: the page's heap, the workers' heaps, and their wasm memory. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {CDPSession, Page} from 'playwright-core';
import {chooseMethod, loaded, mapsMade, nextMap, settled, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

/** Bytes after everything that can be collected has been. */
interface Used {
  page: number;
  workers: number;
  wasm: number;
}

interface Listening extends Worker {
  told?: number;
}
type Holder = typeof globalThis & {memories: WebAssembly.Memory[]; workers: Listening[]};

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

async function watch(page: Page): Promise<() => Promise<Used>> {
  const session = await page.context().newCDPSession(page);
  const workers = new WorkerSessions(session);
  await session.send('Target.setAutoAttach', {autoAttach: true, waitForDebuggerOnStart: false, flatten: false});
  await session.send('HeapProfiler.enable');
  return async () => {
    const used: Used = {page: 0, workers: 0, wasm: 0};
    for (let round = 0; round < 3; ++round) await session.send('HeapProfiler.collectGarbage');
    used.page = (await session.send('Runtime.getHeapUsage')).usedSize;
    assert.ok(workers.open.size > 0, 'there are workers');
    for (const one of workers.open) {
      await workers.ask(one, 'HeapProfiler.enable');
      for (let round = 0; round < 3; ++round) await workers.ask(one, 'HeapProfiler.collectGarbage');
      used.workers += (await workers.ask(one, 'Runtime.getHeapUsage')).usedSize as number;
      const {result: prototype} = (await workers.ask(one, 'Runtime.evaluate', {
        expression: 'WebAssembly.Memory.prototype',
      })) as {result: {objectId: string}};
      const {objects} = (await workers.ask(one, 'Runtime.queryObjects', {prototypeObjectId: prototype.objectId})) as {
        objects: {objectId: string};
      };
      const {result: sum} = (await workers.ask(one, 'Runtime.callFunctionOn', {
        objectId: objects.objectId,
        functionDeclaration: 'function () { return this.reduce((sum, one) => sum + one.buffer.byteLength, 0) }',
      })) as {result: {value: number}};
      used.wasm += sum.value;
      await workers.ask(one, 'Runtime.releaseObject', {objectId: objects.objectId});
      await workers.ask(one, 'Runtime.releaseObject', {objectId: prototype.objectId});
    }
    return used;
  };
}

/** Explains with every class bar in turn, in both models: `count` maps. */
async function explainOften(page: Page, count: number): Promise<void> {
  const first = await mapsMade(page);
  for (let made = 0; made < count; ++made) {
    await nextMap(page, () => page.locator('whylight-classes .bar').nth((made + 1) % 3).click());
  }
  assert.ok((await mapsMade(page)) - first >= count);
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
    await chooseMethod(page, 'gradient');
    await round(4, 20);
    const before = await measure();
    await round(20, 200);
    await settled(page);
    const now = await measure();
    const growth = grown(before, now);
    console.log(JSON.stringify({before, now, growth}));
    for (const [name, share] of Object.entries(growth)) {
      assert.ok(share < 0.05, `${name} grew by ${(share * 100).toFixed(1)} %: ${JSON.stringify({before, now})}`);
    }
  }),
);
