import assert from 'node:assert/strict';
import {test} from 'node:test';
import {railOf} from '../../../web/page/rail.ts';

const node = (...inputs: number[]) => ({inputs});

test('a chain stays in one lane', () => {
  const {ties, lanes} = railOf([node(), node(0), node(1)]);
  assert.equal(lanes, 1);
  assert.deepEqual(
    ties.map(({lane}) => lane),
    [0, 0, 0, 0],
  );
  assert.deepEqual(ties.at(-1), {lane: 0, through: [], from: [0], onward: false});
});

test('what a residual link carries runs past the block, and both meet', () => {
  const {ties, lanes} = railOf([node(), node(0), node(1), node(0, 2), node(3)]);
  assert.equal(lanes, 2);
  const [, , inner, later, sum] = ties;
  assert.deepEqual(inner, {lane: 1, through: [0], from: [0], onward: true});
  assert.deepEqual(later, {lane: 1, through: [0], from: [1], onward: true});
  assert.deepEqual(sum, {lane: 0, through: [], from: [0, 1], onward: true});
});

test('several that read the input, and an output that nobody reads, keep their lanes apart', () => {
  const {ties} = railOf([node(), node(), node(0, 1), node(0)]);
  assert.notEqual(ties[1]!.lane, ties[2]!.lane);
  for (const {lane, through} of ties) assert.ok(!through.includes(lane), 'no other output runs through a layer');
});
