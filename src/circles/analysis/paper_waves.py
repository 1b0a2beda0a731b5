"""The Fourier basis on the numbers 0 ... p-1 as Zhou et al. 2024 take it: waves of period N/k with N = p - 1.

The p numbers are one more than a period of the slowest wave, so the first and the last stand at the same phase. The
rows are those of the exact basis of Z_N with their first entry repeated at the end: the coefficients of g are the exact
ones of the N numbers 0 ... N-1 after g(N) has been added to g(0).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations import fourier
from circles.foundations.errors import ShapeError

BORDER = (520, 50)  # the paper's border between "low" (k < 50) and "high" on 521 numbers: a period of 520/50


def basis(p: int, *, dtype: torch.dtype = torch.float64) -> Float[Tensor, "rows {p}"]:
    """The N = p - 1 waves on 0 ... p-1: constant, then cos and sin of w_k x = 2 pi k x / N, k = 1, 2, ...

    For even N the last row is the alternating one, k = N/2: its sine is zero everywhere and is left out. Scaled as the
    orthonormal basis of Z_N. Raises ShapeError unless p >= 3. Source: Zhou et al. 2024, the basis on 521 numbers.
    """
    if p < 3:
        raise ShapeError(f"p is {p}, expected at least 3 numbers")
    rows = fourier.basis(p - 1, dtype=dtype)
    return torch.cat([rows, rows[:, :1]], dim=1)


def transform(x: Float[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*waves"]:
    """Coefficients of ``x`` in these waves along one axis of p numbers; the axis comes back with p - 1 entries."""
    rows = basis(x.shape[dim], dtype=x.dtype).to(x.device)
    return (x.movedim(dim, -1) @ rows.mT).movedim(-1, dim)


def period(p: int, k: int) -> float:
    """The period N/k, in numbers, of component k."""
    return (p - 1) / k


def component(p: int, period: float | int) -> int:
    """The component k = N / period. Raises ShapeError when no component has this period."""
    k = (p - 1) / period
    if abs(k - round(k)) > 1e-9 or not 1 <= round(k) <= (p - 1) // 2:
        raise ShapeError(f"period {period:g} is no component of {p} numbers, expected {p - 1}/k, k = 1, 2, ...")
    return round(k)


def low(p: int) -> list[int]:
    """The components with a period above 10.4 numbers: k < 50 on the paper's 521 numbers. Without the constant."""
    return [k for k in range(1, (p - 1) // 2 + 1) if (p - 1) * BORDER[1] > BORDER[0] * k]


def high(p: int) -> list[int]:
    """The components with a period of 10.4 numbers or less: k >= 50 on the paper's 521 numbers."""
    return [k for k in range(1, (p - 1) // 2 + 1) if (p - 1) * BORDER[1] <= BORDER[0] * k]


def rows_of(p: int, components: Iterable[int]) -> Int[Tensor, " rows"]:
    """The rows of ``basis`` that belong to these components, two each, one for k = N/2.

    Raises ShapeError for a component outside 0 ... N//2.
    """
    wanted = sorted(set(components))
    if wrong := [k for k in wanted if not 0 <= k <= (p - 1) // 2]:
        raise ShapeError(f"component {wrong[0]} of {p} numbers, expected 0 to {(p - 1) // 2}")
    return torch.isin(fourier.frequencies(p - 1), torch.tensor(wanted, dtype=torch.long)).nonzero().flatten()
