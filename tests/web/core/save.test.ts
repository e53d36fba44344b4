// What the map is saved as: tables and citations.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {bibtex, citationLine, readPaper} from '../../../web/core/citation.ts';
import {shortestFloat, toCsv} from '../../../web/core/csv.ts';
import {Whylight} from '../../../web/core/whylight.ts';

test('a number is written as shortly as float32 allows, and read back as the same bits', () => {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  for (let step = 0; step < 5000; ++step) {
    bits[0] = Math.imul(step + 1, 2654435761) >>> 0;
    if (!Number.isFinite(value[0])) continue;
    const text = shortestFloat(value[0]!);
    assert.equal(Math.fround(Number(text)), value[0]!, text);
  }
  assert.equal(shortestFloat(Math.fround(0.1)), '0.1');
  assert.deepEqual([NaN, Infinity, -Infinity].map(shortestFloat), ['nan', 'inf', '-inf']);
});

test('a picture is a table of places with every channel, whatever the layout', () => {
  const first = toCsv({shape: [1, 2, 1, 2], data: Float32Array.of(1, 2, 0.5, -2)});
  assert.equal(first, 'row,column,channel 0,channel 1,sum\n0,0,1,0.5,1.5\n0,1,2,-2,0\n');
  assert.equal(toCsv({shape: [1, 1, 2, 2], data: Float32Array.of(1, 0.5, 2, -2)}, 'nhwc'), first);
});

test('anything else is a table of indices', () => {
  assert.equal(toCsv({shape: [1, 2], data: Float32Array.of(3, 0.25)}), 'index 0,index 1,value\n0,0,3\n0,1,0.25\n');
});

test('papers are cited by their authors, year and title', () => {
  const text = 'Smilkov, Thorat, Kim, Viégas and Wattenberg 2017, SmoothGrad: removing noise by adding noise';
  assert.equal(
    citationLine(text),
    'Smilkov, Thorat, Kim, Viégas and Wattenberg (2017). SmoothGrad: removing noise by adding noise.',
  );
  assert.match(
    bibtex(text),
    /^@misc\{smilkov2017smoothgrad,\n {2}author = \{Smilkov and Thorat and Kim and Viégas and /,
  );
  const two = bibtex('Bach et al. 2015, On pixel-wise explanations; Montavon et al. 2019 for the composites');
  assert.match(two, /author = \{Bach and others\}.*note = \{See also Montavon et al\. 2019 for the composites\}/s);
});

test('every paper of the catalogue can be cited', async () => {
  const engine = await Whylight.start({workers: 0, base: new URL('dist/', `file://${process.cwd()}/`)});
  const {methods} = await engine.catalogue();
  engine.stop();
  for (const {name, paper} of methods) assert.ok(readPaper(paper), `${name}: ${paper}`);
});
