"""Integrated gradients of Captum on PyTorch's CPU backend, one thread, on a network of the benchmark.

Started by captum.mjs: integrated_gradients.py MANIFEST.json NUMBERS.bin. Reads one request a line from standard input, {"steps": …, "target": …,
"rows": rows at once, "repeats": …}, and answers each with one line: {"times": milliseconds, "attribution": of the last}.
"""

import json
import sys
import time

import numpy
import torch
from captum.attr import IntegratedGradients
from torch.nn import functional

torch.set_num_threads(1)
torch.set_num_interop_threads(1)


class Network(torch.nn.Module):
    """The list of layers that every engine's network is made from (architectures.mjs)."""

    def __init__(self, manifest, numbers):
        super().__init__()
        self.manifest = manifest
        self.weights = {}
        for output, entry in manifest["weights"].items():
            weight, bias = (torch.from_numpy(numbers[begin:end].copy()) for begin, end in (entry["weight"], entry["bias"]))
            self.weights[output] = weight.reshape(entry["shape"]), bias

    def activate(self, layer, value):
        activation = layer.get("activation", "none")
        if activation == "relu":
            return functional.relu(value)
        return functional.relu6(value) if activation == "relu6" else value

    def conv(self, layer, value):
        weight, bias = self.weights[layer["output"]]
        top, left, bottom, right = layer["pads"]
        if top == bottom and left == right:
            padding = (top, left)
        else:
            value, padding = functional.pad(value, (left, right, top, bottom)), 0
        return functional.conv2d(value, weight, bias, layer["stride"], padding, 1, layer["groups"])

    def run(self, layer, *values):
        if layer["op"] == "conv":
            return self.conv(layer, values[0])
        if layer["op"] == "add":
            return values[0] + values[1]
        if layer["op"] == "maxPool":
            return functional.max_pool2d(values[0], layer["kernel"], layer["stride"], layer["pads"][0])
        if layer["op"] == "mean":
            return values[0].mean((2, 3))
        if layer["op"] == "dense":
            return functional.linear(values[0], *self.weights[layer["output"]])
        raise ValueError(f"unknown layer, {layer['op']}")

    def forward(self, batch):
        values = {self.manifest["input"]: batch}
        for layer in self.manifest["layers"]:
            result = self.run(layer, *(values[name] for name in layer["inputs"]))
            values[layer["output"]] = self.activate(layer, result)
        return values[self.manifest["output"]]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        manifest = json.load(file)
    numbers = numpy.fromfile(sys.argv[2], dtype=numpy.float32)
    network = Network(manifest, numbers).eval()
    begin, end = manifest["inputRange"]
    row = torch.from_numpy(numbers[begin:end].copy()).reshape(manifest["inputShape"])
    method = IntegratedGradients(network)
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        times = []
        for _ in range(request["repeats"]):
            start = time.perf_counter()
            result, _ = method.attribute(
                row,
                torch.zeros_like(row),
                target=request["target"],
                n_steps=request["steps"],
                method="gausslegendre",
                internal_batch_size=request["rows"],
                return_convergence_delta=True,
            )
            times.append((time.perf_counter() - start) * 1000)
        print(json.dumps({"times": times, "attribution": result.flatten().tolist()}), flush=True)


main()
