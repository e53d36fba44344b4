// Runs before and after `npm pack` and `npm publish`: the package has a README of its own (web/README.md), and npm always takes the one
// that lies in the root. An interrupted run leaves the project's in build/, from where the next one puts it back.
import {copyFile, mkdir, rename} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {buildAll} from './build.mjs';
import {root} from './steps.mjs';

const [readme, own, kept] = ['README.md', 'web/README.md', 'build/README.md'].map((file) => path.join(root, file));

/** Puts the project's README back. */
async function finish() {
  if (existsSync(kept)) await rename(kept, readme);
}

async function begin() {
  await finish();
  if (!existsSync(path.join(root, 'dist', 'whylight.js'))) await buildAll();
  await mkdir(path.dirname(kept), {recursive: true});
  await copyFile(readme, kept);
  await copyFile(own, readme);
}

await (process.argv[2] === 'begin' ? begin() : finish());
