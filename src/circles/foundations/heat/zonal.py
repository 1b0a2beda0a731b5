"""Functions on S^d of the distance alone: Gegenbauer polynomials, which are Legendre's for d = 2 and cosines for d = 1.

A density of the angle r from a fixed point has the series p(r) = sum_l N_l a_l G_l(cos r) / vol(S^d). G_l is the
Gegenbauer polynomial of degree l with G_l(1) = 1, so |G_l| <= 1; N_l is the number of independent harmonics of degree
l; a_l is the mean of G_l under p, and a_0 = 1. Heat has a_l = exp(-l (l + d - 1) t / 2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ManifoldError

MOST_TERMS = 20_000


def polynomials(x: Float[Tensor, "*batch"], d: int) -> Iterator[Float[Tensor, "*batch"]]:
    """G_0(x), G_1(x), ... by (l + d - 1) G_(l+1) = (2l + d - 1) x G_l - l G_(l-1), stable for |x| <= 1."""
    before, now, degree = torch.ones_like(x), x, 1
    yield before
    while True:
        yield now
        before, now = now, ((2 * degree + d - 1) * x * now - degree * before) / (degree + d - 1)
        degree += 1


def harmonics(degree: int, d: int) -> int:
    """N_l = (2l + d - 1) (l + d - 2)! / (l! (d - 1)!): 1, 2, 2, ... on the circle, 2l + 1 on S^2, (l + 1)^2 on S^3."""
    if degree == 0:
        return 1
    return (2 * degree + d - 1) * math.comb(degree + d - 2, d - 1) // degree


def degrees(d: int, t: float, tolerance: float = 1e-14) -> int:
    """The degree L at which heat's series may stop: the rest is below tolerance / vol(S^d) at every point.

    Proof: the terms are at most e_l / vol with e_l = N_l exp(-l (l + d - 1) t / 2). The ratio
    e_(l+1) / e_l = (2l + d + 1) / (2l + d - 1) * (l + d - 1) / (l + 1) * exp(-(2l + d) t / 2) falls with l, so beyond L
    the terms lie below a geometric series: rest <= e_(L+1) / (1 - e_(L+2) / e_(L+1)).
    Raises ManifoldError when t is so small that MOST_TERMS do not suffice.
    """
    for last in range(1, MOST_TERMS):
        if rest_bound(last, d, t) <= tolerance:
            return last
    raise ManifoldError(f"the time t is {t:.3g}, expected one for which {MOST_TERMS} terms of the series suffice")


def rest_bound(last: int, d: int, t: float) -> float:
    """The bound of ``degrees``, in units of the uniform density, or infinity while the terms still grow."""
    first = harmonics(last + 1, d) * math.exp(-(last + 1) * (last + d) * t / 2)
    ratio = (2 * last + d + 3) / (2 * last + d + 1) * (last + d) / (last + 2) * math.exp(-(2 * last + d + 2) * t / 2)
    return first / (1 - ratio) if ratio < 1 else math.inf


def synthesise(means: Float[Tensor, " degrees"], r: Float[Tensor, "*batch"], d: int) -> Float[Tensor, "*batch"]:
    """sum_l N_l a_l G_l(cos r): the density with these means, in units of the uniform one."""
    total = torch.zeros_like(r)
    for degree, (mean, g) in enumerate(zip(means.tolist(), polynomials(r.cos(), d), strict=False)):
        total = total + harmonics(degree, d) * mean * g
    return total


def heat(r: Float[Tensor, "*batch"], t: Float[Tensor, "*batch"], d: int) -> Float[Tensor, "*batch"]:
    """Heat's density at angle r and time t on S^d, in units of the uniform one; the rest left out is below 1e-14."""
    total, weight = torch.zeros_like(r), torch.ones_like(t)
    factor, cooling = (-d * t / 2).exp(), (-t).exp()  # a_(l+1) / a_l = exp(-(2l + d) t / 2)
    last = degrees(d, float(t.detach().amin())) if t.numel() else 0
    for degree, g in zip(range(last + 1), polynomials(r.cos(), d), strict=False):
        total = total + harmonics(degree, d) * weight * g
        weight, factor = weight * factor, factor * cooling
    return total
