"""Weights with few values: binary, ternary and k-bit maps with a straight-through gradient.

A map Q replaces W by Q(W) in the forward pass and counts as the identity in the backward pass:
W_eff = W + stopgrad(Q(W) - W). The latent W keeps its full precision and is what the optimiser moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ConfigError

Weights = Mapping[str, Tensor]
Map = Callable[[Float[Tensor, "R ..."]], Float[Tensor, "R ..."]]

BETWEEN = ("W_Q", "W_K", "W_V", "W_O", "W_in", "W_out")  # every Linear between the two ends
ENDS = ("W_E", "W_U")  # what Li 2024 leaves in full precision

# The step, in standard deviations, with which 2^k equally spaced levels cost a normal variable least (Max
# 1960, "Quantizing for minimum distortion", table 2).
NORMAL_STEP = {2: 0.9957, 4: 0.3352, 8: 0.0308}


def centred(W: Float[Tensor, "R ..."]) -> Float[Tensor, "R ..."]:
    """W minus its mean over all entries of each net's matrix."""
    return W - W.mean(dim=tuple(range(1, W.ndim)), keepdim=True)


def binary(W: Float[Tensor, "R ..."]) -> Float[Tensor, "R ..."]:
    """sign(W - mean W), values in {-1, 1}, no rescaling; the sign of zero is 1.

    Source: released code of Li 2024, where torch's sign leaves zero at zero; a binary map must choose.
    """
    return torch.where(centred(W) >= 0, 1.0, -1.0).to(W)


def ternary(W: Float[Tensor, "R ..."]) -> Float[Tensor, "R ..."]:
    """s clip(round((W - mean W) / s), -1, 1) with s = mean |W - mean W|: values in {-s, 0, s}.

    Source: released code of Li 2024 (BitNet b1.58).
    """
    shifted = centred(W)
    s = shifted.abs().mean(dim=tuple(range(1, W.ndim)), keepdim=True).clamp_min(1e-12)
    return (shifted / s).round().clamp(-1, 1) * s


def uniform(W: Float[Tensor, "R ..."], *, bits: int) -> Float[Tensor, "R ..."]:
    """Nearest of 2^k equally spaced values about the mean, (i + 1/2) D for -2^(k-1) <= i < 2^(k-1).

    D is Max's step for a normal variable of W's standard deviation. A comparison of our own: the paper
    has none between 1.58 and 32 bits. Raises ConfigError when ``bits`` is not 2, 4 or 8.
    """
    if bits not in NORMAL_STEP:
        raise ConfigError(f"bits is {bits}, expected 2, 4 or 8")
    shifted = centred(W)
    deviation = shifted.square().mean(dim=tuple(range(1, W.ndim)), keepdim=True).sqrt().clamp_min(1e-12)
    step, half = NORMAL_STEP[bits] * deviation, 2 ** (bits - 1)
    return ((shifted / step).floor().clamp(-half, half - 1) + 0.5) * step


MAPS: dict[str, Map] = {"binary": binary, "ternary": ternary} | {
    f"{k}bit": partial(uniform, bits=k) for k in NORMAL_STEP
}
BITS = {"binary": 1.0, "ternary": 1.585, "2bit": 2.0, "4bit": 4.0, "8bit": 8.0, "full": 32.0}


def straight_through(W: Float[Tensor, "R ..."], quantise: Map) -> Float[Tensor, "R ..."]:
    """Q(W) in value, the identity in gradient."""
    return W + (quantise(W) - W).detach()


def effective(weights: Weights, kind: str, *, ends: bool = False) -> dict[str, Tensor]:
    """The weights that the net computes with; with ``ends`` the embedding and unembedding are mapped too.

    Raises ConfigError for an unknown kind; "full" leaves all as they are.
    """
    if kind == "full":
        return dict(weights)
    if kind not in MAPS:
        raise ConfigError(f"kind is {kind!r}, expected one of {', '.join(BITS)}")
    mapped = BETWEEN + (ENDS if ends else ())
    return {n: straight_through(W, MAPS[kind]) if n in mapped else W for n, W in weights.items()}
