"""Writes the golden numbers of EfficientNet-Lite0 from PyTorch: efficientnet_lite0.json and efficientnet_lite0/*.npy.

    pip install -r ../../models/requirements.txt && python efficientnet_lite0.py

Two networks on three sample photographs, each in PyTorch's float32 and float64: `compact`, the committed
models/efficientnet-lite0/model.onnx with its weights dequantised, and `float32`, the original module with its own batch
normalisation (its ONNX export is written by `models/efficientnet-lite0/build.py --float32 FILE` and is not committed).
"""

import hashlib
import json
import pathlib
import platform
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from PIL import Image

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / "efficientnet_lite0"
MODEL = HERE.parents[1] / "models" / "efficientnet-lite0"
sys.path[:0] = [str(MODEL), str(MODEL.parent)]

import crops  # noqa: E402
import network  # noqa: E402

PHOTOGRAPHS = ["chelsea", "coffee", "motorcycle"]
WHOLE = "chelsea"  # its gradient is kept whole, in a file of its own
STRIDE, SAMPLES = 293, 512  # the others' fingerprint: every 293rd value, a prime, so that all rows and columns come up


def compact_weights(plan, dtype):
    """Weights of the committed file as the list's `forward` takes them; float32 products, as DequantizeLinear gives."""
    graph = onnx.load(MODEL / "model.onnx").graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            codes, scale = (values[name] for name in node.input)
            values[node.output[0]] = codes.astype(np.float32) * scale.reshape(-1, *[1] * (codes.ndim - 1))
        if node.op_type == "Cast":
            values[node.output[0]] = values[node.input[0]].astype(np.float32)
    shaped = lambda layer: values[layer.name + ".weight"].reshape(layer.weight.shape)
    return {l.name: (torch.tensor(shaped(l), dtype=dtype), torch.tensor(values[l.name + ".bias"], dtype=dtype)) for l in plan}


def networks():
    """name -> dtype -> function from input to logits."""
    plan = network.layers()
    compact = {d: compact_weights(plan, d) for d in (torch.float32, torch.float64)}
    original = {d: network.original().to(d) for d in (torch.float32, torch.float64)}
    return {
        "compact": {d: lambda x, w=w: network.forward(plan, w, x) for d, w in compact.items()},
        "float32": original,
    }


def explain(run, pixels, dtype, target=None):
    """Logits, the target (the first class unless given) and the gradient of its logit with respect to the input."""
    x = crops.as_input(pixels[None]).to(dtype).requires_grad_()
    logits = run(x)
    target = int(logits.argmax()) if target is None else target
    logits[0, target].backward()
    return logits[0].detach().numpy(), target, x.grad[0].double().numpy()


def digits(values, count):
    return [float(f"{v:.{count}g}") for v in np.ravel(values)]


def golden(name, runs, label):
    pixels = np.load(FOLDER / f"{name}.npy")
    logits64, target, gradient = explain(runs[torch.float64], pixels, torch.float64)
    logits32, _, gradient32 = explain(runs[torch.float32], pixels, torch.float32, target)
    entry = {
        "photograph": name,
        "target": target,
        "logits32": digits(logits32, 9),
        "logits64": digits(logits64, 13),
        "gradient": {
            "norm": float(np.linalg.norm(gradient)),
            "sum": float(gradient.sum()),
            "stride": STRIDE,
            "samples": digits(gradient.ravel()[::STRIDE][:SAMPLES], 13),
            "relative distance of PyTorch's float32": float(np.linalg.norm(gradient32 - gradient) / np.linalg.norm(gradient)),
        },
    }
    if label == "compact" and name == WHOLE:
        np.save(FOLDER / f"{name}_gradient.npy", gradient[None].astype(np.float32))
        entry["gradient"]["file"] = f"efficientnet_lite0/{name}_gradient.npy"
    return entry


def main():
    torch.set_num_threads(1)  # double convolutions gain nothing from threads
    FOLDER.mkdir(exist_ok=True)
    for name in PHOTOGRAPHS:
        np.save(FOLDER / f"{name}.npy", crops.centre(Image.open(MODEL / "samples" / f"{name}.jpg").convert("RGB")))
    found = {
        "made": {"script": "tests/golden/efficientnet_lite0.py", "python": platform.python_version(), "torch": torch.__version__,
                 "numpy": np.__version__, "model": hashlib.sha256((MODEL / "model.onnx").read_bytes()).hexdigest()},
        "input": "efficientnet_lite0/<photograph>.npy, uint8 [224, 224, 3]; network input [1, 3, 224, 224] = (value - 127) / 128",
    }
    for label, runs in networks().items():
        found[label] = [golden(name, runs, label) for name in PHOTOGRAPHS]
        for entry in found[label]:
            gap = max(abs(a - b) for a, b in zip(entry["logits32"], entry["logits64"]))
            print(label, entry["photograph"], entry["target"], f"logits differ by {gap:.1e}",
                  entry["gradient"]["norm"], entry["gradient"]["relative distance of PyTorch's float32"])
    (HERE / "efficientnet_lite0.json").write_text(json.dumps(found, indent=None).replace('{"photograph"', '\n{"photograph"') + "\n")


if __name__ == "__main__":
    main()
