"""Regression on a circle of p points with a kernel of chosen frequencies: a small case made for a picture.

The kernel k(i, j) = k(i - j) has a circulant matrix, and its eigenvalues say which waves the fit may use. Neither the
points nor the target are the paper's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations import circulant
from circles.foundations.streams import streams

NAME = "circle"  # of these points on their page
P, SEEN, NOISE, SEED = 24, 12, 0.4, 0
FIRST = (0, 1, 2, 3)  # the frequencies that are chosen at first
RIDGE = -2.0  # its power of ten
NEAR, FAR = "noisy points seen", "truth at the others"


def target() -> Float[Tensor, " p"]:
    """cos(2 pi n/p) + 0.7 sin(2 pi 3 n/p): its frequencies are 1 and 3."""
    turn = 2 * math.pi * torch.arange(P, dtype=torch.float64) / P
    return turn.cos() + 0.7 * (3 * turn).sin()


def seen() -> tuple[Int[Tensor, " n"], Float[Tensor, " n"]]:
    """The points that the regression sees, half of all, and the target there with noise."""
    draws = streams(SEED, "circle/points", "circle/noise")
    points = torch.randperm(P, generator=draws["circle/points"])[:SEEN].sort().values
    noise = torch.randn(P, generator=draws["circle/noise"], dtype=torch.float64)
    return points, (target() + NOISE * noise)[points]


def kernel(frequencies: Iterable[int]) -> Float[Tensor, " p"]:
    """k(0), ..., k(p - 1): the circulant with one eigenvalue on these frequencies, 0 on the others, and k(0) = 1.

    All zeros without a frequency.
    """
    n = torch.arange(P)
    kept = torch.isin(torch.minimum(n, P - n), torch.tensor(list(frequencies), dtype=n.dtype)).double()
    return circulant.from_spectrum(kept * P / kept.sum().clamp(min=1), real=True)


def fit(column: Float[Tensor, " p"], ridge: float) -> Float[Tensor, " p"]:
    """What ridge regression with this kernel says at all points: K_s (K_ss + ridge)^-1 y_s, s the points seen."""
    points, y = seen()
    K = circulant.dense(column)[:, points]
    return K @ torch.linalg.solve(K[points] + ridge * torch.eye(len(points), dtype=K.dtype), y)


def errors(found: Float[Tensor, " p"]) -> dict[str, float]:
    """The root mean square of fit minus noisy value where it was seen, of fit minus target where not."""
    points, y = seen()
    rest = torch.ones(P, dtype=torch.bool)
    rest[points] = False
    parts = {NEAR: found[points] - y, FAR: (found - target())[rest]}
    return {name: float(part.square().mean().sqrt()) for name, part in parts.items()}


def frames() -> dict[str, pd.DataFrame]:
    """For ``figures.chosen_frequencies``: kernel, matrix, truth, seen, fit, errors."""
    column, at = kernel(FIRST), torch.arange(P)
    found, (points, y) = fit(column, 10**RIDGE), seen()
    difference = torch.arange(P + 1) - P // 2
    return {
        "kernel": pd.DataFrame({"difference": difference, "value": column[difference % P]}),
        "matrix": pd.DataFrame({
            "i": at.repeat_interleave(P), "j": at.repeat(P), "value": circulant.dense(column).flatten(),
        }),
        "truth": pd.DataFrame({"x": at, "value": target()}),
        "seen": pd.DataFrame({"x": points, "value": y}),
        "fit": pd.DataFrame({"x": at, "value": found}),
        "errors": pd.DataFrame(errors(found).items(), columns=["what", "value"]),
    }  # fmt: skip


def tables() -> dict[str, np.ndarray]:
    """What the page computes with: target [p], noisy [p] (0 where not seen), trained [p] (1 where seen)."""
    points, y = seen()
    noisy, trained = torch.zeros(P, dtype=torch.float64), torch.zeros(P)
    noisy[points], trained[points] = y, 1
    return {"target": target().numpy(), "noisy": noisy.numpy(), "trained": trained.numpy()}
