// The rules of the house that no ordinary tool knows: who may include whom, how long a file may be, no paths of a machine.
import {readFileSync} from 'node:fs';
import path from 'node:path';

const layers = 'tensor kernels graph ops onnx engine lrp perturb attribution metrics wasm'.split(' ');
const webFolders = {
  strings: ['strings'],
  types: ['types'],
  core: ['core'],
  element: ['strings', 'core', 'element'],
  single: ['strings', 'core', 'element', 'single'],
  page: ['strings', 'core', 'element', 'single', 'page'],
  docs: ['strings', 'core', 'element', 'docs'],
  cli: ['strings', 'core', 'element', 'single', 'cli'],
};
const longest = 500;
const ourText = /\.(cpp|hpp|ts|mjs|js|py|sh|css|html|txt|md|json)$/;
const machinePath = new RegExp(`(^|[\\s"'\`(=])/(${['work', 'tmp', 'root', 'home', 'Users'].join('|')})/`);

/** A file of src may include its own layer and those before it. */
function checkIncludes(name, text) {
  const layer = name.match(/^src\/([^/]+)\//)?.[1];
  if (!layer || !/\.(cpp|hpp)$/.test(name)) return [];
  if (!layers.includes(layer))
    return [`${name}: unknown folder, ${layer} has no place in the order of tests/house.mjs`];
  return [...text.matchAll(/^\s*#include "([^"]+)"/gm)].flatMap(([, included]) => {
    const other = included.split('/')[0];
    if (!layers.includes(other)) return [`${name}: includes are written from src, found "${included}"`];
    return layers.indexOf(other) > layers.indexOf(layer)
      ? [`${name}: ${layer} may not include ${other}, found "${included}"`]
      : [];
  });
}

/** A file of web may import from its own folder and those that come before it. */
function checkImports(name, text) {
  const folder = name.match(/^web\/([^/]+)\/.*\.ts$/)?.[1];
  if (!folder) return [];
  if (!(folder in webFolders))
    return [`${name}: unknown folder, ${folder} has no place in the order of tests/house.mjs`];
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].flatMap(([, imported]) => {
    const other = path.posix.join(path.posix.dirname(name), imported).match(/^web\/([^/]+)\//)?.[1];
    return other && !webFolders[folder].includes(other)
      ? [`${name}: ${folder} may not import ${other}, found '${imported}'`]
      : [];
  });
}

function checkLength(name, text) {
  const lines = text.split('\n').length - 1;
  const counted = /^(src|web|tests)\/.*\.(cpp|hpp|ts|mjs|css|py)$/.test(name);
  return counted && lines > longest ? [`${name}: longer than ${longest} lines, found ${lines}`] : [];
}

function checkPaths(name, text) {
  return text.split('\n').flatMap((line, index) => {
    return machinePath.test(line)
      ? [`${name}:${index + 1}: a path of one machine, found ${line.trim().slice(0, 100)}`]
      : [];
  });
}

/** What begins before any package is installed: it imports, and what it imports does, only what comes with Node. */
const beginnings = ['web/build.mjs', 'tests/run.mjs', 'tests/lint.mjs', 'tests/bench/run.mjs'];

function checkBeginnings(root) {
  const seen = new Set();
  const complaints = [];
  const follow = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = readFileSync(path.join(root, name), 'utf8');
    for (const [, imported] of text.matchAll(/^(?:import|export)\s(?:[^'"=;]*\sfrom\s)?['"]([^'"]+)['"];/gm)) {
      if (imported.startsWith('.')) follow(path.posix.join(path.posix.dirname(name), imported));
      else if (!imported.startsWith('node:'))
        complaints.push(`${name}: is read before packages are installed, found an import of '${imported}'`);
    }
  };
  beginnings.forEach(follow);
  return complaints;
}

/** All complaints about these files of the folder `root`. */
export function houseRules(root, files) {
  const checked = files.filter((name) => ourText.test(name) && !name.endsWith('package-lock.json'));
  const complaints = checked.flatMap((name) => {
    const text = readFileSync(path.join(root, name), 'utf8');
    return [checkIncludes, checkImports, checkLength, checkPaths].flatMap((check) => check(name, text));
  });
  return [...complaints, ...checkBeginnings(root)];
}
