"""Writes plain ONNX graphs: convolutions and a classifier whose weights may be float32, float16 or per-channel int8."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17  # DequantizeLinear has an axis since 13


class Writer:
    """Collects nodes and initialisers; each method appends one node and returns the name of its value."""

    def __init__(self):
        self.nodes, self.initialisers = [], []

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def array(self, name, values):
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name, stored):
        """A weight as stored: ("float32", array), ("float16", array) or ("int8", codes, scale per output channel)."""
        kind, *arrays = stored
        if kind == "float32":
            return self.array(name, arrays[0].astype(np.float32))
        if kind == "float16":
            return self.node("Cast", [self.array(name + ".half", arrays[0].astype(np.float16))], name, to=TensorProto.FLOAT)
        codes, scale = arrays
        inputs = [self.array(name + ".codes", codes.astype(np.int8)), self.array(name + ".scale", scale.astype(np.float32))]
        return self.node("DequantizeLinear", inputs, name, axis=0)

    def model(self, title, inputs, outputs):
        """Checked ModelProto; inputs and outputs are name -> shape, in which a string is a free dimension."""
        value = lambda item: helper.make_tensor_value_info(item[0], TensorProto.FLOAT, item[1])
        graph = helper.make_graph(self.nodes, title, [value(i) for i in inputs.items()], [value(o) for o in outputs.items()],
                                  self.initialisers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="whylight models")
        model.ir_version = 8
        onnx.checker.check_model(model, full_check=True)
        return model


def values_of(stored):
    """The float32 values a stored weight stands for, exactly as DequantizeLinear and Cast give them."""
    kind, *arrays = stored
    if kind == "int8":
        codes, scale = arrays
        return codes.astype(np.float32) * scale.astype(np.float32).reshape(-1, *[1] * (codes.ndim - 1))
    return arrays[0].astype(np.float16 if kind == "float16" else np.float32).astype(np.float32)
