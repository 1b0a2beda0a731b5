"""The real orthonormal Fourier basis of Z_n, for odd and even n, in one and two dimensions.

Rows are the constant, then cos and sin of w_k x = 2 pi k x / n for k = 1, 2, ...; for even n the last
row is the alternating one, k = n / 2, which has no sine.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from jaxtyping import Float, Int, Real
from torch import Tensor

from circles.foundations.errors import ShapeError


def basis(
    n: int, *, dtype: torch.dtype = torch.float64, device: torch.device | str | None = None
) -> Float[Tensor, "{n} {n}"]:
    """The orthonormal basis of real functions on Z_n, one function a row.

    Rows 1/sqrt(n), sqrt(2/n) cos(w_k x), sqrt(2/n) sin(w_k x), k = 1 ... ceil(n/2) - 1, and for even n
    (-1)^x / sqrt(n). Computed in float64, then rounded. Raises ShapeError unless n >= 1.
    Source: Nanda et al. 2023, section 4 (odd n).
    """
    if n < 1:
        raise ShapeError(f"n is {n}, expected a positive whole number")
    return _basis(n).to(dtype=dtype, device=device, copy=True)


@lru_cache(maxsize=16)
def _basis(n: int) -> Tensor:
    x = torch.arange(n)
    rows = [torch.full((n,), n**-0.5, dtype=torch.float64)]
    for k in range(1, (n + 1) // 2):
        wave = angles(n, k)[x]
        rows += [wave.cos() * math.sqrt(2 / n), wave.sin() * math.sqrt(2 / n)]
    if n % 2 == 0:
        rows.append((1.0 - 2.0 * (x % 2)).double() * n**-0.5)
    return torch.stack(rows)


def angles(n: int, k: int) -> Float[Tensor, " {n}"]:
    """w_k x = 2 pi k x / n for x = 0 ... n-1, reduced below 2 pi before rounding, so exact for large k x."""
    return (torch.arange(n) * k % n).double() * (2 * math.pi / n)


def frequencies(n: int) -> Int[Tensor, " {n}"]:
    """The frequency k of each row of the basis: 0, 1, 1, 2, 2, ..., and n/2 once for even n."""
    return (torch.arange(n) + 1) // 2


def transform(x: Real[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*shape"]:
    """Coefficients c_i = sum_x f_i(x) x_x of ``x`` along one axis, in its own dtype; of whole numbers in float64."""
    return _apply(x, dim, inverse=False)


def inverse(c: Real[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*shape"]:
    """The function with these coefficients along one axis; undoes ``transform``."""
    return _apply(c, dim, inverse=True)


def transform2(x: Real[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Coefficients in the products f_i(a) f_j(b), over the last two axes (a, b)."""
    return transform(transform(x, -1), -2)


def inverse2(c: Real[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The function of (a, b) with these coefficients; undoes ``transform2``."""
    return inverse(inverse(c, -1), -2)


def bands(c: Real[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*banded"]:
    """The norm of each frequency's coefficients along one axis: sqrt(cos^2 + sin^2), k = 0 ... n//2.

    Unchanged by a shift of the function. The axis comes back with n//2 + 1 entries.
    """
    return paired(_floating(c).square(), dim).sqrt()


def paired(power: Float[Tensor, "*shape"], dim: int = -1) -> Float[Tensor, "*banded"]:
    """The sum over the two rows, cos and sin, of each frequency along one axis, k = 0 ... n//2."""
    power = power.movedim(dim, 0)
    pairs = (len(power) - 1) // 2
    waves = power[1 : 2 * pairs + 1].unflatten(0, (pairs, 2)).sum(1)
    return torch.cat([power[:1], waves, power[2 * pairs + 1 :]]).movedim(0, dim)


def shift(c: Real[Tensor, "*shape"], s: int, dim: int = -1) -> Float[Tensor, "*shape"]:
    """Coefficients of x -> g(x - s), from those of g: each (cos, sin) pair turns by the angle w_k s.

    c'_cos = c_cos cos(w_k s) - c_sin sin(w_k s), c'_sin = c_cos sin(w_k s) + c_sin cos(w_k s).
    """
    c = _floating(c).movedim(dim, -1)
    n = c.shape[-1]
    turned = c.clone()
    pairs = (n + 1) // 2 - 1
    turn = angles(n, s % n)[1 : pairs + 1].to(c)
    cos, sin = c[..., 1 : 2 * pairs : 2], c[..., 2 : 2 * pairs + 1 : 2]
    turned[..., 1 : 2 * pairs : 2] = cos * turn.cos() - sin * turn.sin()
    turned[..., 2 : 2 * pairs + 1 : 2] = cos * turn.sin() + sin * turn.cos()
    if n % 2 == 0:
        turned[..., -1] *= (-1.0) ** s
    return turned.movedim(-1, dim)


def sum_directions(
    n: int, k: int, *, dtype: torch.dtype = torch.float64, device: torch.device | str | None = None
) -> Float[Tensor, "2 {n}*{n}"]:
    """Unit vectors over all pairs, row a*n + b, along cos(w_k(a+b)) and sin(w_k(a+b)).

    Raises ShapeError unless 0 < k < n/2: other frequencies have no two such directions.
    """
    if not 0 < 2 * k < n:
        raise ShapeError(f"k is {k}, expected 0 < k < {n}/2")
    total = (torch.arange(n).unsqueeze(1) + torch.arange(n)).flatten() % n
    wave = angles(n, k)[total]
    return (torch.stack([wave.cos(), wave.sin()]) * math.sqrt(2) / n).to(dtype=dtype, device=device)


def _apply(x: Tensor, dim: int, *, inverse: bool) -> Tensor:
    x = _floating(x)
    rows = basis(x.shape[dim], dtype=x.dtype, device=x.device)
    rows = rows.mT if inverse else rows
    if dim in (-1, x.ndim - 1):
        return x @ rows.mT
    return (rows @ x.movedim(dim, -2)).movedim(-2, dim)  # the last axis stays where it lies: no copy of it


def _floating(x: Tensor) -> Tensor:
    """Whole numbers in float64: in their own type the basis would be cut to zeros."""
    return x if x.is_floating_point() or x.is_complex() else x.double()
