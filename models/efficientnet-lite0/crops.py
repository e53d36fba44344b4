"""The page's preprocessing, and random crops and flips of the photographs to calibrate with and to measure on."""

import numpy as np
import torch
from PIL import Image

SHORT_SIDE, SIDE = 256, 224
MEAN, SCALE = 127, 128


def centre(picture):
    """Short side to 256 pixels (triangle filter, widened when shrinking), then the centre 224 x 224; uint8."""
    scale = SHORT_SIDE / min(picture.size)
    picture = picture.resize([int(side * scale + 0.5) for side in picture.size], Image.BILINEAR)
    left, top = ((side - SIDE + 1) // 2 for side in picture.size)
    return np.asarray(picture.crop((left, top, left + SIDE, top + SIDE)))


def random(originals, count, seed, smallest=0.5):
    """`count` random square crops of each photograph and their mirror images: uint8 [2 * count * photographs, 224, 224, 3].

    A crop's side is between `smallest` and 1 of the photograph's short side.
    """
    generator, found = np.random.default_rng(seed), []
    for name in sorted(originals):
        pixels = originals[name]
        height, width = pixels.shape[:2]
        for _ in range(count):
            side = generator.uniform(smallest, 1) * min(height, width)
            top, left = generator.uniform(0, height - side), generator.uniform(0, width - side)
            crop = np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.BILINEAR, box=(left, top, left + side, top + side)))
            found += [crop, crop[:, ::-1]]
    return np.stack(found)


def as_input(pixels):
    """uint8 [N, 224, 224, 3] to the model's input [N, 3, 224, 224], (value - 127) / 128, float32."""
    return torch.tensor((np.moveaxis(pixels, -1, 1).astype(np.float32) - MEAN) / SCALE)
