"""The digit network, its training on MNIST with augmentation, and its merged layers.

Four convolutions, each with batch normalisation while training, two of them followed by max pooling, then the mean over
the 7 x 7 map and one linear layer: every class score is a mean over places, which makes its maps easy to explain.
"""

import math
import struct

import numpy as np
import torch
import torch.nn.functional as functional
from torch import nn

from common import fetch

# name, input channels, output channels, kernel, followed by max pooling
CONVOLUTIONS = [("conv1", 1, 16, 5, True), ("conv2", 16, 32, 3, False), ("conv3", 32, 32, 3, True), ("conv4", 32, 64, 3, False)]
EPOCHS, BATCH, RATE = 7, 192, 0.006


def mnist(part):
    """("train" or "t10k") -> images uint8 [N, 28, 28], labels [N]."""
    images = fetch.read("mnist", f"data/{part}-images-idx3-ubyte")
    count, rows, columns = struct.unpack(">3I", images[4:16])
    names = np.frombuffer(fetch.read("mnist", f"data/{part}-labels-idx1-ubyte"), np.uint8, offset=8)
    return np.frombuffer(images, np.uint8, offset=16).reshape(count, rows, columns), names.astype(np.int64)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(i, o, k, padding=k // 2, bias=False) for _, i, o, k, _ in CONVOLUTIONS)
        self.norms = nn.ModuleList(nn.BatchNorm2d(row[2]) for row in CONVOLUTIONS)
        self.classify = nn.Linear(CONVOLUTIONS[-1][2], 10)

    def forward(self, x):
        for (*_, pooled), conv, norm in zip(CONVOLUTIONS, self.convolutions, self.norms):
            x = norm(conv(x)).relu()
            x = functional.max_pool2d(x, 2) if pooled else x
        return self.classify(x.mean((2, 3)))


def augmented(x, generator):
    """Random rotation, size, shear, shift and stroke width for images [N, 1, 28, 28] in 0..1, so that drawn digits work."""
    uniform = lambda low, high: torch.empty(len(x)).uniform_(low, high, generator=generator)
    angle, size, shear = uniform(-0.25, 0.25), uniform(0.85, 1.2), uniform(-0.25, 0.25)
    cos, sin = angle.cos() * size, angle.sin() * size
    move = uniform(-0.2, 0.2), uniform(-0.2, 0.2)
    matrix = torch.stack([torch.stack([cos, -sin + shear, move[0]], 1), torch.stack([sin, cos, move[1]], 1)], 1)
    x = functional.grid_sample(x, functional.affine_grid(matrix, x.shape, align_corners=False), align_corners=False)
    thick, thin = functional.max_pool2d(x, 3, 1, 1), -functional.max_pool2d(-x, (2, 2), 1, 1)[:, :, :28, :28]
    width = uniform(-0.35, 0.9)[:, None, None, None]
    x = torch.where(width > 0, x + width * (thick - x), x - width * (thin - x))
    return (x * uniform(0.7, 1.15)[:, None, None, None]).clamp(0, 1)


def trained(seed=0, report=print):
    """A network trained from the seed. One thread: the layers are too small for the threads to pay."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    images, names = (torch.tensor(a) for a in mnist("train"))
    net = Network().to(memory_format=torch.channels_last)
    steps = EPOCHS * math.ceil(len(images) / BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.2)
    for epoch in range(EPOCHS):
        net.train()
        for batch in torch.randperm(len(images), generator=generator).split(BATCH):
            x = images[batch, None].float() / 255
            # the last epoch sees the digits as they are, which is what the test set has
            x = augmented(x, generator) if epoch < EPOCHS - 1 else x
            scores = net(x.contiguous(memory_format=torch.channels_last))
            loss = functional.cross_entropy(scores, names[batch], label_smoothing=0.02)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
        report(f"epoch {epoch + 1} of {EPOCHS}: loss {loss.item():.3f}")
    return net.eval()


def merged(net):
    """[(name, weight, bias)] of the convolutions with their batch normalisation merged, and of the classifier."""
    array = lambda tensor: tensor.detach().double().numpy()
    found = []
    for row, conv, norm in zip(CONVOLUTIONS, net.convolutions, net.norms):
        gain = array(norm.weight) / np.sqrt(array(norm.running_var) + norm.eps)
        bias = array(norm.bias) - array(norm.running_mean) * gain
        found.append((row[0], array(conv.weight) * gain[:, None, None, None], bias))
    return found + [("logits", array(net.classify.weight), array(net.classify.bias))]
