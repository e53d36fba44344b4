import assert from 'node:assert/strict';
import {test} from 'node:test';
import {firstChoice, type Choice} from '../../../web/page/state.ts';
import {fromFragment, toFragment} from '../../../web/page/url.ts';

test('every choice comes back from its fragment', () => {
  const choice: Choice = {
    screen: 'compare',
    model: 'digits',
    input: 'seven & one.png',
    method: 'lrp',
    settings: {epsilon: '1e-3', layer: 'block1.expand/Conv:0'},
    seed: 7,
    target: '7:1',
    view: {palette: 'green-brown', opacity: 0.35, smoothing: 4, threshold: 0.15, overlay: 'top-10' as const},
    methods: ['gradient', 'lrp;composite=epsilon;epsilon=1e-3'],
    classes: ['281', '281:285'],
    scale: 'all',
    sort: 'deletion',
    layer: 'block1.expand/Conv:0',
  };
  assert.deepEqual(fromFragment(toFragment(choice)), choice);
});

test('what is as on first opening needs no words', () => {
  assert.equal(toFragment(firstChoice), '#');
  assert.deepEqual(fromFragment(''), firstChoice);
});

test('nonsense in a link is read as on first opening', () => {
  const choice = fromFragment('#target=cat&opacity=7&smoothing=-1&unknown=1');
  assert.deepEqual(choice, firstChoice);
});
