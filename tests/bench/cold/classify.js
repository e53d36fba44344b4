// The least that shows class bars with onnxruntime-web: one picture, one thread, everything fetched at once and nothing else on the page.

import * as ort from './ort.wasm.min.mjs';

const fetchBytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());

/** The picture as the network takes it: the shorter side to card.input.resize, its middle cut out, channels first. */
async function prepare(blob, {resize, crop, mean, scale, shape}) {
  const bitmap = await createImageBitmap(blob);
  const factor = resize / Math.min(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width * factor, bitmap.height * factor];
  const context = new OffscreenCanvas(crop, crop).getContext('2d', {willReadFrequently: true});
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, (crop - width) / 2, (crop - height) / 2, width, height);
  const {data} = context.getImageData(0, 0, crop, crop);
  const pixels = crop * crop;
  const values = new Float32Array(3 * pixels);
  for (let channel = 0; channel < 3; ++channel)
    for (let i = 0; i < pixels; ++i)
      values[channel * pixels + i] = (data[4 * i + channel] - mean[channel]) / scale[channel];
  return new ort.Tensor('float32', values, shape);
}

function show(logits, labels) {
  const powers = logits.map((value) => Math.exp(value - Math.max(...logits)));
  const sum = powers.reduce((a, b) => a + b, 0);
  const best = [...powers.keys()].sort((a, b) => powers[b] - powers[a]).slice(0, 5);
  for (const unit of best) {
    const line = document.createElement('p');
    const bar = document.createElement('meter');
    bar.value = powers[unit] / sum;
    line.className = 'bar';
    line.append(labels[unit], bar);
    document.body.append(line);
  }
}

ort.env.wasm.numThreads = 1;
const session = fetchBytes('model.onnx').then((model) =>
  ort.InferenceSession.create(model, {executionProviders: ['wasm']}),
);
const [card, blob] = await Promise.all([
  fetch('card.json').then((response) => response.json()),
  fetch('picture.jpg').then((response) => response.blob()),
]);
const input = await prepare(blob, card.input);
const results = await (await session).run({[card.input.name]: input});
show([...results[card.output.name].data], card.labels);
