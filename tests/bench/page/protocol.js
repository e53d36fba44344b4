// What every engine's worker shares: it answers {id, call, argument} with {id, result} or {id, error}.
// An engine gives: load(argument), and tasks, each a function that runs once on a fresh copy of the input and returns a Float32Array;
// and calls of its own where it has any.

self.serveBenchmark = function serveBenchmark({load, tasks, calls: others = {}}) {
  const timed = async (task) => {
    const start = performance.now();
    await task();
    return performance.now() - start;
  };
  const calls = {
    ...others,
    load,
    run: ({task}) => tasks[task](),
    /** Until V8 has compiled everything with its optimising compiler; a slow task is run once. */
    async warm({task, milliseconds}) {
      let runs = 0;
      for (let spent = 0; spent < milliseconds; ++runs) spent += await timed(tasks[task]);
      return runs;
    },
    async time({task, repeats}) {
      const times = [];
      for (let i = 0; i < repeats; ++i) times.push(await timed(tasks[task]));
      return times;
    },
  };
  self.onmessage = async ({data: {id, call, argument}}) => {
    try {
      self.postMessage({id, result: await calls[call](argument)});
    } catch (error) {
      self.postMessage({id, error: String(error?.message ?? error)});
    }
  };
};

/** The network's description and its numbers, as models.mjs wrote them. */
self.fetchModel = async function fetchModel(name) {
  const [manifest, buffer] = await Promise.all([
    fetch(`/models/${name}.json`).then((response) => response.json()),
    fetch(`/models/${name}.bin`).then((response) => response.arrayBuffer()),
  ]);
  const numbers = new Float32Array(buffer);
  const range = ([begin, end]) => numbers.subarray(begin, end);
  return {manifest, range, input: range(manifest.inputRange)};
};

self.fetchOnnx = async (name) => new Uint8Array(await (await fetch(`/models/${name}.onnx`)).arrayBuffer());

/** [channels, height, width] to [height, width, channels]. */
self.channelsLast = function channelsLast(values, channels) {
  const pixels = values.length / channels;
  return Float32Array.from(values, (_, i) => values[(i % channels) * pixels + Math.floor(i / channels)]);
};

/** The other way round. */
self.channelsFirst = function channelsFirst(values, channels) {
  const pixels = values.length / channels;
  return Float32Array.from(values, (_, i) => values[(i % pixels) * channels + Math.floor(i / pixels)]);
};
