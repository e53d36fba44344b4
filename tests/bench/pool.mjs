// What the package does in a page: two workers against one on the same explanations, in turn, and profiles.

export const kPoolTasks = [
  {title: 'integrated gradients, 50 steps', method: 'integrated-gradients', settings: {steps: '50'}},
  {title: 'SmoothGrad, 50 samples', method: 'smoothgrad', settings: {samples: '50'}},
  {title: 'occlusion, 15x15, stride 8', method: 'occlusion', settings: {window: '15', stride: '8'}, windows: 28 ** 2},
];

/** Opens the page and calls `use` with a function that calls into it. */
async function withPool(browser, url, use) {
  const page = await browser.newPage();
  try {
    await page.goto(`${url}/page/pool.html`);
    await page.waitForFunction(() => window.pool);
    return await use((call, ...rest) => page.evaluate(([name, parts]) => window.pool[name](...parts), [call, rest]));
  } finally {
    await page.close();
  }
}

/** The profile of each network: a gradient, with the time and speed of every layer. */
export function measureLayers(browser, url, models) {
  return withPool(browser, url, async (pool) => {
    const profiles = [];
    for (const {name, title} of models) {
      await pool('open', 1, name);
      profiles.push({title, profile: await pool('profile', 1, {rounds: 60})});
    }
    return profiles;
  });
}

/**
 * Gives [{title, windows, one, two, halts}]: milliseconds of each run with one worker and with two, and from stopping a run
 * of two until both take work again.
 */
export function measurePool(browser, url, model, rounds) {
  return withPool(browser, url, async (pool) => {
    for (const workers of [1, 2]) await pool('open', workers, model);
    const results = [];
    for (const {title, windows, ...request} of kPoolTasks) {
      const times = {1: [], 2: []};
      const traces = new Set();
      const run = async (workers) => {
        const {milliseconds, trace} = await pool('explain', workers, {...request, target: '7'});
        traces.add(trace);
        return milliseconds;
      };
      for (const workers of [1, 2]) await run(workers); // warms up, and opens the model in every worker
      for (let round = 0; round < rounds; ++round)
        for (const workers of round % 2 ? [2, 1] : [1, 2]) times[workers].push(await run(workers));
      if (traces.size !== 1) throw new Error(`${title}: two workers give another map than one`);
      const halts = [];
      for (let round = 0; round < rounds; ++round) halts.push(await pool('halt', 2, {...request, target: '7'}));
      results.push({title, windows, one: times[1], two: times[2], halts});
    }
    return results;
  });
}
