// The steps that every command shares: run a program, install what is missing, build the wasm module.
// Plain Node without dependencies, since it runs before they are installed.
import {spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const jobs = String(availableParallelism());

/** A step that failed: `output` holds what the program wrote. */
export class StepError extends Error {
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

const ccache = spawnSync('sh', ['-c', 'command -v ccache'], {encoding: 'utf8'}).stdout.trim();

/** What every program started here gets; ccache, where there is one, finds the same objects from any folder. */
function environment(extra) {
  const cached = ccache ? {CMAKE_CXX_COMPILER_LAUNCHER: ccache, CCACHE_NOHASHDIR: '1', CCACHE_BASEDIR: root} : {};
  return {...process.env, ...cached, ...extra};
}

/**
 * Runs a program in the project's folder and gives its output; rejects with a StepError if it fails.
 * With `show` the output appears as it comes.
 */
export function run(program, programArguments, {show = false, env = {}} = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, {
      cwd: root,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output += text;
        if (show) process.stdout.write(text);
      });
    }
    child.on('error', (error) => reject(new StepError(`${program}: cannot be started, ${error.message}`, output)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(
          new StepError(
            `${program} ${programArguments.join(' ')}: failed with ${signal ?? `exit code ${code}`}`,
            output,
          ),
        );
    });
  });
}

/** Installs the Debian packages of the groups (build, test, lint, bench) where they are missing. */
export async function installSystem(...groups) {
  await run('sh', ['src/wasm/setup.sh', ...groups], {show: true});
}

/** Installs the npm packages of a folder unless its node_modules already matches its lock file. */
export async function installPackages(folder = '.') {
  const lock = path.join(root, folder, 'package-lock.json');
  const stamp = path.join(root, folder, 'node_modules', '.whylight-lock');
  const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log(`Installing the npm packages of ${folder === '.' ? 'the project' : folder}`);
  await run('npm', ['ci', '--no-audit', '--no-fund', '--prefix', path.join(root, folder)]);
  writeFileSync(stamp, wanted);
}

/** Configures (once) and builds one CMake tree under build/; gives its folder. */
export async function buildTree(name, options, targets = ['all'], env = {}) {
  const folder = path.join('build', name);
  if (!existsSync(path.join(root, folder, 'build.ninja'))) {
    await run('cmake', ['-G', 'Ninja', '-S', '.', '-B', folder, ...options], {env});
  }
  await run('cmake', ['--build', folder, '-j', jobs, '--target', ...targets], {env}).catch((error) => {
    error.output = error.output.replace(/^(\[\d+\/\d+\]|-- ).*\n/gm, ''); // leaves what went wrong, not what went well
    throw error;
  });
  return folder;
}

/** Builds targets of the wasm tree, both variants of the module by default; fetches Emscripten first if needed. */
export async function buildWasm(targets = ['whylight-simd', 'whylight-relaxed']) {
  const toolchain = (await run('sh', ['src/wasm/toolchain.sh'])).trim().split('\n').at(-1);
  const platform = path.join(toolchain, 'cmake', 'Modules', 'Platform', 'Emscripten.cmake');
  // Emscripten calls clang through ccache itself; CMake would put it before a script that ccache cannot read.
  const env = {CMAKE_CXX_COMPILER_LAUNCHER: '', ...(ccache ? {EM_COMPILER_WRAPPER: ccache} : {})};
  return buildTree('wasm', [`-DCMAKE_TOOLCHAIN_FILE=${platform}`], targets, env);
}
