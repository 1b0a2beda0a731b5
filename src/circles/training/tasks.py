"""Modular addition: all pairs, and the split into training and test pairs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.primes import is_prime
from circles.foundations.streams import streams


@dataclass(frozen=True)
class Pairs:
    """Pairs ``a``, ``b`` and their ``answer`` c = (a + b) mod p."""

    a: Int[Tensor, " n"]
    b: Int[Tensor, " n"]
    answer: Int[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.a)

    def to(self, device: torch.device | str) -> Pairs:
        return Pairs(self.a.to(device), self.b.to(device), self.answer.to(device))


def all_pairs(p: int) -> Pairs:
    """All p^2 pairs, row by row: pair number a * p + b."""
    index = torch.arange(p * p)
    return pairs_of(index, p)


def pairs_of(index: Int[Tensor, " n"], p: int) -> Pairs:
    """The pairs with these numbers a * p + b."""
    a, b = index // p, index % p
    return Pairs(a, b, (a + b) % p)


def split(p: int, fraction: float, *, seed: int) -> tuple[Int[Tensor, " train"], Int[Tensor, " test"]]:
    """Pair numbers for training, int(fraction * p^2) of them drawn without replacement, and the rest.

    For p = 113 and fraction 0.3 these are 3,830 and 8,939 pairs (Nanda et al. 2023, section 3).
    Raises ConfigError when a side would be empty or p is not prime: for composite p the frequencies
    that divide p cannot tell all tokens apart, and the paper's claims do not apply.
    """
    if not is_prime(p):
        raise ConfigError(f"p is {p}, expected a prime")
    n_train = int(fraction * p * p)
    if not 0 < n_train < p * p:
        raise ConfigError(
            f"fraction is {fraction}, expected one that leaves pairs on both sides of the split"
        )
    order = torch.randperm(p * p, generator=streams(seed, "split")["split"])
    return order[:n_train].sort().values, order[n_train:].sort().values
