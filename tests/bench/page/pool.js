// The package as a page uses it, with one worker and with two: one explanation or profile is asked for at a time.

import './protocol.js';
import {Whylight} from '/package/whylight.js';

const engines = new Map(); // by number of workers
const opened = new Map(); // likewise: {model, input}

async function open(workers, name) {
  const engine = engines.get(workers) ?? (await Whylight.start({workers}));
  engines.set(workers, engine);
  opened.get(workers)?.model.close();
  const {manifest, input} = await self.fetchModel(name);
  const model = await engine.open(await self.fetchOnnx(name));
  opened.set(workers, {engine, model, input: {shape: manifest.inputShape, data: input}});
}

window.pool = {
  open,
  profile: (workers, request) => opened.get(workers).model.profile(opened.get(workers).input, request),
  /** Milliseconds of one explanation, and a sum over the map by which two of them can be told apart. */
  async explain(workers, request) {
    const {model, input} = opened.get(workers);
    const {milliseconds, data} = await model.explain(input, request);
    return {milliseconds, trace: data.reduce((sum, value, i) => sum + value * Math.sin(i), 0)};
  },
  /** Milliseconds from stopping an explanation after its first chunk until every worker takes work again. */
  async halt(workers, request) {
    const {engine, model, input} = opened.get(workers);
    const controller = new AbortController();
    let stopped = 0;
    const onProgress = (share) => {
      if (share === 0 || stopped > 0) return;
      stopped = performance.now();
      controller.abort();
    };
    await model.explain(input, request, {signal: controller.signal, onProgress}).catch((error) => {
      if (error.name !== 'AbortError') throw error;
    });
    const slots = Array.from({length: workers}, (_, slot) => slot);
    await Promise.all(slots.map((slot) => engine.pool.run(() => Promise.resolve(), {slot, urgent: true})));
    return performance.now() - stopped;
  },
};
