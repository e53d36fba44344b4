import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {WorkerDied, type Lane} from '../../../web/core/lane-type.ts';
import {Pool} from '../../../web/core/pool.ts';

interface FakeApi {
  number: number;
  wait(milliseconds: number): Promise<number>;
  hang(): Promise<number>;
}

/** Starts lanes that compute nothing, can be killed, and say how many there were. */
function fakes() {
  const lanes: (Lane<FakeApi> & {kill(): void; ended: boolean})[] = [];
  const launch = async () => {
    await sleep(1);
    let fail: (error: Error) => void;
    const died = new Promise<never>((_resolve, reject) => (fail = reject));
    died.catch(() => undefined);
    const kill = () => {
      lane.ended = true;
      fail(new WorkerDied('worker: was killed'));
    };
    const number = lanes.length;
    const wait = async (milliseconds: number) => {
      await sleep(milliseconds);
      return lane.ended ? new Promise<number>(() => undefined) : number; // a dead worker never answers
    };
    const hang = () => new Promise<number>(() => undefined);
    const lane = {api: {number, wait, hang}, known: new Set<string>(), died, terminate: kill, kill, ended: false};
    lanes.push(lane);
    return lane;
  };
  return {lanes, launch};
}

test('results come in chunk order whatever the workers take', async () => {
  for (const size of [1, 2, 3, 7]) {
    const pool = await Pool.start(size, fakes().launch);
    const begun: number[] = [];
    const results = await pool.all(20, async (lane, index) => {
      begun.push(index);
      await lane.api.wait((index * 7) % 5);
      return index * index;
    });
    assert.deepEqual(
      results,
      Array.from({length: 20}, (_, index) => index * index),
    );
    assert.deepEqual(
      begun,
      Array.from({length: 20}, (_, index) => index),
    );
    pool.stop();
  }
});

test('all workers work at once, and each at one thing', async () => {
  const pool = await Pool.start(3, fakes().launch);
  let running = 0;
  let most = 0;
  await pool.all(12, async (lane) => {
    most = Math.max(most, ++running);
    await lane.api.wait(3);
    --running;
  });
  assert.equal(most, 3);
  pool.stop();
});

test('progress rises to 1', async () => {
  const pool = await Pool.start(2, fakes().launch);
  const shares: number[] = [];
  await pool.all(4, (lane) => lane.api.wait(1), {onProgress: (share) => shares.push(share)});
  assert.deepEqual(shares, [0.25, 0.5, 0.75, 1]);
  pool.stop();
});

test('urgent work goes before what waits', async () => {
  const pool = await Pool.start(1, fakes().launch);
  const order: string[] = [];
  const chunks = pool.all(4, async (lane, index) => {
    await lane.api.wait(1);
    order.push(`chunk ${index}`);
  });
  await pool.run(
    () => {
      order.push('urgent');
      return Promise.resolve();
    },
    {urgent: true},
  );
  await chunks;
  assert.deepEqual(order, ['chunk 0', 'urgent', 'chunk 1', 'chunk 2', 'chunk 3']);
  pool.stop();
});

test('an abort stops handing out chunks, and leaves a worker that comes back in time', async () => {
  const {lanes, launch} = fakes();
  const pool = await Pool.start(2, launch, {grace: 60});
  const controller = new AbortController();
  let begun = 0;
  const chunks = pool.all(
    100,
    (lane) => {
      ++begun;
      return lane.api.wait(10);
    },
    {signal: controller.signal},
  );
  await sleep(15);
  controller.abort();
  await assert.rejects(chunks, {name: 'AbortError'});
  const before = begun;
  await sleep(100);
  assert.equal(begun, before);
  assert.equal(lanes.length, 2);
  assert.deepEqual(await pool.all(2, (lane) => lane.api.wait(1)), [0, 1]);
  pool.stop();
});

test('a worker that does not come back after an abort is replaced, and the pool stays usable', async () => {
  const {lanes, launch} = fakes();
  const pool = await Pool.start(2, launch, {grace: 20});
  const controller = new AbortController();
  const chunks = pool.all(10, (lane) => lane.api.hang(), {signal: controller.signal});
  setTimeout(() => controller.abort(new Error('no more')), 5);
  const start = performance.now();
  await assert.rejects(chunks, /no more/);
  assert.ok(performance.now() - start < 200);
  const results = await pool.all(4, (lane) => lane.api.wait(1));
  assert.deepEqual([...new Set(results)].sort(), [2, 3]);
  assert.deepEqual(
    lanes.map(({ended}) => ended),
    [true, true, false, false],
  );
  pool.stop();
});

test('an abort before the start runs nothing', async () => {
  const pool = await Pool.start(1, fakes().launch);
  await assert.rejects(
    pool.run(() => assert.fail('ran'), {signal: AbortSignal.abort(new Error('too late'))}),
    /too late/,
  );
  pool.stop();
});

