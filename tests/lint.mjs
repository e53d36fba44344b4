// Format, static analysis, types and house rules; with --fix it only formats.
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {buildTree, installPackages, installSystem, jobs, root, run} from '../web/steps.mjs';
import {houseRules} from './house.mjs';

function git(...gitArguments) {
  const {status, stdout} = spawnSync('git', gitArguments, {cwd: root, encoding: 'utf8', maxBuffer: 1 << 26});
  return status === 0 ? stdout.split('\n').filter(Boolean) : undefined;
}

const files = git('ls-files', '--cached', '--others', '--exclude-standard').filter((name) =>
  existsSync(path.join(root, name)),
);
const sources = files.filter((name) => /^(src|tests)\/.*\.(cpp|hpp)$/.test(name));

/**
 * Files that differ from the branch that changes land on, or on that branch from the commit before; all when there is
 * nothing to compare with, as in a clone of one commit.
 */
function changedFiles() {
  const head = git('rev-parse', 'HEAD')?.[0];
  for (const base of ['origin/main', 'HEAD~1']) {
    const [common] = git('merge-base', base, 'HEAD') ?? [];
    if (common && common !== head) {
      return [...git('diff', '--name-only', common), ...git('ls-files', '--others', '--exclude-standard')];
    }
  }
  return files;
}

async function clangFormat() {
  await run('clang-format-19', ['--dry-run', '-Werror', ...sources]).catch(({output}) => {
    const unformatted = [...output.matchAll(/^(\S+?):\d+:\d+: error/gm)].map((match) => match[1]);
    throw new Error(`run npm run format for ${[...new Set(unformatted)].join(' ') || output}`);
  });
}

/** Analyses the changed sources of the native build, a few at a time; a changed header stands for its source. */
async function clangTidy() {
  const folder = await buildTree('native', ['-DCMAKE_CXX_COMPILER=g++'], ['help']);
  const commands = JSON.parse(readFileSync(path.join(root, folder, 'compile_commands.json'), 'utf8'));
  const compiled = new Set(commands.map(({file}) => path.relative(root, file)));
  const changed = new Set(changedFiles().map((name) => name.replace(/\.hpp$/, '.cpp')));
  const native = sources.filter((name) => changed.has(name) && compiled.has(name));
  const waiting = [...native];
  let complaints = '';
  const worker = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      await run('clang-tidy-19', ['-p', folder, '--quiet', name]).catch((error) => (complaints += error.output));
    }
  };
  await Promise.all(Array.from({length: Number(jobs)}, worker));
  if (complaints) throw new Error(complaints);
  return `${native.length} changed files`;
}

async function eslint() {
  await run('node_modules/.bin/eslint', ['--config', 'web/eslint.config.js', '--max-warnings', '0', 'web', 'tests']);
}

async function prettier() {
  await run('node_modules/.bin/prettier', ['--check', '--log-level', 'warn', 'web', 'tests', '*.json']);
}

async function types() {
  await run('node_modules/.bin/tsc', ['-p', 'web/tsconfig.json', '--pretty', 'false']);
}

async function house() {
  const complaints = houseRules(root, files);
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

const checks = {'house rules': house, 'clang-format': clangFormat, prettier, types, eslint, 'clang-tidy': clangTidy};

async function check() {
  const failed = [];
  for (const [name, action] of Object.entries(checks)) {
    const start = performance.now();
    try {
      const note = await action();
      console.log(
        `${name.padEnd(14)} ok ${Math.round((performance.now() - start) / 1000)} s ${note ? `(${note})` : ''}`,
      );
    } catch (error) {
      failed.push(name);
      console.log(`${name.padEnd(14)} FAILED\n${error.output ?? ''}\n${error.message}\n`);
    }
  }
  console.log(failed.length === 0 ? 'Lint is clean' : `Lint failed: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

async function format() {
  await run('clang-format-19', ['-i', ...sources]);
  await run('node_modules/.bin/prettier', ['--write', '--log-level', 'warn', 'web', 'tests', '*.json']);
}

const {values} = parseArgs({options: {fix: {type: 'boolean'}}});
await installSystem('build', 'lint');
await installPackages();
await (values.fix ? format() : check());
