"""The exact density of Brownian motion between two points, for every manifold on which it is known in closed form."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ManifoldError
from circles.foundations.heat.radial import Radial, radial
from circles.foundations.manifolds import Euclidean, FlatTorus, Manifold, RingTorus
from circles.foundations.manifolds.base import positive
from circles.foundations.manifolds.ring_path import wrap

FAR = 20.0  # beyond r^2 / (2t) = FAR the series has lost half its digits to cancellation
SOON = 1e-6  # before this time of the unit space the small-time form is as exact, and the series too long to sum


def log_kernel(
    manifold: Manifold,
    x: Float[Tensor, "*batch m"],
    y: Float[Tensor, "*batch m"],
    t: Float[Tensor, "*batch"] | float,
) -> Float[Tensor, "*batch"]:
    """log p_t(x, y), the density at y, per d-volume, of Brownian motion from x at time t; symmetric in x and y.

    Computed in float64, returned in the dtype of x. Absolute error below 1e-12 of the peak; where r^2 > 40 t (on a
    flat torus, for each circle), the small-time form, also at the farthest points: rounding on circles, flat tori,
    S^3, RP^3, SO(3) and O(3); an error of the log below 0.0015 t^2 on S^2 and RP^2, and more with d (see
    ``short_time``). Before t = 1e-6 (of the unit sphere or circle) the small-time form is used everywhere: its error is
    of order t^2 there. On O(3) it is -inf between the two parts.
    Raises ManifoldError for t <= 0, for a point not on the manifold, and for the torus in R^3 (see ``heat.ring``).
    """
    if isinstance(manifold, RingTorus):
        raise ManifoldError(
            "heat on torus has no closed form, expected another manifold; heat.ring solves it on a grid"
        )
    manifold.check(x, y)
    time = positive(t, like=x.double()).expand(x.shape[:-1])
    if isinstance(manifold, Euclidean):
        square = (x - y).double().square().sum(-1)
        return (-manifold.dim / 2 * (2 * math.pi * time).log() - square / (2 * time)).to(x.dtype)
    if isinstance(manifold, FlatTorus):
        turns = wrap((manifold.angles(x) - manifold.angles(y)).double()).abs()
        return _log_density(Radial(1), turns, time.unsqueeze(-1).expand_as(turns)).sum(-1).to(x.dtype)
    distance = manifold.distance(x.double(), y.double()) if x.dtype == torch.float64 else manifold.distance(x, y)
    distance = distance.double()
    found = _log_density(radial(manifold), torch.where(distance.isinf(), 0.0, distance), time)
    return torch.where(distance.isinf(), -math.inf, found).to(x.dtype)


def _log_density(space: Radial, r: Tensor, t: Tensor) -> Tensor:
    near = space.log_near(r, t)
    soon = t < SOON * space.scale**2
    series = space.relative(r, torch.where(soon, SOON * space.scale**2, t))
    usable = (r**2 <= 2 * FAR * t) & (series > 0) & ~soon
    return torch.where(usable, torch.where(usable, series, 1.0).log() - space.log_volume, near)
