"""Adds to exports/: transformers, recurrent nets and Einstein sums as PyTorch's two exporters write them, with logits and
gradients from PyTorch in double precision. Needs what make_exports.py needs; weights are random.

    python make_sequences.py [name …]
"""

import sys

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

from make_exports import BATCH, FOLDER, record, settle

CLASS = 1  # the logit whose gradient is kept


class VisionTransformer(nn.Module):
    """Patches by convolution, a class token, learnt positions, two encoder layers that normalise first, GELU."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.token, self.place = nn.Parameter(torch.zeros(1, 1, 8)), nn.Parameter(torch.zeros(1, 10, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(8), enable_nested_tensor=False)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        return self.head(self.encoder(x)[:, 0])


class Reader(nn.Module):
    """Token ids, the last of them padding that attention leaves out, to classes."""

    def __init__(self):
        super().__init__()
        self.embedding, self.place = nn.Embedding(20, 8, padding_idx=0), nn.Embedding(12, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 4, 16, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, ids):
        x = self.embedding(ids) + self.place(torch.arange(ids.shape[1], device=ids.device))
        return self.head(self.encoder(x, src_key_padding_mask=ids == 0).mean(1))


class Decoder(nn.Module):
    """A block of a language model: one product for query, key and value, a causal mask, SiLU."""

    def __init__(self, norm):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.before, self.between = norm(8), norm(8)
        self.mix, self.out = nn.Linear(8, 24, bias=False), nn.Linear(8, 8)
        self.up, self.down, self.head = nn.Linear(8, 16), nn.Linear(16, 8), nn.Linear(8, 4)

    def forward(self, ids):
        x = self.embedding(ids)
        rows, steps, _ = x.shape
        query, key, value = (part.view(rows, steps, 2, 4).transpose(1, 2) for part in self.mix(self.before(x)).chunk(3, -1))
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(rows, steps, 8))
        return self.head((x + self.down(F.silu(self.up(self.between(x)))))[:, -1])


class Recurrent(nn.Module):
    """A recurrent layer and a classifier of its last state and mean output."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.head = nn.Linear(layer.hidden_size * (2 if layer.bidirectional else 1), 3)

    def forward(self, x):
        y, last = self.layer(x)
        state = last[1][-1] if isinstance(last, tuple) else torch.cat([last[0], last[1]], 1)
        return self.head(y.mean(1) + state)


class Sums(nn.Module):
    """Sums of products: a map per head, attention with an ellipsis, a diagonal, and three operands at once."""

    def __init__(self):
        super().__init__()
        self.weight, self.last, self.mix = (nn.Parameter(torch.zeros(shape)) for shape in [(4, 5, 3), (4, 3), (4, 2, 4)])

    def forward(self, x):
        y = torch.einsum("nti,oij->ntoj", x, self.weight)
        shares = torch.einsum("...toj,...soj->...ots", y, y).softmax(-1)
        z = torch.tanh(torch.einsum("nots,nsoj->ntoj", shares, y))
        classes = torch.einsum("ntoj,oj->no", z, self.last) + torch.einsum("nott->no", shares)
        return torch.einsum("no,nu,ouc->nc", classes, classes[:, :2], self.mix)


def networks():
    """name -> (module, shape of one input or None for ids, newer exporter, opset)."""
    lstm = {"num_layers": 2, "batch_first": True}
    gru = {"bidirectional": True, "batch_first": True}
    return {
        "torch_vit": (VisionTransformer(), [3, 12, 12], False, 17),
        "torch_vit_dynamo": (VisionTransformer(), [3, 12, 12], True, 18),
        "torch_vit_attention": (VisionTransformer(), [3, 12, 12], True, 23),
        "torch_text": (Reader(), None, False, 14),
        "torch_text_dynamo": (Reader(), None, True, 20),
        "torch_decoder": (Decoder(nn.LayerNorm), None, False, 14),
        "torch_decoder_dynamo": (Decoder(nn.RMSNorm), None, True, 18),
        "torch_decoder_attention": (Decoder(nn.RMSNorm), None, True, 23),
        "torch_lstm": (Recurrent(nn.LSTM(4, 6, **lstm)), [9, 4], False, 17),
        "torch_lstm_dynamo": (Recurrent(nn.LSTM(4, 6, **lstm)), [9, 4], True, 18),
        "torch_gru": (Recurrent(nn.GRU(4, 6, **gru)), [9, 4], False, 13),
        "torch_gru_dynamo": (Recurrent(nn.GRU(4, 6, **gru)), [9, 4], True, 18),
        "torch_einsum": (Sums(), [7, 5], True, 18),
    }


def export(module, sample, path, newer, opset):
    names = {"input_names": ["input"], "output_names": ["output"], "opset_version": opset}
    if newer:
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(module, (sample,), path, dynamic_shapes=shapes, external_data=False, dynamo=True, verbose=False, **names)
        model = onnx.load(path)  # without what the exporter notes about its own source
        for node in model.graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
        del model.graph.value_info[:]
        onnx.save(model, path)
    else:
        axes = {"input": {0: "batch"}, "output": {0: "batch"}}
        torch.onnx.export(module, (sample,), path, dynamic_axes=axes, dynamo=False, **names)


def explain(module, x):
    """Logits, and the gradient of one of them at the input or, for ids, at what the embedding gives."""
    kept = []
    module = module.double()
    if not x.dtype.is_floating_point:
        module.embedding.register_forward_hook(lambda _, __, y: kept.append(y) or y.retain_grad())
        source = x
    else:
        source = x.double().requires_grad_()
    torch.backends.mha.set_fastpath_enabled(False)
    logits = module(source)
    logits[:, CLASS].sum().backward()
    return logits.detach().numpy(), (kept[0] if kept else source).grad.numpy()


def main():
    for name, (module, shape, newer, opset) in networks().items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        settle(module)
        generator = np.random.default_rng(3)
        if shape is None:
            x = generator.integers(1, 20, [BATCH, 12])
            x[1, 9:] = 0
        else:
            x = generator.standard_normal([BATCH, *shape]).astype(np.float32)
        export(module, torch.tensor(x), str(FOLDER / f"{name}.onnx"), newer, opset)
        kind = "torch.onnx.export, " + ("torch.export based" if newer else "TorchScript based")
        record(name, f"PyTorch {torch.__version__.split('+')[0]}, {kind}", x)
        logits, gradient = explain(module, torch.tensor(x))
        np.save(FOLDER / f"{name}.output.npy", logits)
        np.save(FOLDER / f"{name}.gradient.npy", gradient)


if __name__ == "__main__":
    main()
