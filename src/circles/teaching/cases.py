"""Cases that a rule draws: each from the generator that it is given, so that a grader's differ from a reader's."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

PRIMES = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109)


def noise(*shape: int, draw: Generator) -> Tensor:
    """Standard normal numbers in float64."""
    return torch.randn(*shape, generator=draw, dtype=torch.float64)


def fixed(*shape: int, seed: int = 0) -> Tensor:
    """The same standard normal numbers for everybody."""
    return noise(*shape, draw=torch.Generator().manual_seed(seed))


def integer(low: int, high: int, *, draw: Generator) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def between(low: float, high: float, *, draw: Generator, digits: int = 3) -> float:
    """A number between two others, rounded so that it reads well in a sentence."""
    return round(low + (high - low) * float(torch.rand((), generator=draw, dtype=torch.float64)), digits)


def prime(least: int, *, draw: Generator) -> int:
    """A prime from ``least`` to 109."""
    found = [p for p in PRIMES if p >= least]
    return found[integer(0, len(found) - 1, draw=draw)]


def some(count: int, low: int, high: int, *, draw: Generator) -> tuple[int, ...]:
    """So many different whole numbers from ``low`` to ``high``, in order."""
    order = torch.randperm(high - low + 1, generator=draw)[:count]
    return tuple(sorted(int(i) + low for i in order))
