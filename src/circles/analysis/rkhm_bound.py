"""A generalisation bound for the ridge regression in a module, with every constant given.

Let l(x, y) = ||f(x) - y||, the Euclidean distance, at most M on the data's range. For all f with |f| <= B at once,
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
    largest_target: float,
    *,
    delta: float = 0.05,
) -> Bound:
    """The bound of a fitted function beside its measured gap.

    ``norm`` is |f|, ``traces`` are tr k(x_i, x_i) on the training points, ``losses`` and ``test`` are the distances on
    training and test points, ``largest_target`` bounds ||y||. M is the largest ||f|| that |f| <= B allows there, plus
    that. Powers 2^j, j any whole number, get delta / (4 (1 + j^2)), which sums to less than delta.
    """
    n = len(traces)
    j = math.ceil(math.log2(max(norm, 1e-12)))
    B = 2.0**j
    share = delta / (4 * (1 + j * j))
    complexity = 2 * math.sqrt(2) * B / n * float(traces.sum().clamp(min=0).sqrt())
    M = B * float(traces.max().clamp(min=0).sqrt()) + largest_target
    confidence = 3 * M * math.sqrt(math.log(2 / share) / (2 * n))
    return Bound(complexity, confidence, float(test.mean() - losses.mean()))


def traces(gram: Float[Tensor, "p n n"]) -> Float[Tensor, " n"]:
    """tr k(x_i, x_i) from a circulant kernel's spectra: the sum of its eigenvalues."""
    return torch.diagonal(gram, dim1=-2, dim2=-1).sum(0)
