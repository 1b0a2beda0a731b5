"""The torus of revolution in R^3: curved, and the only manifold here whose curvature changes from point to point."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ManifoldError
from circles.foundations.manifolds.base import Manifold
from circles.foundations.manifolds.directions import unit
from circles.foundations.manifolds.ring_path import shortest


class RingTorus(Manifold):
    """A tube of radius r around a circle of radius R in the plane of the first two axes.

    With a the angle along the circle and b the angle around the tube, b = 0 outermost:
    x = ((R + r cos b) cos a, (R + r cos b) sin a, r sin b), vol = 4 pi^2 R r, Sc = 2 cos b / (r (R + r cos b)).
    Source of R = 3 and r = 0.6: the released code of Perez Rey et al. 2020.
    """

    def __init__(self, big: float = 3.0, small: float = 0.6) -> None:
        if not 0 < small < big:
            raise ManifoldError(f"the torus has radii {big:g} and {small:g}, expected big > small > 0")
        self.big, self.small = big, small
        self.dim, self.ambient, self.name = 2, 3, "torus"

    def nearest(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """To the nearest point of the circle, then from there to the tube; outwards from the circle itself."""
        along, rho = unit(x[..., :2])
        out = rho.nan_to_num(posinf=0.0) - self.big
        across, off = unit(torch.cat([out, x[..., 2:]], dim=-1))
        cosine = self.small * across[..., 0]
        reach = self.big + cosine
        y = torch.cat([reach.unsqueeze(-1) * along, self.small * across[..., 1:]], dim=-1)
        return y, (reach / rho.squeeze(-1), self.small / off.squeeze(-1), reach, cosine)

    def step(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        x1, x2, x3 = x.unbind(-1)
        rho = torch.hypot(x1, x2)
        out = rho - self.big
        narrowed = self.small / torch.hypot(out, x3)
        cosine = narrowed * out
        reach = cosine + self.big
        turned = reach / rho
        return torch.stack([turned * x1, turned * x2, narrowed * x3], dim=-1), (turned, narrowed, reach, cosine)

    def slopes(self, y: Tensor, kept: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """P's derivative: lengths along the circle times reach / rho, lengths around the tube times r / off, no other.

        A symmetric matrix, with the unit tangents (-sin a, cos a, 0) and (-sin b cos a, -sin b sin a, cos b) for its
        two directions. Kept are both factors, then R + r cos b and r cos b.
        """
        turned, narrowed, reach, cosine = kept
        y1, y2, y3 = y.unbind(-1)
        cos_a, sin_a, cos_b, sin_b = y1 / reach, y2 / reach, cosine / self.small, y3 / self.small
        tilted = narrowed * sin_b
        radial, mixed = tilted * sin_b - turned, -tilted * cos_b
        xx, xy, yy = turned + radial * cos_a**2, radial * cos_a * sin_a, turned + radial * sin_a**2
        xz, yz, zz = mixed * cos_a, mixed * sin_a, narrowed * cos_b**2
        return (torch.stack([xx, xy, xz, xy, yy, yz, xz, yz, zz], dim=-1).unflatten(-1, (3, 3)),)

    def pullback(self, y: Tensor, slopes: tuple[Tensor, ...], grad: Tensor) -> Tensor:
        return (grad.unsqueeze(-2) @ slopes[0]).squeeze(-2)

    def residual(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        out = torch.linalg.vector_norm(x[..., :2], dim=-1) - self.big
        return (torch.hypot(out, x[..., 2]) - self.small).abs() / self.big

    def distance(self, x: Float[Tensor, "*batch m"], y: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        """The length of a path relaxed from nine starts; see ``ring_path``. Good to about four digits."""
        self.check(x, y)
        return shortest(self.angles(x), self.angles(y), self.big, self.small)

    @property
    def log_volume(self) -> float:
        return math.log(4 * math.pi**2 * self.big * self.small)

    def scalar_curvature(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        self.check(x)
        cos = (torch.linalg.vector_norm(x[..., :2], dim=-1) - self.big) / self.small
        return 2 * cos / (self.small * (self.big + self.small * cos))

    def uniform(
        self, n: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ) -> Float[Tensor, "{n} m"]:
        """By inversion: the angle b has distribution function (b + (r / R) sin b) / (2 pi), Kepler's equation."""
        a, mean = (2 * math.pi * torch.rand(2, n, generator=generator, dtype=torch.float64)).unbind()
        ratio, b = self.small / self.big, mean.clone()
        for _ in range(60 if ratio > 0.9 else 12):  # Newton
            b = b - (b + ratio * b.sin() - mean) / (1 + ratio * b.cos())
        return self.at(torch.stack([a, b], dim=-1)).to(dtype)

    def at(self, angles: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 3"]:
        """The point with these angles (a, b), in radians."""
        a, b = angles.unbind(-1)
        rho = self.big + self.small * b.cos()
        return torch.stack([rho * a.cos(), rho * a.sin(), self.small * b.sin()], dim=-1)

    def angles(self, x: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 2"]:
        """The angles (a, b) of a point, between -pi and pi."""
        out = torch.linalg.vector_norm(x[..., :2], dim=-1) - self.big
        return torch.stack([torch.atan2(x[..., 1], x[..., 0]), torch.atan2(x[..., 2], out)], dim=-1)
