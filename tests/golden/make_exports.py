"""Writes exports/: small networks as common exporters write them, an input each, and what onnxruntime answers.

    pip install -r ../../models/requirements.txt onnxscript==0.7.2 scikit-learn==1.9.1 skl2onnx==1.20.0
    python make_exports.py torch sklearn
    pip install tensorflow-cpu==2.21.0 tf2onnx==1.17.0 onnx onnxruntime      (in an environment of its own)
    python make_exports.py keras

Weights are random (scikit-learn's are fitted to random points): what is tested is the form of the graph.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / "exports"
BATCH = 2


def record(name, made, x):
    """Runs the model that an exporter has written on `x`, and keeps the input, the output and a line about it."""
    path = FOLDER / f"{name}.onnx"
    session = onnxruntime.InferenceSession(path)
    outputs = session.run(None, {session.get_inputs()[0].name: x})
    np.save(FOLDER / f"{name}.input.npy", x.astype(np.float32))
    np.save(FOLDER / f"{name}.output.npy", np.asarray(outputs[-1], np.float32))
    model = onnx.load(path)
    operators = sorted({(node.domain + "." if node.domain else "") + node.op_type for node in model.graph.node})
    opset = {item.domain: item.version for item in model.opset_import}
    index = FOLDER / "index.json"
    entries = json.loads(index.read_text()) if index.exists() else {}
    entries[name] = {"made": made, "opset": opset.get("", opset.get("ai.onnx")), "output": session.get_outputs()[-1].name,
                     "operators": operators, "bytes": path.stat().st_size}
    lines = [f"{json.dumps(key)}: {json.dumps(entries[key])}" for key in sorted(entries)]
    index.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(name, path.stat().st_size, opset, operators)


def torch_networks():
    """name -> (module, shape of one input, exported by the newer exporter)."""
    from torch import nn

    class Block(nn.Module):
        """Two convolutions and a projected shortcut, then a flatten that asks the tensor for its size."""

        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
            self.one = nn.Sequential(nn.Conv2d(8, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
            self.two = nn.Sequential(nn.Conv2d(16, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16))
            self.shortcut = nn.Sequential(nn.Conv2d(8, 16, 1, 2, bias=False), nn.BatchNorm2d(16))
            self.pool, self.fc = nn.AdaptiveAvgPool2d(2), nn.Linear(64, 5)

        def forward(self, x):
            x = self.stem(x)
            x = self.pool((self.two(self.one(x)) + self.shortcut(x)).relu())
            return self.fc(x.view(x.size(0), -1))

    class Squeeze(nn.Module):
        """A MobileNetV3 block: hard swish, and a squeeze-and-excitation gate with a hard sigmoid."""

        def __init__(self):
            super().__init__()
            self.begin = nn.Sequential(nn.Conv2d(3, 12, 3, 2, 1), nn.Hardswish(), nn.Conv2d(12, 12, 5, 1, 2, groups=12), nn.Hardswish())
            self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(12, 4, 1), nn.ReLU(), nn.Conv2d(4, 12, 1), nn.Hardsigmoid())
            self.end = nn.Sequential(nn.Conv2d(12, 8, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4), nn.LogSoftmax(1))

        def forward(self, x):
            x = self.begin(x)
            return self.end(x * self.gate(x))

    series = nn.Sequential(nn.Conv1d(2, 8, 5, padding=4, dilation=2), nn.BatchNorm1d(8), nn.ELU(), nn.AvgPool1d(2), nn.Conv1d(8, 8, 3, groups=2),
                           nn.LeakyReLU(0.1), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(8, 3), nn.Softmax(1))
    autoencoder = nn.Sequential(nn.Conv2d(1, 6, 3, 2, 1), nn.ReLU(), nn.Conv2d(6, 4, 3, 2, 1), nn.GELU(),
                                nn.ConvTranspose2d(4, 6, 3, 2, 1, output_padding=1), nn.Softplus(),
                                nn.ConvTranspose2d(6, 1, 4, 2, 1), nn.Sigmoid())
    small = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.Tanh(), nn.Flatten(), nn.Dropout(), nn.Linear(144, 10))
    return {
        "torch_resnet_block": (Block(), [3, 24, 24], False),
        "torch_resnet_block_dynamo": (Block(), [3, 24, 24], True),
        "torch_squeeze_excite": (Squeeze(), [3, 16, 16], False),
        "torch_series": (series, [2, 40], False),
        "torch_autoencoder": (autoencoder, [1, 16, 16], False),
        "torch_half": (small, [1, 12, 12], False),
    }


def settle(module):
    """Random weights and statistics of a plausible size, so that no unit is dead and no norm trivial."""
    import torch

    generator = torch.Generator().manual_seed(1)
    for name, value in module.state_dict().items():
        if value.dtype.is_floating_point:
            fresh = torch.randn(value.shape, generator=generator)
            fan = max(1, value[0].numel()) if value.ndim > 1 else 1
            positive = name.endswith("running_var") or (value.ndim == 1 and name.endswith("weight"))
            value.copy_(1 + 0.2 * fresh.clamp(-2, 2) if positive else fresh * (1.5 / fan) ** 0.5 * (0.3 if value.ndim == 1 else 1))
    return module.eval()


def export_torch():
    import torch

    generator = np.random.default_rng(0)
    for name, (module, shape, newer) in torch_networks().items():
        settle(module)
        x = generator.standard_normal([BATCH, *shape]).astype(np.float16 if name == "torch_half" else np.float32)
        module = module.half() if name == "torch_half" else module
        path, sample = str(FOLDER / f"{name}.onnx"), torch.tensor(x)
        if newer:
            batch = torch.export.Dim("batch")
            torch.onnx.export(module, (sample,), path, input_names=["input"], output_names=["output"], dynamic_shapes=({0: batch},),
                              opset_version=18, external_data=False, dynamo=True, verbose=False)
        else:
            torch.onnx.export(module, (sample,), path, input_names=["input"], output_names=["output"], opset_version=17,
                              dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}}, dynamo=False)
        kind = "torch.onnx.export, " + ("torch.export based" if newer else "TorchScript based")
        record(name, f"PyTorch {torch.__version__.split('+')[0]}, {kind}", x)


def export_sklearn():
    """A multilayer perceptron in standard operators, and a linear classifier in ai.onnx.ml's, which we do not support."""
    import skl2onnx
    import sklearn
    from skl2onnx.common.data_types import FloatTensorType
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    generator = np.random.default_rng(0)
    points = generator.standard_normal([300, 6])
    classes = (points[:, 0] * points[:, 1] > 0).astype(int) + (points[:, 2] > 0.5)
    perceptron = MLPClassifier([12, 8], activation="tanh", max_iter=60, random_state=0)
    models = {"sklearn_mlp": perceptron, "sklearn_logistic": make_pipeline(StandardScaler(), LogisticRegression())}
    for name, model in models.items():
        model.fit(points, classes)
        found = skl2onnx.to_onnx(model, initial_types=[("X", FloatTensorType([None, 6]))], target_opset=17, options={"zipmap": False})
        (FOLDER / f"{name}.onnx").write_bytes(found.SerializeToString())
        record(name, f"scikit-learn {sklearn.__version__}, skl2onnx {skl2onnx.__version__}", points[:BATCH].astype(np.float32))


