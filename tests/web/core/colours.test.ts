// The colours in bundles, where tables take the place of d3-scale-chromatic.
import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';
import {build} from 'esbuild';
import {colourTables} from '../../../web/colours.mjs';
import {colourTable, palettes} from '../../../web/core/palette.ts';

test('bundles hold the colours of d3-scale-chromatic', async () => {
  const file = path.resolve('web/core/palette.ts');
  const {outputFiles} = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    plugins: [colourTables(file)],
  });
  const {text} = outputFiles[0]!;
  assert.ok(text.length < 16_000, `${text.length} letters`);
  const bundled = (await import(
    `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`
  )) as typeof import('../../../web/core/palette.ts');
  assert.equal(bundled.palettes.length, palettes.length);
  for (const [index, palette] of palettes.entries()) {
    const [here, there] = [colourTable(palette), colourTable(bundled.palettes[index]!)];
    assert.equal(there.length, here.length);
    // Those that are turned round are read at 1 - x, which may fall on the other side of a half.
    assert.ok(
      here.every((value, place) => Math.abs(value - there[place]!) <= 1),
      palette.name,
    );
  }
});
