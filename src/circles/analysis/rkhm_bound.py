"""A generalisation bound for the ridge regression in a module, with every constant given.

Let l(x, y) = ||f(x) - y||, the Euclidean distance, at most M wherever points can lie. For all f with |f| <= B at once,
with probability 1 - delta over n independent points,

    E l - (1/n) sum_i l(x_i, y_i)  <=  2 sqrt(2) (B/n) sqrt(sum_i tr k(x_i, x_i)) + 3 M sqrt(log(2/delta) / 2n).

The first term is the Rademacher complexity of the ball, by the reproducing property and Jensen; sqrt(2) is the price of
a vector under a 1-Lipschitz loss (Maurer's contraction). The paper states its bound in A, by the same steps; this is
its trace form. B is not known before the fit: it is taken as the next power of two, and delta is shared out over them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.models.rkhm_kernels import Gaussian, Kernel, Modulated, Polynomial
from circles.models.rkhm_vector import AuthorsQR, NonSeparable, Separable, WithConstant


@dataclass(frozen=True, eq=False)
class Domain:
    """Where points can lie in any draw: x in the convex hull of ``corners``, ||y|| at most ``largest_target``."""

    corners: Float[Tensor, "v p"]
    largest_target: float


@dataclass(frozen=True)
class Bound:
    """The right-hand side's two terms and the measured left-hand side."""

    complexity: float
    confidence: float
    gap: float

    @property
    def total(self) -> float:
        return self.complexity + self.confidence

    @property
    def holds(self) -> bool:
        return self.gap <= self.total


def bound(
    norm: float,
    traces: Float[Tensor, " n"],
    losses: Float[Tensor, " n"],
    test: Float[Tensor, " m"],
    *,
    top: float,
    largest_target: float,
    delta: float = 0.05,
) -> Bound:
    """The bound of a fitted function beside its measured gap.

    ``norm`` is |f|, ``traces`` are tr k(x_i, x_i) on the training points, ``losses`` and ``test`` are the distances on
    training and test points. ``top`` bounds tr k(x, x) and ``largest_target`` ||y|| on all of the domain, so
    M = B sqrt(top) + largest_target: ||f(x)|| <= |f| ||k(x, x)||^(1/2), and no trace is below its norm.
    Powers 2^j, j any whole number, get delta / (4 (1 + j^2)), which sums to less than delta.
    """
    n = len(traces)
    j = math.ceil(math.log2(max(norm, 1e-12)))
    B = 2.0**j
    share = delta / (4 * (1 + j * j))
    complexity = 2 * math.sqrt(2) * B / n * float(traces.sum().clamp(min=0).sqrt())
    M = B * math.sqrt(top) + largest_target
    confidence = 3 * M * math.sqrt(math.log(2 / share) / (2 * n))
    return Bound(complexity, confidence, float(test.mean() - losses.mean()))


def traces(gram: Float[Tensor, "p n n"]) -> Float[Tensor, " n"]:
    """tr k(x_i, x_i) from a circulant kernel's spectra: the sum of its eigenvalues."""
    return torch.diagonal(gram, dim1=-2, dim2=-1).sum(0)


def largest_trace(kernel: Kernel, corners: Float[Tensor, "v p"]) -> float:
    """A bound on tr k(x, x) for all x in the convex hull of the corners.

    For kernels with circulant values the trace is constant (Gaussian) or convex in x, as a power of |x^_f|^2 or |x|^2
    with coefficients that are not negative: so it is largest at a corner, and the bound is reached. For the authors'
    features tr k = sum_i ||R* (1 - cQ*)^i||^2 <= ||X||^2 sum_i (1 + c)^2i, as R is as large as X and ||1 - cQ|| at most
    1 + c; ||X||^2 = p |x|^2 is convex. Raises ConfigError for a kernel of which neither is known.
    """
    if isinstance(kernel, WithConstant):
        return largest_trace(kernel.base, corners) + corners.shape[1]
    if isinstance(kernel, AuthorsQR):
        growth = sum((1 + abs(kernel.c)) ** (2 * i) for i in range(1, kernel.q + 1))
        return corners.shape[1] * float(corners.square().sum(1).max()) * growth
    inner = kernel.base if isinstance(kernel, Modulated) else kernel
    if not isinstance(inner, Polynomial | Gaussian | Separable | NonSeparable):
        raise ConfigError(f"no bound on the trace of {type(inner).__name__} is known, expected a kernel of the book")
    return float(traces(kernel.spectra(corners, corners).real).max())
