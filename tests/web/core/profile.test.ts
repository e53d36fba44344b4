import assert from 'node:assert/strict';
import {test} from 'node:test';
import {cutRounds, quietMean, summarise, typical} from '../../../web/core/profile.ts';
import type {RawStep} from '../../../web/core/wasm.ts';

const step = (name: string, operator: string, forward: number, backward: number, flows = true): RawStep => ({
  ...{name, operator, forward, backward, flows},
  shape: [1, 4],
  layout: 'plain',
});
const steps = [step('a', 'Conv', 5e6, 5e6), step('b', 'Relu', 0, 0), step('c', 'Conv', 1e6, 0, false)];

test('times are cut into rounds of both passes', () => {
  const rounds = cutRounds(Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 2);
  assert.deepEqual(
    rounds.map((round) => [...round]),
    [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ],
  );
  assert.deepEqual(cutRounds(new Float32Array(), 0), []);
});

test('the mean is over the quieter half of the rounds', () => {
  const rounds = [
    [1, 3],
    [90, 90],
    [3, 1],
    [2, 30],
  ].map((round) => Float32Array.from(round));
  const {times, counted} = quietMean(rounds);
  assert.deepEqual([[...times], counted], [[2, 2], 2]);
  assert.equal(quietMean(rounds.slice(0, 3)).counted, 2, 'of an odd number the larger half');
});

test('where the clock is fine the median counts', () => {
  const rounds = [0.01, 0.5, 0.03, 9].map((time) => Float32Array.from([time]));
  const {times, counted} = typical(rounds);
  assert.ok(Math.abs(times[0]! - 0.265) < 1e-6);
  assert.equal(counted, 4);
  const coarse = [0, 0.1, 0.1, 9].map((time) => Float32Array.from([time]));
  assert.ok(Math.abs(typical(coarse).times[0]! - 0.05) < 1e-6);
});

test('a profile has speeds, shares and sums', () => {
  const told = summarise(steps, [Float32Array.from([1, 0.5, 0.1, 2, 0.4, 0])], 20);
  const [conv, relu, last] = told.steps;
  assert.deepEqual([conv!.name, conv!.multiplyAdds], ['a', 5e6]);
  assert.ok(Math.abs(conv!.forward.gflops! - 10) < 1e-4);
  assert.ok(Math.abs(conv!.forward.ofPeak! - 0.5) < 1e-5);
  assert.ok(Math.abs(conv!.backward!.gflops! - 5) < 1e-4);
  assert.ok(Math.abs(conv!.share - 0.75) < 1e-6);
  assert.equal(relu!.forward.gflops, null, 'there is nothing to count');
  assert.ok(Math.abs(relu!.backward!.milliseconds - 0.4) < 1e-6);
  assert.equal(last!.backward, null, 'nothing flows back');
  assert.deepEqual(
    told.operators.map(({operator, steps: count, multiplyAdds}) => [operator, count, multiplyAdds]),
    [
      ['Conv', 2, 6e6],
      ['Relu', 1, 0],
    ],
  );
  assert.ok(Math.abs(told.total.forward.milliseconds - 1.6) < 1e-6);
  assert.ok(Math.abs(told.total.backward!.milliseconds - 2.4) < 1e-6);
  assert.ok(Math.abs(told.total.share - 1) < 1e-9);
});

test('a step too short for the clock has no speed', () => {
  const told = summarise(steps, [new Float32Array(6)], 20);
  assert.equal(told.steps[0]!.forward.gflops, null);
  assert.equal(told.total.share, 0);
});
