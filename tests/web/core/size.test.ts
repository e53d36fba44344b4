// What a page has to fetch before it can compute.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';

const most = 300_000; // bytes

for (const build of ['simd', 'relaxed']) {
  test(`whylight-${build}.wasm takes at most ${most / 1000} kB gzipped`, () => {
    const size = execFileSync('gzip', ['-9c', `dist/whylight-${build}.wasm`]).length;
    assert.ok(size <= most, `found ${size} bytes`);
  });
}
