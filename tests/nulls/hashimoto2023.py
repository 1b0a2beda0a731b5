"""Matrices that are no circulants, kernels that are none, methods and axes under each other's names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any
from unittest.mock import patch

import pandas as pd
import torch
from torch import Tensor

from circles.foundations import circulant
from circles.ledger import estimates
from circles.models.rkhm_kernels import Gaussian, Modulated
from circles.papers.hashimoto2023 import axioms, costs, evidence, found


class LessOne:
    """The Gaussian kernel less 1: symmetric, and not positive definite."""

    def values(self, x: Tensor, y: Tensor) -> Tensor:
        return Gaussian().values(x, y) - torch.eye(x.shape[1], dtype=x.dtype)


def _without_wrapping() -> dict[str, float]:
    """The algebra with Toeplitz matrices: a column goes down and does not come in again at the top."""
    whole = circulant.dense

    def toeplitz(x: Tensor, axes: int = 1) -> Tensor:
        return whole(x, axes).tril()

    with patch.object(circulant, "dense", toeplitz):
        return axioms.algebra()


def _two_kernels() -> float:
    """Frequencies one by one with the kernel alone, the dense system with neighbouring frequencies mixed in."""
    kernels: Iterator[Any] = cycle((Gaussian(), Modulated(Gaussian(), (1.0, 0.5))))
    with patch.object(axioms, "Gaussian", lambda: next(kernels)):
        return axioms.solvers()


def _exchanged(frame: pd.DataFrame) -> pd.DataFrame:
    """In every other draw the two methods under each other's names."""
    names, odd = ["modulated Gaussian", "commutative Gaussian"], frame.index % 2 == 1
    changed = frame.copy()
    changed.loc[odd, names] = frame.loc[odd, names[::-1]].to_numpy()
    return changed


def _interaction() -> float:
    many, live = evidence.errors, evidence._live
    with (
        patch.object(evidence, "errors", lambda **data: _exchanged(many(**data))),
        patch.object(evidence, "_live", lambda what, **data: _exchanged(live(what, **data))),
    ):
        return estimates.plain(evidence.ratio("modulated Gaussian", "commutative Gaussian", released=True))


def _largest_gap() -> float:
    """Every bound held against the largest gap of any run."""
    both = pd.concat([found.errors(released=released) for released in (True, False)])
    return float((both["bound"] >= both["gap"].max()).mean())


def _solvers_exchanged() -> dict[str, float]:
    true = costs.exponent("time", "entries d")
    return {"FFT": true["dense"], "dense": true["FFT"]}


NULLS = {
    "circulants-are-multipliers": ("Toeplitz matrices", _without_wrapping),
    "kernel-axioms": ("the Gaussian kernel less 1", lambda: axioms.kernels(kinds=[LessOne()])),
    "one-problem-a-frequency": ("a kernel that mixes frequencies in one of the two systems", _two_kernels),
    "interaction-helps": ("the same errors, in every other draw under the other method's name", _interaction),
    "fft-cost": ("the two solvers exchanged", _solvers_exchanged),
    "cost-in-points": ("the cost in entries", lambda: costs.exponent("time", "entries d")),
}  # fmt: skip

NONE = {
    "bound-holds": "the bound is above any gap that targets of this range allow (bound-is-vacuous): no data break it",
}

ANY = {
    "bound-holds": (
        "every bound against the largest gap of any run", _largest_gap,
        "the bound is so loose that it need not know which run it is about",
    ),
}  # fmt: skip
