// @ts-check
// A program that uses the installed package: it draws a 1, has it classified and explained, and prints what it got.
import {readFileSync} from 'node:fs';
import {Whylight, readCard, version} from 'whylight';

const folder = process.argv[2] ?? '';
const card = readCard(JSON.parse(readFileSync(`${folder}/card.json`, 'utf8')));

const stroke = {shape: [1, 1, 28, 28], data: new Float32Array(28 * 28)};
for (let row = 4; row < 24; ++row) stroke.data.fill(1, row * 28 + 13, row * 28 + 15);

const engine = await Whylight.start({workers: 1});
const model = await engine.open(`${folder}/model.onnx`, card);
const {data: logits} = await model.predict(stroke);
const explanation = await model.explain(stroke, {method: 'gradient-x-input'});
const methods = (await engine.catalogue()).methods.map(({name}) => name);
engine.stop();

/** @type {number[]} */
const values = Array.from(explanation.data);
const label = card.labels[logits.indexOf(Math.max(...logits))];
console.log(JSON.stringify({version, label, methods, ...explanation, data: values}));
