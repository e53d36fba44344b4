// Measures what each method costs with its defaults, in forward passes' time on EfficientNet-Lite0, and writes costs.json for their pages:
// `node web/docs/measure.mjs` after `npm run build`. One worker; each method's time is divided by that of forward passes just before and after.
import {readFile, writeFile} from 'node:fs/promises';
import {Whylight} from '../../dist/whylight.js';

const root = new URL('../../', import.meta.url);
const rounds = 5;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

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
  const explain = () => timeOf(() => model.explain(input, {method: name}));
  await explain();
  const ratios = [];
  for (let round = 0; round < rounds; round++) {
    const around = [await forward(), await forward()];
    const time = await explain();
    around.push(await forward(), await forward());
    all.push(...around);
    ratios.push(time / median(around));
  }
  found[name] = Number(median(ratios).toPrecision(3));
  console.log(name, found[name]);
}
engine.stop();

const measured = {
  how: `Node ${process.version}, ${engine.build} build, one worker`,
  forward: Number(median(all).toPrecision(3)),
  methods: found,
};
await writeFile(new URL('costs.json', import.meta.url), `${JSON.stringify(measured, null, 2)}\n`);
