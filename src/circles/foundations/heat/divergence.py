"""How far Brownian motion's law is from uniform: exactly, and by the paper's expansion for small times."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ManifoldError
from circles.foundations.heat.radial import Radial, quadrature, radial
from circles.foundations.manifolds import FlatTorus, Manifold, Orthogonal3
from circles.foundations.manifolds.base import positive


def kl_uniform(manifold: Manifold, t: Float[Tensor, " times"]) -> Float[Tensor, " times"]:
    """KL(q_t || uniform) = int p log(p vol) in nats, by Gauss-Legendre quadrature over the distance, in float64.

    The sum over the circles on a flat torus; log 2 more on O(3), of which heat sees one part. Quadrature error below
    1e-10 for t from 1e-4 to 10 (the tests double the nodes). Raises ManifoldError for t <= 0 and for manifolds
    on which heat is no function of distance.
    """
    times = positive(t, like=torch.zeros((), dtype=torch.float64))
    if isinstance(manifold, FlatTorus):
        return manifold.dim * torch.stack([_kl(Radial(1), s) for s in times])
    extra = math.log(2) if isinstance(manifold, Orthogonal3) else 0.0
    return torch.stack([_kl(radial(manifold), s) for s in times]) + extra


def kl_expansion(
    manifold: Manifold,
    x: Float[Tensor, "*batch m"],
    t: Float[Tensor, "*batch"] | float,
    coefficient: float = 0.25,
) -> Float[Tensor, "*batch"]:
    """KL = log vol(Z) - (d/2) log(2 pi t) - d/2 + c Sc(x) t, in nats; c = 1/4 is right to first order in t.

    c = (d + 4) / 24, in an earlier version of the released code, is 1/4 for d = 2 only. Differentiable in x and t.
    Raises ManifoldError for t <= 0, a point not on Z, and a Z that is not closed. Source: Perez Rey et al. 2020.
    """
    if math.isinf(manifold.log_volume):
        raise ManifoldError(f"{manifold.name} has no uniform law, expected a closed manifold")
    time, d = positive(t, like=x), manifold.dim
    flat = manifold.log_volume - d / 2 * (2 * math.pi * time).log() - d / 2
    return flat + coefficient * manifold.scalar_curvature(x) * time


def _kl(space: Radial, t: Tensor) -> Tensor:
    r, weights = quadrature(space, math.sqrt(float(t)))
    relative = space.relative(r, t.expand_as(r))
    return (weights * space.area(r) * torch.special.xlogy(relative, relative.clamp_min(1e-300))).sum() / math.exp(
        space.log_volume
    )
