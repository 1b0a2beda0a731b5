"""Spaces on which all directions are alike, so that heat depends on the distance alone: S^d, RP^d, SO(3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ManifoldError
from circles.foundations.heat import zonal
from circles.foundations.heat.short_time import log_short_time
from circles.foundations.manifolds import Manifold, Orthogonal3, Projective, Rotations, Sphere
from circles.foundations.manifolds.rotations import SCALE


@dataclass(frozen=True)
class Radial:
    """The sphere S^d, or RP^d when ``folded``, with all lengths times ``scale``.

    Folding adds the antipode: p(r) + p(pi - r), which leaves the even degrees. A scale s makes lengths s r and times
    s^2 t of the unit ones. SO(3) is RP^3 with s = 2 sqrt(2): there the even degrees l = 2j give the characters
    (2j + 1) sin((2j + 1) w / 2) / sin(w / 2) of the angle w, with exp(-j (j + 1) t / 4).
    """

    d: int
    folded: bool = False
    scale: float = 1.0

    @property
    def reach(self) -> float:
        """The largest distance."""
        return self.scale * math.pi / (2 if self.folded else 1)

    @property
    def log_volume(self) -> float:
        return Sphere(self.d).log_volume - (math.log(2) if self.folded else 0) + self.d * math.log(self.scale)

    def area(self, r: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """The (d-1)-volume of the points at distance r: vol(S^(d-1)) (s sin(r / s))^(d-1); 2 points on a circle."""
        below = Sphere(self.d - 1).log_volume if self.d > 1 else math.log(2)
        return math.exp(below) * (self.scale * (r / self.scale).sin()) ** (self.d - 1)

    def relative(self, r: Float[Tensor, "*batch"], t: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """Heat's density at distance r and time t over the uniform density; rest and rounding below 1e-12 of its peak.

        Source: Gegenbauer series with the truncation bound of ``zonal.degrees``.
        """
        return self.fold(lambda angle: zonal.heat(angle, t / self.scale**2, self.d), r)

    def fold(self, function, r: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """A density on the unit sphere, relative to uniform, carried to this space."""
        angle = r / self.scale
        return (function(angle) + function(math.pi - angle)) / 2 if self.folded else function(angle)

    def log_near(self, r: Float[Tensor, "*batch"], t: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """log of the density per volume for small t, also far out, where the series has lost its digits.

        ``log_short_time`` on the unit sphere, at r / s and t / s^2, and its sum over both preimages when folded. The
        error is of order (t / s^2)^2, with the numbers given there; for d = 1 and 3, and so on SO(3), it is rounding.
        """
        angle, time = r / self.scale, t / self.scale**2
        found = log_short_time(angle, time, self.d)
        if self.folded:
            found = torch.logaddexp(found, log_short_time(math.pi - angle, time, self.d))
        return found - self.d * math.log(self.scale)


def radial(manifold: Manifold) -> Radial:
    """The radial space that a manifold is (for O(3), one of its two parts). Raises ManifoldError for the others."""
    if isinstance(manifold, Projective):
        return Radial(manifold.dim, folded=True)
    if isinstance(manifold, Sphere):
        return Radial(manifold.dim)
    if isinstance(manifold, Rotations | Orthogonal3):
        return Radial(3, folded=True, scale=SCALE)
    raise ManifoldError(f"heat on {manifold.name} is no function of distance, expected a sphere, RP^d, SO(3) or O(3)")


def quadrature(space: Radial, spread: float, nodes: int = 400) -> tuple[Tensor, Tensor]:
    """Gauss-Legendre nodes and weights over the distances 0 to 14 times the spread, or to the largest distance."""
    end = min(space.reach, 14 * spread)
    x, w = _legendre(nodes)
    return (x + 1) * end / 2, w * end / 2


@lru_cache(maxsize=8)
def _legendre(nodes: int) -> tuple[Tensor, Tensor]:
    x, w = np.polynomial.legendre.leggauss(nodes)
    return torch.from_numpy(x), torch.from_numpy(w)
