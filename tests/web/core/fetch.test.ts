import assert from 'node:assert/strict';
import http from 'node:http';
import type {AddressInfo} from 'node:net';
import {after, before, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {loadCard} from '../../../web/core/card.ts';
import {fetchModel} from '../../../web/core/fetch.ts';
import type {Card} from '../../../web/core/types.ts';

const model = Uint8Array.from({length: 300_000}, (_, index) => (index * 7) % 251);
const card = {name: 'm', title: 'M', labels: 'labels.json', input: {name: 'x', kind: 'image', shape: [null, 3, 8, 8]}};

const answers: Record<string, (response: http.ServerResponse) => void> = {
  '/model.onnx': (response) => response.setHeader('Content-Length', model.length).end(model),
  '/packed.onnx': (response) => response.setHeader('Content-Encoding', 'gzip').end(gzipSync(model)),
  '/page.onnx': (response) => response.setHeader('Content-Type', 'text/html; charset=utf-8').end('<!doctype html>'),
  '/endless.onnx': (response) => response.write(model),
  '/m/card.json': (response) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(card)),
  '/m/labels.json': (response) => response.setHeader('Content-Type', 'application/json').end('["cat", "dog"]'),
};
const server = http.createServer((request, response) => {
  const answer = answers[request.url ?? ''];
  if (answer) answer(response);
  else response.writeHead(404).end();
});
let base = '';
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test('progress follows the bytes, up to 1', async () => {
  const shares: number[] = [];
  const bytes = await fetchModel(`${base}/model.onnx`, undefined, {onProgress: (share) => shares.push(share)});
  assert.deepEqual(bytes, model);
  assert.equal(shares.at(-1), 1);
  assert.deepEqual(
    shares,
    [...shares].sort((one, other) => one - other),
  );
});

test('where the answer is packed, the card says how many bytes there will be', async () => {
  const shares: number[] = [];
  const known = {bytes: model.length} as Card;
  await fetchModel(`${base}/packed.onnx`, known, {onProgress: (share) => shares.push(share)});
  assert.equal(shares.at(-1), 1);
  const unknown = await fetchModel(new URL(`${base}/packed.onnx`), undefined, {
    onProgress: () => assert.fail('guessed'),
  });
  assert.deepEqual(unknown, model);
});

test('what is not a model is said in one sentence', async () => {
  await assert.rejects(fetchModel(`${base}/none.onnx`, undefined, {}), {
    message: `model: cannot be fetched from ${base}/none.onnx, found status 404`,
  });
  await assert.rejects(fetchModel(`${base}/page.onnx`, undefined, {}), {
    message: `model: cannot be fetched from ${base}/page.onnx, found a web page instead of an ONNX file`,
  });
  await assert.rejects(
    fetchModel('http://127.0.0.1:1/model.onnx', undefined, {}),
    /^Error: model: cannot be fetched from/,
  );
});

test('fetching can be aborted', async () => {
  const controller = new AbortController();
  const fetching = fetchModel(`${base}/endless.onnx`, undefined, {signal: controller.signal});
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(fetching, {name: 'AbortError'});
});

test('a card is fetched with the labels that it names', async () => {
  const loaded = await loadCard(`${base}/m/card.json`);
  assert.deepEqual(loaded.labels, ['cat', 'dog']);
  assert.deepEqual(loaded.input.shape, [1, 3, 8, 8]);
  await assert.rejects(
    loadCard(`${base}/none.json`),
    /^Error: card: cannot be fetched from .*none\.json, found status 404$/,
  );
});
