"""Makes the compact weights of EfficientNet-Lite0 and measures them against float32.

Large pointwise layers and the classifier: int8 per output channel with second-order rounding. Depthwise layers and small
pointwise ones, 6 % of the weights and the most sensitive: float16. Every layer is rounded with the inputs the rounded
layers before it give, and its bias takes up the mean of what is left.
"""

import numpy as np
import torch
import torch.nn.functional as functional

import crops
import network
from common import onnx_writer, quantise

CALIBRATION = dict(count=12, seed=7, smallest=0.4)  # other crops than those measured on
MEASURED = dict(count=25, seed=1)
HELD_OUT = ["coffee.jpg", "motorcycle.jpg", "astronaut.jpg", "clock.jpg", "flower.jpg"]
MEASURED_HELD_OUT = dict(count=50, seed=5)
POSITIONS = 20_000  # pixels whose inputs make up a layer's second moments
SMALL = 20_000  # weights: layers up to this many stay float16, which costs 2 % of the file


def compact(plan, originals):
    """name -> (stored weight, bias) for every layer of the list."""
    exact = rounded = crops.as_input(crops.random(originals, **CALIBRATION))
    weights, stored, kept = network.float_weights(plan), {}, {}
    generator = torch.Generator().manual_seed(3)
    wanted = {layer.skip for layer in plan}
    for layer in plan:
        if layer.name == "logits":
            exact, rounded = (x.mean((2, 3), keepdim=True) for x in (exact, rounded))
        weight = _stored(layer, rounded, generator)
        values = torch.tensor(onnx_writer.values_of(weight))
        bias = weights[layer.name][1]
        with torch.no_grad():
            exact, rounded = _convolve(layer, exact, *weights[layer.name]), _convolve(layer, rounded, values, bias)
            correction = (exact - rounded).mean((0, 2, 3))
            rounded += correction[None, :, None, None]
            if layer.clip:
                exact, rounded = exact.clamp_(0, 6), rounded.clamp_(0, 6)
            if layer.skip:
                exact, rounded = exact + kept[layer.skip][0], rounded + kept[layer.skip][1]
        stored[layer.name] = (weight, (bias + correction).numpy())
        if layer.name in wanted:
            kept = {layer.name: (exact, rounded)}  # a skip spans one block, so the last one is enough
    return stored


def _stored(layer, inputs, generator):
    if layer.groups > 1 or layer.weight.size <= SMALL:
        return ("float16", layer.weight)
    columns = inputs.permute(1, 0, 2, 3).flatten(1)
    if columns.shape[1] > POSITIONS:
        columns = columns[:, torch.randint(columns.shape[1], (POSITIONS,), generator=generator)]
    columns = columns.double()
    codes, scale = quantise.rounded(layer.weight[:, :, 0, 0], (columns @ columns.T / columns.shape[1]).numpy(), damping=0.001)
    return ("int8", codes[:, :, None, None], scale)


def _convolve(layer, x, weight, bias):
    top, left, bottom, right = layer.pads
    return functional.conv2d(functional.pad(x, (left, right, top, bottom)), weight, bias, layer.stride, 0, 1, layer.groups)


def logits(session, pixels, batch=16):
    """Runs an onnxruntime session on uint8 crops, in batches."""
    pieces = (crops.as_input(pixels[i : i + batch]).numpy() for i in range(0, len(pixels), batch))
    return np.concatenate([session.run(["logits"], {"image": piece})[0] for piece in pieces])


def fidelity(reference, found):
    """How well `found` logits follow the float32 `reference`: agreement of the first class, cosine of centred logits."""
    softmax = np.exp(reference - reference.max(1, keepdims=True))
    ordered = np.sort(softmax / softmax.sum(1, keepdims=True), 1)
    margin = ordered[:, -1] - ordered[:, -2]
    same = reference.argmax(1) == found.argmax(1)
    a, b = (x - x.mean(1, keepdims=True) for x in (reference, found))
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return {
        "crops": len(reference),
        "top1Agreement": round(float(same.mean()), 4),
        "cropsWithMarginOver0.1": int((margin > 0.1).sum()),
        "top1AgreementWithMarginOver0.1": round(float(same[margin > 0.1].mean()), 4),
        "largestMarginOfADisagreement": round(float(margin[~same].max(initial=0)), 4),
        "meanCosineOfCentredLogits": round(float(cosine.mean()), 5),
        "leastCosineOfCentredLogits": round(float(cosine.min()), 5),
    }
