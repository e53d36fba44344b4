// What a page has to fetch before it can compute.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

const most = 300_000; // bytes

for (const build of ['simd', 'relaxed']) {
  test(`whylight-${build}.wasm takes at most ${most / 1000} kB gzipped`, () => {
    const size = execFileSync('gzip', ['-9c', `dist/whylight-${build}.wasm`]).length;
    assert.ok(size <= most, `found ${size} bytes`);
  });
}

test('the element takes at most 60 kB gzipped, with all that it loads and the workers’ script', () => {
  const scripts = readdirSync('dist/site/element').filter((name) => name.endsWith('.js'));
  const sizes = scripts.map((name) => execFileSync('gzip', ['-9c', path.join('dist/site/element', name)]).length);
  const size = sizes.reduce((sum, one) => sum + one, 0);
  assert.ok(scripts.length > 3 && size <= 60_000, `found ${size} bytes`);
});