def export_keras():
    import keras
    import tensorflow as tf
    import tf2onnx

    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input([16, 16, 3], name="image"),
        layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"), layers.BatchNormalization(),
        layers.DepthwiseConv2D(3, padding="same", activation="relu6"), layers.SeparableConv2D(12, 3, activation="swish"),
        layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10, activation="tanh"), layers.Dense(4, activation="softmax"),
    ])
    generator = np.random.default_rng(1)
    for weight in model.weights:  # so that no layer does next to nothing
        fresh = generator.standard_normal(weight.shape)
        positive = weight.path.endswith(("gamma", "variance"))
        weight.assign(2 * weight if len(weight.shape) > 1 else 1 + 0.3 * abs(fresh) if positive else 0.2 * fresh)
    call = tf.function(model, input_signature=[tf.TensorSpec([None, 16, 16, 3], tf.float32, name="image")])
    found, _ = tf2onnx.convert.from_function(call, input_signature=call.input_signature, opset=15)
    onnx.save(found, FOLDER / "keras_cnn.onnx")
    x = generator.standard_normal([BATCH, 16, 16, 3]).astype(np.float32)
    record("keras_cnn", f"TensorFlow {tf.__version__}, Keras {keras.__version__}, tf2onnx {tf2onnx.__version__}", x)


def main():
    FOLDER.mkdir(exist_ok=True)
    parts = {"torch": export_torch, "sklearn": export_sklearn, "keras": export_keras}
    for part in sys.argv[1:] or ["torch", "sklearn"]:
        parts[part]()


if __name__ == "__main__":
    main()
