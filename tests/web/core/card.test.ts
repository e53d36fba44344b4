import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {readCard} from '../../../web/core/card.ts';
import {version} from '../../../web/core/version.ts';

const base = {name: 'm', title: 'M', description: '', licence: 'CC0', output: {name: 'y', kind: 'logits'}, samples: []};

test('a photograph of 0 to 255 keeps its numbers', () => {
  const {input} = readCard({
    ...base,
    labels: ['a'],
    input: {
      name: 'image',
      kind: 'image',
      layout: 'NCHW',
      shape: [null, 3, 224, 200],
      range: [0, 255],
      mean: [127, 127, 127],
      scale: [128, 128, 128],
      resize: {shortSide: 256},
    },
  });
  assert.deepEqual(input, {
    name: 'image',
    kind: 'image',
    layout: 'nchw',
    shape: [1, 3, 224, 200],
    mean: [127, 127, 127],
    scale: [128, 128, 128],
    resize: 256,
    crop: 200,
  });
});

test('other ranges are turned into 0 to 255 and 0 to 1, so that the model sees the same', () => {
  const image = {name: 'x', kind: 'image', shape: [1, 3, 8, 8], range: [0, 1], mean: [0.5], scale: [0.25]};
  const {mean, scale} = readCard({...base, labels: [], input: image}).input;
  assert.deepEqual([mean, scale], [Array(3).fill(127.5), Array(3).fill(63.75)]);
  const signed = {name: 'x', kind: 'digit', shape: [1, 1, 8, 8], range: [-1, 1], mean: [0], scale: [1]};
  const digit = readCard({...base, labels: [], input: signed}).input;
  assert.equal((0.75 - digit.mean[0]!) / digit.scale[0]!, 0.5); // 0.75 of white is 0.5 on the way from -1 to 1
});

test("labels may come from the file that a card names, and sources make the card's source", () => {
  const card = readCard(
    {
      ...base,
      labels: 'labels.json',
      sources: [{what: 'weights', package: 'p 1.0', licence: 'MIT'}],
      input: {name: 'x', kind: 'digit', shape: [1, 1, 8, 8]},
    },
    ['zero', 'one'],
  );
  assert.deepEqual(card.labels, ['zero', 'one']);
  assert.equal(card.source, 'weights: p 1.0');
});

test('the cards of the documentation are cards', () => {
  for (const page of ['card', 'scikit-learn']) {
    const text = readFileSync(`web/docs/pages/models/${page}.md`, 'utf8');
    const [, json] = /^```json card\.json\n(.*?)^```$/ms.exec(text)!;
    const {input, labels} = readCard(JSON.parse(json!));
    assert.equal(input.mean.length, input.shape[1]);
    assert.ok(labels.length > 2);
    if (page === 'card')
      assert.ok(Math.abs(input.mean[0]! - 123.675) < 1e-9 && Math.abs(input.scale[2]! - 57.375) < 1e-9);
  }
});

test('what lacks the most needed is no card', () => {
  for (const wrong of [null, [], {...base, input: {name: 'x'}, labels: []}, {...base, input: {shape: [1]}}])
    assert.throws(() => readCard(wrong), /^Error: card: lacks input\.shape or labels$/);
});

test('the version is that of package.json', () => {
  const {version: named} = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string};
  assert.equal(version, named);
});
