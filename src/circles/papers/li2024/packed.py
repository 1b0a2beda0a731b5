"""A slim recording of a quantised net: what its maps make of the weights, in as many bits as that has values.

The latent weights are left out. A mapped matrix becomes its few values, once each, and for every entry the number of
its value, packed in k bits. Forward passes add and take off the latent weight (``quantized.straight_through``), which
rounds its last bit; what is kept here are the values of the map themselves.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from circles.foundations.errors import RunError
from circles.models import quantized
from circles.papers.li2024.run import LiRun
from circles.training.run_config import Weights
from circles.training.slim import lighter

VALUES, NUMBERS = "/values", "/numbers"  # of a matrix: its different values, and which of them each entry is


@lighter.register
def pack(config: LiRun, weights: Weights) -> Weights:
    """The mapped values of the mapped matrices, packed; all other weights as they are; what is packed already too."""
    if held(weights) or config.kind == "full":
        return weights
    found = dict(weights)
    for name in quantized.BETWEEN + (quantized.ENDS if config.ends else ()):
        values, number = torch.unique(quantized.MAPS[config.kind](found.pop(name)), return_inverse=True)
        digits = number.flatten()[:, None] >> torch.arange(_bits(values)) & 1
        found[name + VALUES] = values
        found[name + NUMBERS] = torch.from_numpy(np.packbits(digits.to(torch.uint8).numpy()))
    return found


def held(weights: Weights) -> bool:
    """Whether these are packed weights."""
    return any(name.endswith(VALUES) for name in weights)


def unpack(weights: Weights, config: LiRun) -> Weights:
    """The weights that ``pack`` packed, mapped. Raises RunError, naming the matrix, when sizes do not fit."""
    found = {name: W for name, W in weights.items() if not name.endswith((VALUES, NUMBERS))}
    for name, shape in config.spec.shapes().items():
        if name + VALUES in weights:
            found[name] = _matrix(name, weights[name + VALUES], weights[name + NUMBERS], (1, *shape))
    return found


def _matrix(name: str, values: Tensor, packed: Tensor, shape: tuple[int, ...]) -> Tensor:
    entries, bits = int(np.prod(shape)), _bits(values)
    if len(packed) != -(-entries * bits // 8):
        raise RunError(f"{name}: {len(packed)} packed bytes, expected {entries} entries of {bits} bits")
    digits = np.unpackbits(packed.numpy(), count=entries * bits).reshape(entries, bits)
    number = digits.astype(np.int64) @ (1 << np.arange(bits))
    if number.max() >= len(values):
        raise RunError(f"{name}: names value {number.max()}, expected one of {len(values)}")
    return values[torch.from_numpy(number)].reshape(shape)


def _bits(values: Tensor) -> int:
    """Bits that number these values."""
    return max(1, (len(values) - 1).bit_length())
