"""The recorded nets as exercises hand them out: whole, or with their numbers named anew, so that nobody has seen them.

Name every number x of a net that adds modulo p as u x instead, u from 1 to p - 1. Since u a + u b = u (a + b), it is
again a net that adds, with the wave u k in the place of k. So a few recorded nets give hundreds, all trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from circles.foundations import fourier
from circles.foundations.errors import ConfigError
from circles.models import modular
from circles.models.modular import ModularSpec
from circles.papers import li2024, nanda2023
from circles.papers.li2024 import packed
from circles.teaching import cases
from circles.training.runs import Run

Weights = Mapping[str, Tensor]
P = 113
GROKKED = (1, 2, 4)  # the seeds of Chapter 2 whose readout has a gap between what it uses and what it does not
QUANTIZED = (0, 1, 2, 3, 4)


def adder(seed: int, times: int = 1) -> dict[str, Tensor]:
    """The weights at the end of Chapter 2's net of this seed, its numbers named anew: x stands where ``times`` x stood.

    Float64, without the axis of replicates: W_E [p+1, d], W_U [d, p], W_in [d, m], W_out [m, d] and so on.
    Raises ConfigError for a seed that is not recorded, or ``times`` a multiple of p.
    """
    held = _adders()
    if seed not in held:
        raise ConfigError(f"seed is {seed}, expected one of {', '.join(map(str, held))}")
    return renamed({name: w[0].double() for name, w in held[seed].weights.items()}, times)


def quantized(kind: str, seed: int, times: int = 1) -> dict[str, Tensor]:
    """The same of Chapter 3's nets: what the maps make of the weights. ``kind`` is full, binary or ternary."""
    held = _quantized(kind) if kind in li2024.KINDS else {}
    if seed not in held:
        raise ConfigError(f"{kind} net of seed {seed}, expected full, binary or ternary and a seed from 0 to 4")
    return renamed(_mapped(kind, seed), times)


@cache
def _adders() -> dict[int, Run]:
    return nanda2023.recorded_seeds()


@cache
def _quantized(kind: str) -> dict[int, Run]:
    return li2024.recorded(kind)


@cache
def _mapped(kind: str, seed: int) -> dict[str, Tensor]:
    run = _quantized(kind)[seed]
    config = run.config
    assert isinstance(config, li2024.LiRun)
    weights = packed.unpack(run.weights, config) if packed.held(run.weights) else config.effective(run.weights)
    return {name: w[0].double() for name, w in weights.items()}


def renamed(weights: Weights, times: int) -> dict[str, Tensor]:
    """A net whose number x stands where ``times`` x stood, modulo p. Raises ConfigError for a multiple of p."""
    p = weights["W_U"].shape[1]
    if times % p == 0:
        raise ConfigError(f"times is {times}, expected no multiple of {p}")
    at = torch.arange(p) * times % p
    rows = torch.cat([at, torch.arange(p, len(weights["W_E"]))])
    return dict(weights) | {"W_E": weights["W_E"][rows], "W_U": weights["W_U"][:, at]}


def drawn(draw: Generator, seeds: tuple[int, ...] = GROKKED) -> tuple[int, int]:
    """A seed and a factor for ``adder``."""
    return seeds[cases.integer(0, len(seeds) - 1, draw=draw)], cases.integer(2, P - 2, draw=draw)


@cache
def keys(seed: int, times: int = 1) -> tuple[int, ...]:
    """The key frequencies of ``adder(seed, times)``, by Chapter 2's rule on the readout, in rising order."""
    found = _adders()[seed].measures["keys"].long() * times % P
    return tuple(sorted(min(int(k), P - int(k)) for k in found))


def spec(weights: Weights) -> ModularSpec:
    """The shape of a net, read off its weights; with a norm it is one of Chapter 3's, whose scores have their scale."""
    heads, width, _ = weights["W_Q"].shape
    size = {"p": weights["W_U"].shape[1], "d_model": width, "n_heads": heads, "d_mlp": weights["W_in"].shape[1]}
    if "gain" not in weights:
        return ModularSpec(**size)
    theirs = li2024.config("full", 0).spec
    return ModularSpec(**size, positions=False, norm=True, biases=False, score_scale=theirs.score_scale)


def logits(weights: Weights, a: Tensor | None = None, b: Tensor | None = None) -> Float[Tensor, "pairs p"]:
    """The logits of the pairs (a, b), of all p^2 in the order a p + b unless given."""
    shape = spec(weights)
    if a is None or b is None:
        index = torch.arange(shape.p**2)
        a, b = index // shape.p, index % shape.p
    return modular.forward(lead(weights), a[None], b[None], shape)[0]


def neurons(weights: Weights) -> Float[Tensor, "pairs m"]:
    """The neurons after the ReLU for all pairs, in the order a p + b."""
    return modular.activations(lead(weights), spec(weights))["mlp"][0]


def readout(weights: Weights) -> Float[Tensor, "p m"]:
    """W_L = (W_out W_U)^T: what each class reads from each neuron."""
    return (weights["W_out"] @ weights["W_U"]).mT


def lead(weights: Weights) -> dict[str, Tensor]:
    """The weights with an axis of one replicate in front, as the models take them."""
    return {name: w[None] for name, w in weights.items()}


def bands(W: Float[Tensor, "p m"]) -> Float[Tensor, " frequencies"]:
    """The norm of each frequency of a map from Z_p over the largest; entry k, entry 0 of the constant is zero."""
    found = fourier.bands(fourier.transform(W.double(), 0).norm(dim=1))
    found[0] = 0
    return found / found.max()
