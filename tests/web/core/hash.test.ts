import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {test} from 'node:test';
import {fromBase64, toBase64} from '../../../web/core/base64.ts';
import {plainSha256, sha256} from '../../../web/core/hash.ts';

const bytesOf = (length: number) => Uint8Array.from({length}, (_, place) => (place * 167 + (place >> 3)) % 256);

test('SHA-256 is the same with and without the platform, at every length around a block', async () => {
  assert.equal(plainSha256(new Uint8Array()), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (const length of [1, 3, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 100_003]) {
    const bytes = bytesOf(length);
    const expected = createHash('sha256').update(bytes).digest('hex');
    assert.equal(plainSha256(bytes), expected, String(length));
    assert.equal(await sha256(bytes), expected, String(length));
  }
});

test('bytes survive base64', () => {
  for (const length of [0, 1, 2, 3, 0x8000 - 1, 0x8000 * 2 + 1]) {
    const bytes = bytesOf(length);
    assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
    assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  }
});
