// What a page has to fetch before it can compute.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';

const most = 300_000; // bytes

for (const build of ['simd', 'relaxed']) {
  test(`whylight-${build}.wasm takes at most ${most / 1000} kB gzipped`, () => {
    const size = gzipSync(readFileSync(`dist/whylight-${build}.wasm`), {level: 9}).length;
    assert.ok(size <= most, `found ${size} bytes`);
  });
}