test('the chunk of a worker that dies is redone once, in order, by another that begins with nothing', async () => {
  const {lanes, launch} = fakes();
  const pool = await Pool.start(2, launch);
  let killed = false;
  const results = await pool.all(8, async (lane, index) => {
    if (index === 3 && !killed) {
      killed = true;
      lane.known.add('something');
      lanes[lane.api.number]!.kill();
    }
    await lane.api.wait(2);
    return [index, lane.known.size];
  });
  assert.deepEqual(
    results,
    Array.from({length: 8}, (_, index) => [index, 0]),
  );
  assert.equal(lanes.length, 3);
  pool.stop();
});

test('what a replaced worker had is told once another is up', async () => {
  const {lanes, launch} = fakes();
  const told: [number, string[], number][] = [];
  const onReplaced = (slot: number, known: ReadonlySet<string>) => told.push([slot, [...known], pool.lanes.length]);
  const pool = await Pool.start(2, launch, {onReplaced});
  await pool.run(() => Promise.resolve(), {slot: 1});
  lanes[1]!.known.add('something');
  lanes[1]!.kill();
  while (told.length === 0) await sleep(1);
  assert.deepEqual(told, [[1, ['something'], 2]]);
  pool.stop();
});

test('work that kills its worker twice is given up; other work goes on', async () => {
  const {lanes, launch} = fakes();
  const pool = await Pool.start(2, launch);
  const deadly = pool.run((lane) => {
    lanes[lane.api.number]!.kill();
    return lane.api.wait(1);
  });
  await assert.rejects(deadly, /worker: stopped twice at the same work, worker: was killed/);
  assert.equal((await pool.all(5, (lane) => lane.api.wait(1))).length, 5);
  pool.stop();
});

test('an instance that trapped is replaced', async () => {
  const {lanes, launch} = fakes();
  const pool = await Pool.start(1, launch);
  let traps = 1;
  const result = await pool.run((lane) => {
    if (traps-- > 0) throw new WebAssembly.RuntimeError('unreachable');
    return lane.api.wait(1);
  });
  assert.equal(result, 1);
  assert.equal(lanes[0]!.ended, true);
  pool.stop();
});

test('an idle worker that dies is replaced', async () => {
  const {lanes, launch} = fakes();
  const pool = await Pool.start(1, launch);
  lanes[0]!.kill();
  assert.equal(await pool.run((lane) => lane.api.wait(1)), 1);
  pool.stop();
});

test('an error of the work itself is passed on and replaces nobody', async () => {
  const {lanes, launch} = fakes();
  const pool = await Pool.start(2, launch);
  let begun = 0;
  const failing = pool.all(50, async (lane, index) => {
    ++begun;
    await lane.api.wait(1);
    if (index === 2) throw new Error('layer: there is none, found x');
    return index;
  });
  await assert.rejects(failing, /^Error: layer: there is none, found x$/);
  await sleep(30);
  assert.ok(begun < 6, `${begun} chunks had begun`);
  assert.equal(lanes.length, 2);
  pool.stop();
});

test('when the first worker cannot be started, no other is', async () => {
  let count = 0;
  const broken = () => Promise.reject(new Error(`cannot be loaded, ${++count}`));
  await assert.rejects(Pool.start(3, broken), /cannot be loaded, 1/);
  await sleep(10);
  assert.equal(count, 1);
});

test('workers after the first are started when there is work for them', async () => {
  const {lanes, launch} = fakes();
  const pool = await Pool.start(3, launch);
  await pool.run((lane) => lane.api.wait(1));
  assert.equal(lanes.length, 1);
  await Promise.all([pool.run((lane) => lane.api.wait(5)), pool.run((lane) => lane.api.wait(5))]);
  assert.equal(lanes.length, 2);
  await pool.run((lane) => lane.api.wait(1), {slot: 2});
  assert.equal(lanes.length, 3);
  pool.stop();
});

test('a later worker that cannot be started is done without, and work that only it could do says so', async () => {
  const {lanes, launch} = fakes();
  let count = 0;
  const flaky = () => (++count === 2 ? sleep(5).then(() => Promise.reject(new Error('cannot be loaded'))) : launch());
  const pool = await Pool.start(3, flaky);
  const pinned = pool.run((lane) => lane.api.wait(1), {slot: 1});
  await assert.rejects(pinned, /cannot be loaded/);
  await pool.all(6, (lane) => lane.api.wait(1));
  assert.equal(lanes.length, 2);
  pool.stop();
});

test('a stopped pool takes no work and ends what runs', async () => {
  const {lanes, launch} = fakes();
  const pool = await Pool.start(1, launch);
  const running = pool.run((lane) => lane.api.hang());
  const waiting = pool.run((lane) => lane.api.wait(1));
  pool.stop();
  await assert.rejects(running, /has been stopped/);
  await assert.rejects(waiting, /has been stopped/);
  await assert.rejects(
    pool.run(() => Promise.resolve()),
    /has been stopped/,
  );
  assert.equal(lanes[0]!.ended, true);
});
