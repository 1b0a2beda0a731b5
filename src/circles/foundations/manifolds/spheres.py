"""Spheres, spheres with antipodes made one, and flat tori: every projection is a division by a norm."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ManifoldError
from circles.foundations.manifolds.base import Manifold
from circles.foundations.manifolds.directions import unit, unit_pullback


class Sphere(Manifold):
    """S^d, the unit vectors of R^(d+1). Sc = d (d - 1); vol = 2 pi^((d+1)/2) / Gamma((d+1)/2)."""

    label = "sphere"

    def __init__(self, dim: int) -> None:
        if dim < 1:
            raise ManifoldError(f"the dimension of a {self.label} is {dim}, expected at least 1")
        self.dim, self.ambient, self.name = dim, dim + 1, f"{self.label}{dim}"

    def nearest(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        y, norm = unit(x)
        return y, (norm,)

    def step(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        return x / norm, (norm,)

    def pullback(self, y: Tensor, slopes: tuple[Tensor, ...], grad: Tensor) -> Tensor:
        return unit_pullback(y, *slopes, grad)

    def residual(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        return (torch.linalg.vector_norm(x, dim=-1) - 1).abs()

    def distance(self, x: Float[Tensor, "*batch m"], y: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        """The angle 2 atan2(|x - y|, |x + y|): exact to rounding at 0 and at pi, where arccos loses half its digits."""
        self.check(x, y)
        return angle(x, y)

    @property
    def log_volume(self) -> float:
        half = (self.dim + 1) / 2
        return math.log(2) + half * math.log(math.pi) - math.lgamma(half)

    def scalar_curvature(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        self.check(x)
        return x.new_full(x.shape[:-1], float(self.dim * (self.dim - 1)))

    def uniform(
        self, n: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ) -> Float[Tensor, "{n} m"]:
        return unit(torch.randn(n, self.ambient, generator=generator, dtype=dtype))[0]


class Projective(Sphere):
    """RP^d, the unit vectors of R^(d+1) with z and -z the same point: half the sphere's volume, the same curvature.

    A point is given by either of its two vectors; functions on RP^d must not tell them apart.
    """

    label = "projective"

    def distance(self, x: Float[Tensor, "*batch m"], y: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        """The angle to the nearer of y and -y, at most pi / 2."""
        self.check(x, y)
        near, far = torch.linalg.vector_norm(x - y, dim=-1), torch.linalg.vector_norm(x + y, dim=-1)
        return 2 * torch.atan2(torch.minimum(near, far), torch.maximum(near, far))

    @property
    def log_volume(self) -> float:
        return super().log_volume - math.log(2)


class FlatTorus(Manifold):
    """T^d, d unit circles side by side in R^(2d); for d = 2 the Clifford torus in R^4. Flat; vol = (2 pi)^d."""

    def __init__(self, dim: int = 2) -> None:
        if dim < 1:
            raise ManifoldError(f"the dimension of a flat torus is {dim}, expected at least 1")
        self.dim, self.ambient, self.name = dim, 2 * dim, f"flat_torus{dim}"

    def nearest(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        y, norm = unit(self._circles(x))
        return y.flatten(-2), (norm,)

    def step(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        pairs = self._circles(x)
        norm = torch.linalg.vector_norm(pairs, dim=-1, keepdim=True)
        return (pairs / norm).flatten(-2), (norm,)

    def pullback(self, y: Tensor, slopes: tuple[Tensor, ...], grad: Tensor) -> Tensor:
        return unit_pullback(self._circles(y), *slopes, self._circles(grad)).flatten(-2)

    def residual(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        return (torch.linalg.vector_norm(self._circles(x), dim=-1) - 1).abs().amax(-1)

    def distance(self, x: Float[Tensor, "*batch m"], y: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        """The root of the sum of squares of the circles' angles."""
        self.check(x, y)
        return torch.linalg.vector_norm(angle(self._circles(x), self._circles(y)), dim=-1)

    @property
    def log_volume(self) -> float:
        return self.dim * math.log(2 * math.pi)

    def scalar_curvature(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        self.check(x)
        return x.new_zeros(x.shape[:-1])

    def uniform(
        self, n: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ) -> Float[Tensor, "{n} m"]:
        return self.at(2 * math.pi * torch.rand(n, self.dim, generator=generator, dtype=dtype))

    def at(self, angles: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch m"]:
        """The point with these angles, in radians: (cos a_1, sin a_1, cos a_2, ...)."""
        return torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(-2)

    def angles(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch d"]:
        """The angles of a point, between -pi and pi."""
        pairs = self._circles(x)
        return torch.atan2(pairs[..., 1], pairs[..., 0])

    def _circles(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.dim, 2))


def angle(x: Float[Tensor, "*batch m"], y: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
    """The angle between unit vectors, 0 to pi, exact to rounding at both ends; its gradient is 0 there."""
    return 2 * torch.atan2(torch.linalg.vector_norm(x - y, dim=-1), torch.linalg.vector_norm(x + y, dim=-1))
