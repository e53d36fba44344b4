// Measures what each method costs with its defaults, in forward passes' time on EfficientNet-Lite0, and writes costs.json for their pages:
// `node web/docs/measure.mjs` after `npm run build`. One worker; the least of several times, of the method and of forward passes between, so that
// what else the machine does counts little.
import {readFile, writeFile} from 'node:fs/promises';
import {Whylight} from '../../dist/whylight.js';

const root = new URL('../../', import.meta.url);
const [fewest, least] = [5, 1500]; // rounds of each method, and milliseconds

async function timeOf(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

const engine = await Whylight.start({workers: 1});
const model = await engine.open(new Uint8Array(await readFile(new URL('models/efficientnet-lite0/model.onnx', root))));
const {shape} = model.description.input;
const data = Float32Array.from({length: shape.reduce((a, b) => a * b)}, (_, i) => Math.sin(i * 0.37) * 0.8);
const input = {shape, data};
const forward = () => timeOf(() => model.predict(input));

for (let i = 0; i < 5; i++) await forward();
const {methods} = await engine.catalogue();
const found = {};
const all = [];
for (const {name} of methods) {
  const explain = () => timeOf(() => model.explain(input, {method: name, target: '285'})); // "top" would be a pass more
  await explain();
  const [forwards, times] = [[], []];
  for (const start = performance.now(); times.length < fewest || performance.now() - start < least;) {
    for (let i = 0; i < 6; i++) forwards.push(await forward());
    times.push(await explain());
  }
  all.push(...forwards);
  found[name] = Number((Math.min(...times) / Math.min(...forwards)).toPrecision(3));
  console.log(name, found[name]);
}
engine.stop();

const measured = {
  how: `Node ${process.version}, ${engine.build} build, one worker`,
  forward: Number(Math.min(...all).toPrecision(3)),
  methods: found,
};
await writeFile(new URL('costs.json', import.meta.url), `${JSON.stringify(measured, null, 2)}\n`);
