"""MNIST with every pixel black or white, drawn once: what the authors train on."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from circles.training import mnist


@cache
def binarised(seed: int = 0) -> dict[str, UInt8[Tensor, "n 784"]]:
    """Each pixel drawn once: x ~ Bernoulli(x / 255), the training side first, from NumPy's old generator.

    The authors draw with seed 0 from the same generator, so the training side has their bits. They start it anew for
    the test side, where only the law is theirs.
    """
    draws = np.random.RandomState(seed)
    found = {}
    for side in mnist.SIDES:
        chances = mnist.load(side).pictures.numpy() / np.float32(255)
        pixels = np.empty(chances.shape, np.uint8)
        for start in range(0, len(pixels), 5000):  # in pieces: uniform numbers take eight bytes a pixel
            part = slice(start, start + 5000)
            pixels[part] = draws.random_sample(chances[part].shape) < chances[part]
        found[side] = torch.from_numpy(pixels)
    return found
