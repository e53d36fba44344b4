// Captum on native PyTorch as a peer: a Python process that answers requests, one at a time, so that it takes turns with our engine.

import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {root, run} from '../../web/steps.mjs';

const folder = path.join(root, 'build', 'bench', 'captum');
const own = path.join(folder, 'bin', 'python');
const requirements = path.join(root, 'tests', 'bench', 'captum-requirements.txt');

/** Makes the virtual environment: some gigabytes from PyPI. */
async function install() {
  console.log('Installing Captum and PyTorch into build/bench/captum (some gigabytes)');
  await run('python3', ['-m', 'venv', folder]);
  await run(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  await run(own, ['-c', 'import captum, torch']);
}

/**
 * The Python to use: the one given, that of build/bench/captum if it is there, or once it has been installed, if it may be.
 * Otherwise undefined, with the reason.
 */
export async function findPython({python, install: wanted}) {
  if (python) return {python};
  const works =
    existsSync(own) && (await run(own, ['-c', 'import captum, torch']).catch(() => undefined)) !== undefined;
  if (works) return {python: own};
  if (!wanted) return {reason: 'not there, and not to be installed: --python PATH takes one that has it'};
  try {
    await install();
    return {python: own};
  } catch (error) {
    const last = (error.output ?? '').trim().split('\n').at(-1);
    return {reason: `cannot be installed: ${last || error.message}`};
  }
}

/** Starts the process for a network; gives ask(request), its version of PyTorch, and stop(). */
export async function startCaptum(python, model) {
  const files = ['json', 'bin'].map((ending) => path.join(root, 'build', 'bench', `${model}.${ending}`));
  const child = spawn(python, [path.join(root, 'tests', 'bench', 'integrated_gradients.py'), ...files], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1'},
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (complaints = (complaints + text).slice(-2000)));
  const ended = new Promise((_resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => reject(new Error(`captum: ended, ${complaints.trim().split('\n').at(-1)}`)));
  });
  ended.catch(() => undefined);
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  const answer = async () => {
    const {value, done} = await lines.next();
    return done ? ended : JSON.parse(value);
  };
  const {torch} = await answer();
  return {
    torch,
    ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer();
    },
    stop: () => child.stdin.end(),
  };
}
