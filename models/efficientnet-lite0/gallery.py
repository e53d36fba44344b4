"""The sample photographs of EfficientNet-Lite0: where each comes from, under which licence, and how it is cut.

`build()` writes samples/*.jpg; `originals()` gives the full-resolution arrays that the fidelity check crops from.
"""

import bz2
import io
import pathlib

import numpy as np
from PIL import Image

from common import fetch

HERE = pathlib.Path(__file__).parent
SAMPLES = HERE / "samples"
SHORT_SIDE = 448  # pixels; smaller originals stay as they are
MAX_BYTES = 60_000

CC0 = "CC0 1.0"
PUBLIC = "public domain"
SKIMAGE = "scikit-image 0.18.3 (PyPI), skimage/data/"
SKLEARN = "scikit-learn 1.9.1 (PyPI), sklearn/datasets/images/"

# file, title, package, member, licence, credit, note
PHOTOGRAPHS = [
    ("chelsea.jpg", "Chelsea the cat", "scikit-image", "chelsea.png", CC0, "Stefan van der Walt", ""),
    ("coffee.jpg", "A cup of espresso", "scikit-image", "coffee.png", CC0, "Rachel Michetti, courtesy of Pikolo Espresso Bar",
     ""),
    ("rocket.jpg", "Rocket on its pad", "scikit-image", "rocket.jpg", PUBLIC, "SpaceX", ""),
    ("camera.jpg", "Camera man", "scikit-image", "camera.png", CC0, "Lav Varshney", "A black and white photograph."),
    ("motorcycle.jpg", "Motorcycle in a garage", "scikit-image", "motorcycle_left.png",
     "Middlebury 2014 stereo benchmark: published for free use with citation; the package states no licence of its own",
     "Scharstein et al., High-resolution stereo datasets with subpixel-accurate ground truth, GCPR 2014",
     "Left picture of a stereo pair."),
    ("astronaut.jpg", "Eileen Collins", "scikit-image", "astronaut.png", PUBLIC, "NASA", ""),
    ("clock.jpg", "A clock in motion", "scikit-image", "clock_motion.png", PUBLIC, "Stefan van der Walt",
     "Black and white, blurred by the camera's movement."),
    ("china.jpg", "Chinese palace", "scikit-learn", "china.jpg", "CC BY 2.0", "danielbuechele on Flickr", ""),
    ("flower.jpg", "A flower", "scikit-learn", "flower.jpg", "CC BY 2.0",
     "vultilion on Flickr (the address given by the package, whose text repeats danielbuechele's name)", ""),
    ("raccoon.jpg", "A raccoon", "scipy", "misc/face.dat", PUBLIC, "public-domain-image.com",
     "ImageNet has no class for a raccoon, so every answer is wrong: look at what the network uses instead."),
]
MOSAIC = ("cat-and-coffee.jpg", "Cat and coffee", CC0, "Stefan van der Walt; Rachel Michetti",
          "Two photographs, one above the other: switch between the classes and the map moves.")


def _load(package, member):
    if package == "scipy":  # scipy/misc/_common.py: bzip2 of 768 x 1024 x 3 bytes
        return np.frombuffer(bz2.decompress(fetch.read(package, member)), np.uint8).reshape(768, 1024, 3)
    data = fetch.read(package, ("skimage/data/" if package == "scikit-image" else "images/") + member)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def originals():
    """Full-resolution photographs, H x W x 3 uint8, by sample file name, the mosaic included."""
    found = {row[0]: _load(row[2], row[3]) for row in PHOTOGRAPHS}
    found[MOSAIC[0]] = mosaic(found["chelsea.jpg"], found["coffee.jpg"])
    return found


def mosaic(cat, coffee):
    """448 x 448 pixels: the cat's face above, the cup below, each 448 x 224."""
    above = Image.fromarray(cat).resize((448, 224), Image.BICUBIC, box=(0, 8, 451, 233))
    below = Image.fromarray(coffee).resize((448, 224), Image.BICUBIC, box=(20, 20, 600, 310))
    return np.concatenate([np.asarray(above), np.asarray(below)])


def _save(name, pixels):
    picture = Image.fromarray(pixels)
    scale = SHORT_SIDE / min(picture.size)
    if scale < 1:
        picture = picture.resize([round(side * scale) for side in picture.size], Image.LANCZOS)
    for quality in range(97, 40, -1):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=False)
        if buffer.tell() <= MAX_BYTES:
            break
    (SAMPLES / name).write_bytes(buffer.getvalue())


def build():
    """Writes the samples and returns their card entries in order, without the expected classes."""
    SAMPLES.mkdir(exist_ok=True)
    for name, pixels in originals().items():
        _save(name, pixels)
    archive = {"scikit-image": SKIMAGE, "scikit-learn": SKLEARN, "scipy": "scipy 1.9.3 (PyPI), scipy/"}
    rows = [(f, t, l, f"{c}; from {archive[p]}{m}", n) for f, t, p, m, l, c, n in PHOTOGRAPHS]
    f, t, l, c, n = MOSAIC
    rows.insert(2, (f, t, l, f"{c}; from {SKIMAGE}chelsea.png and coffee.png", n))
    return [dict(zip(("file", "title", "licence", "source", "note"), row)) for row in rows]
