"""A small net at the checkpoints of its training, as exercises hand it out: its numbers may be named anew."""

from __future__ import annotations

from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.papers.nanda2023 import small
from circles.teaching import trained
from circles.training import runs, tasks

P = small.SmallRun.p


def epochs() -> list[int]:
    """The epochs of the checkpoints."""
    return runs.get(small.config()).measures["epoch"].tolist()


@cache
def logits(times: int = 1) -> Float[Tensor, "checkpoints pairs p"]:
    """The logits of all p^2 pairs, in the order a p + b, at every checkpoint."""
    found = runs.get(small.config()).measures
    held = {n.removeprefix(small.HELD): w.double() for n, w in found.items() if n.startswith(small.HELD)}
    nets = [{n: w[i] for n, w in held.items()} for i in range(len(found["epoch"]))]
    return torch.stack([trained.logits(trained.renamed(net, times)) for net in nets])


def keys(times: int = 1) -> tuple[int, ...]:
    """The key frequencies of the end, in rising order."""
    found = runs.get(small.config()).measures["keys"].long() * times % P
    return tuple(sorted(min(int(k), P - int(k)) for k in found))


def train(times: int = 1) -> Int[Tensor, " pairs"]:
    """The training pairs, as a p + b."""
    config = small.config()
    pairs = tasks.split(P, config.fraction, seed=config.seed)[0]
    back = pow(times, -1, P)
    return (pairs // P * back % P) * P + pairs % P * back % P
