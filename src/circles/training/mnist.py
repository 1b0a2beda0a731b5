"""MNIST, found or fetched: the canonical contents or an error.

The pictures are not the book's to ship. The environment variable CIRCLES_MNIST names a folder that holds the
idx files, packed or not; without it they are downloaded once, by hash, into the cache.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from circles.foundations import files
from circles.foundations.errors import DataError, FileError, quoted
from circles.training import runs

SITE = "https://ossci-datasets.s3.amazonaws.com/mnist"
UNPACKED = {  # MD5 of the idx files themselves
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
PACKED = {  # MD5 of the archives as the site serves them
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
LARGEST = 50_000_000  # bytes: 60,000 pictures are 47,040,016
SIDES = {"train": "train", "test": "t10k"}


@dataclass(frozen=True)
class Digits:
    """Pictures of 28 x 28 pixels from 0 to 255, flat, and the digit each shows."""

    pictures: UInt8[Tensor, "n 784"]
    labels: Int64[Tensor, " n"]


def load(side: str) -> Digits:
    """The 60,000 "train" or the 10,000 "test" pictures.

    Raises DataError, in one line, when the folder lacks a file, a file is damaged (its MD5 is named) or nothing
    can be downloaded.
    """
    if side not in SIDES:
        raise DataError(f"side is {side!r}, expected 'train' or 'test'")
    pictures = _numbers(f"{SIDES[side]}-images-idx3-ubyte", header=16)
    labels = _numbers(f"{SIDES[side]}-labels-idx1-ubyte", header=8)
    return Digits(torch.from_numpy(pictures.reshape(-1, 784)), torch.from_numpy(labels.astype(np.int64)))


def _numbers(name: str, *, header: int) -> np.ndarray:
    content = _content(name)
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != UNPACKED[name]:
        raise DataError(f"MNIST's {name} is damaged: its MD5 is {found}, expected {UNPACKED[name]}")
    return np.frombuffer(content, np.uint8, offset=header).copy()


def _content(name: str) -> bytes:
    folder = os.environ.get("CIRCLES_MNIST")
    if not folder:
        return _unpacked(_downloaded(name))
    for file in (Path(folder) / name, Path(folder) / f"{name}.gz"):
        if os.path.exists(file):  # a name of 5,000 letters is not there
            return _unpacked(file)
    raise DataError(f"CIRCLES_MNIST is {quoted(folder)}, expected a folder that holds {name}.gz")


def _unpacked(file: Path) -> bytes:
    try:
        content = files.content(file, LARGEST)
    except FileError as error:
        raise DataError(f"MNIST's {file}: {error}") from None
    if file.suffix != ".gz":
        return content
    try:
        return files.ungzipped(content, LARGEST)
    except FileError as error:
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
        raise DataError(f"MNIST's {file.name} is damaged: {error}, its MD5 is {found}") from None


def _downloaded(name: str) -> Path:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    try:
        return Path(pooch.retrieve(
            f"{SITE}/{name}.gz", known_hash=f"md5:{PACKED[name]}", fname=f"{name}.gz",
            path=runs.cache() / "mnist",
        ))  # fmt: skip
    except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong hash is a ValueError
        if isinstance(error, ValueError):
            raise DataError(f"MNIST's {name}.gz is damaged as downloaded: {' '.join(str(error).split())}") from None
        raise DataError(
            f"MNIST cannot be downloaded ({type(error).__name__}): expected a network, or CIRCLES_MNIST as its folder"
        ) from None
