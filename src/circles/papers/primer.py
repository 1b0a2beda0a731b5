"""What the primer's pictures show, as tidy frames: sums of waves, a circulant matrix, heat on a circle."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import circulant, fourier


def partial_sums(g: Float[Tensor, " n"]) -> pd.DataFrame:
    """The sums of the waves of ``g`` up to each frequency: kept, x, value."""
    n = len(g)
    coefficients, k = fourier.transform(g), fourier.frequencies(n)
    rows = []
    for kept in range(n // 2 + 1):
        value = fourier.inverse(torch.where(k <= kept, coefficients, 0.0))
        rows.append(pd.DataFrame({"kept": kept, "x": range(n), "value": value.numpy()}))
    return pd.concat(rows, ignore_index=True)


def two_bases(c: Float[Tensor, " n"]) -> pd.DataFrame:
    """The circulant matrix of ``c`` and F C F^T, F the rows of the Fourier basis: basis, row, column, value."""
    rows = fourier.basis(len(c), dtype=c.dtype)
    C = circulant.dense(c)
    matrices = {"In place x": C, "Among waves": rows @ C @ rows.T}
    frames = []
    for name, matrix in matrices.items():
        grid = pd.DataFrame(matrix.numpy()).reset_index(names="row").melt("row", var_name="column")
        frames.append(grid.assign(basis=name).astype({"column": int}))
    return pd.concat(frames, ignore_index=True)


def heat(g: Float[Tensor, " n"], t: float) -> Float[Tensor, " n"]:
    """Heat on the circle after time t, from ``g`` at n equal angles: each wave k shrinks by exp(-k^2 t/2).

    It solves du/dt = (1/2) d^2u/dtheta^2, with theta in radians, as all of ``foundations.heat`` does.
    """
    k = fourier.frequencies(len(g)).to(g)
    return fourier.inverse(fourier.transform(g) * torch.exp(-k.square() * t / 2))


def heat_frames(g: Float[Tensor, " n"], times: Sequence[float], top: int = 8) -> tuple[pd.DataFrame, pd.DataFrame]:
    """``heat`` of g at these times (time, angle, value), and exp(-k^2 t/2) up to k = top (time, frequency, left)."""
    n = len(g)
    angle = [2 * math.pi * x / n for x in range(n)]
    profiles = [pd.DataFrame({"time": t, "angle": angle, "value": heat(g, t).numpy()}) for t in times]
    left = [{"time": t, "frequency": k, "left": math.exp(-k * k * t / 2)} for t in times for k in range(top + 1)]
    return pd.concat(profiles, ignore_index=True), pd.DataFrame(left)
