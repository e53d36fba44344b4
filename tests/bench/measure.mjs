// Measures one network: starts every engine, checks that they agree, warms them up, times them in turn.

const kTarget = 7; // the output unit whose gradient is taken
const kForwardTolerance = 1e-3; // of the largest logit
// Relative L2 distance: a pre-activation within rounding of a kink of ReLU or ReLU6 changes single paths by their whole value.
const kGradientTolerance = 2e-2;
// What tfjs says where a backend lacks an operator. Any other failure is one of this benchmark.
const kMissingKernel = /Kernel '\w+' not registered for backend/;
const kSlow = 500; // milliseconds: a task this slow is timed in the first rounds only
const kSlowRounds = 3;

const inPage = (page, ...request) => page.evaluate((parts) => window.bench.call(...parts), request);

/** Largest difference relative to the largest value. */
function largestDeviation(values, reference) {
  const scale = Math.max(...reference.map(Math.abs));
  return reference.reduce((worst, value, i) => Math.max(worst, Math.abs(values[i] - value)), 0) / scale;
}

function distance(values, reference) {
  const norm = (array) => Math.sqrt(array.reduce((sum, value) => sum + value * value, 0));
  return norm(reference.map((value, i) => values[i] - value)) / norm(reference);
}

/** Starts an engine's worker and loads the model. */
async function startEngine(page, engine, model) {
  const start = [engine.name, engine.worker, engine.module ? 'module' : 'classic'];
  await page.evaluate((parts) => window.bench.start(...parts), start);
  await inPage(page, engine.name, 'load', {name: model.name, target: kTarget});
}

/** Tasks as {engine, task, deviation, times}; a peer's gradient that its backend lacks is left to its stand-in. */
async function startAll(page, engines, model, wantGradient, log) {
  const entries = [];
  const lacking = new Set();
  for (const engine of engines) {
    const tasks = engine.tasks.filter((task) => task === 'forward' || wantGradient);
    if (tasks.length === 0 || (engine.standsInFor && !lacking.has(engine.standsInFor))) continue;
    await startEngine(page, engine, model);
    for (const task of tasks) {
      const comparable = task === 'gradient' ? 'gradientChannelsFirst' : task;
      try {
        entries.push({engine, task, output: await inPage(page, engine.name, 'run', {task: comparable}), times: []});
      } catch (error) {
        if (engine.own || task === 'forward' || !kMissingKernel.test(error.message))
          throw new Error(`${engine.title}: ${task} fails, ${error.message}`, {cause: error});
        lacking.add(engine.name);
        log(`  ${engine.title} has no gradient here: ${kMissingKernel.exec(error.message)[0]}`);
      }
    }
  }
  return entries;
}

/** Throws unless the values are finite and not all zero: an engine that computes nothing must not be timed. */
function checkAlive({engine, task, output}, model) {
  const alive = output.every(Number.isFinite) && output.some((value) => Math.abs(value) > 1e-12);
  if (!alive) throw new Error(`${model.title}: ${task} of ${engine.title} is zero or not finite`);
}

/**
 * Compares every output with a peer's (onnxruntime-web's logits, tfjs's gradient), or our builds with each other where no
 * peer has the task; throws where they disagree.
 */
function checkAgreement(entries, model) {
  for (const task of ['forward', 'gradient', 'lrp']) {
    const group = entries.filter((entry) => entry.task === task);
    for (const entry of group) checkAlive(entry, model);
    const reference = group.findLast(({engine}) => !engine.own) ?? group[0];
    const [measure, tolerance] =
      task === 'forward' ? [largestDeviation, kForwardTolerance] : [distance, kGradientTolerance];
    for (const entry of group) {
      entry.reference = entry === reference;
      entry.deviation = measure(entry.output, reference.output);
      if (!(entry.deviation <= tolerance) || entry.output.length !== reference.output.length) {
        throw new Error(
          `${model.title}: ${task} of ${entry.engine.title} differs from ${reference.engine.title}'s by ` +
            `${entry.deviation.toExponential(1)} of ${tolerance}`,
        );
      }
    }
    for (const entry of group) delete entry.output;
  }
}

/** Rounds in which the engines take turns, a different one first each time. */
async function timeInTurn(page, entries, {rounds, repeats}) {
  for (let round = 0; round < rounds; ++round) {
    for (let turn = 0; turn < entries.length; ++turn) {
      const entry = entries[(turn + round) % entries.length];
      const slow = entry.times.length > 0 && Math.min(...entry.times) > kSlow;
      if (slow && round >= kSlowRounds) continue;
      const argument = {task: entry.task, repeats: slow ? 1 : repeats};
      entry.times.push(...(await inPage(page, entry.engine.name, 'time', argument)));
    }
  }
}

/** Gives [{engine, task, deviation, times}], times in milliseconds. */
export async function measureModel(page, engines, model, options, log) {
  try {
    const entries = await startAll(page, engines, model, options.gradient, log);
    checkAgreement(entries, model);
    for (const {engine, task} of entries) {
      await inPage(page, engine.name, 'warm', {task, milliseconds: options.warm});
    }
    await timeInTurn(page, entries, options);
    return entries;
  } finally {
    await page.evaluate(() => window.bench.stop());
  }
}
