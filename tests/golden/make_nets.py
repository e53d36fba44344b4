"""Writes mlp.onnx and conv_net.onnx, the two networks whose attributions are in methods.json, in float32.

    pip install -r ../../models/requirements.txt && python make_nets.py

Intermediate values carry the names used by the keys of methods.json (relu1, conv2, relu2). The convolutional network
keeps its BatchNormalization as a node, so that merging it is tested too. Checked with onnxruntime against the logits.
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent


def pattern(shape, factor, modulus, shift, divisor):
    """w.flat[k] = ((k * factor) % modulus - shift) / divisor, as methods.json describes weights and inputs."""
    k = np.arange(np.prod(shape))
    return (((k * factor) % modulus - shift) / divisor).reshape(shape)


def write(name, nodes, initialisers, input_shape, classes):
    arrays = [numpy_helper.from_array(np.asarray(v, np.float32), k) for k, v in initialisers.items()]
    value = lambda key, shape: helper.make_tensor_value_info(key, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, name, [value("input", ["N", *input_shape])], [value("logits", ["N", classes])], arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="make_nets.py")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, HERE / f"{name}.onnx")


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs.split(), [output], name=output, **attributes)


def mlp(golden):
    nodes = [node("Gemm", "input W1 b1", "linear1", transB=1), node("Relu", "linear1", "relu1"),
             node("Gemm", "relu1 W2 b2", "logits", transB=1)]
    write("mlp", nodes, {key: golden[key] for key in ("W1", "b1", "W2", "b2")}, [3], 2)


def conv_net(golden):
    model = golden["model"]
    weights = {
        "conv1.weight": pattern([2, 1, 3, 3], 5, 7, 3, 6), "conv1.bias": model["conv1.bias"],
        "conv2.weight": pattern([2, 2, 3, 3], 7, 11, 5, 10), "conv2.bias": model["conv2.bias"],
        "fc.weight": pattern([3, 2], 5, 6, 2, 2), "fc.bias": model["fc.bias"],
        **{"bn1." + key: model["bn1"][key] for key in ("weight", "bias", "mean", "var")},
    }
    same = dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    nodes = [
        node("Conv", "input conv1.weight conv1.bias", "conv1", **same),
        node("BatchNormalization", "conv1 bn1.weight bn1.bias bn1.mean bn1.var", "bn1", epsilon=model["bn1"]["eps"]),
        node("Relu", "bn1", "relu1"),
        node("Conv", "relu1 conv2.weight conv2.bias", "conv2", **same),
        node("Add", "relu1 conv2", "add"),
        node("Relu", "add", "relu2"),
        node("MaxPool", "relu2", "maxpool", kernel_shape=[2, 2], strides=[2, 2]),
        node("GlobalAveragePool", "maxpool", "pooled"),
        node("Flatten", "pooled", "flat"),
        node("Gemm", "flat fc.weight fc.bias", "logits", transB=1),
    ]
    write("conv_net", nodes, weights, [1, 5, 5], 3)


def check(name, x, expected):
    session = onnxruntime.InferenceSession(HERE / f"{name}.onnx")
    found = session.run(["logits"], {"input": x.astype(np.float32)})[0][0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    print(name, found)


def main():
    golden = json.loads((HERE / "methods.json").read_text())
    mlp(golden["mlp"])
    conv_net(golden["conv_net"])
    check("mlp", np.array([golden["mlp"]["input"]]), golden["mlp"]["logits"])
    check("conv_net", pattern([1, 1, 5, 5], 7, 11, 5, 4), golden["conv_net"]["logits"])
    check("conv_net", np.full([1, 1, 5, 5], 0.25), golden["conv_net"]["logits_baseline"])


if __name__ == "__main__":
    main()
