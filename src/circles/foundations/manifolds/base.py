"""What every manifold can do, and the checks that all of them share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from circles.foundations.errors import ManifoldError
from circles.foundations.manifolds.walk import Projection, Walk


class Manifold(ABC):
    """A manifold Z of dimension ``dim``, a set of points of R^m with m = ``ambient``.

    Points are vectors of the last axis; all axes before it are a batch. Lengths are those of R^m.
    """

    name: str
    dim: int
    ambient: int

    def project(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch m"]:
        """P(x), the point of Z nearest to x. Where several are nearest, one of them, with a finite gradient."""
        return Projection.apply(x, self)

    def walk(
        self,
        mu: Float[Tensor, "*batch m"],
        t: Float[Tensor, "*batch"] | float,
        steps: int = 10,
        *,
        generator: torch.Generator,
    ) -> Float[Tensor, "*batch m"]:
        """A random walk from mu: z <- P(z + sqrt(t / steps) eps), eps standard normal in R^m, ``steps`` times.

        As steps grows, its law tends to that of Brownian motion on Z at time t. Differentiable in mu and t.
        Raises ManifoldError for t <= 0, for steps < 1, and for a mu that is not on Z.
        Source: Perez Rey et al. 2020; 10 steps in the released code.
        """
        if steps < 1:
            raise ManifoldError(f"the walk has {steps} steps, expected at least 1")
        self.check(mu)
        scale = (positive(t, like=mu) / steps).sqrt().unsqueeze(-1)
        noise = torch.randn(steps, *mu.shape, generator=generator, dtype=mu.dtype).to(mu.device)
        return Walk.apply(mu, scale, noise, self)

    @abstractmethod
    def nearest(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """P(x) without a gradient, and what ``slopes`` needs to know of x."""

    def step(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """``nearest`` for a walk: where several points are nearest it may return one that is not on Z, or NaN."""
        return self.nearest(x)

    def slopes(self, y: Tensor, kept: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """What ``pullback`` needs to know, from y = P(x) and what ``nearest`` kept; for all steps of a walk at once."""
        return kept

    @abstractmethod
    def pullback(self, y: Tensor, slopes: tuple[Tensor, ...], grad: Tensor) -> Tensor:
        """The gradient in x of a function whose gradient in y = P(x) is ``grad``: the adjoint of P's derivative."""

    @abstractmethod
    def residual(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        """How far x is from satisfying the equations of Z: 0 on Z, and of the order of the distance near it."""

    @abstractmethod
    def distance(self, x: Float[Tensor, "*batch m"], y: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        """The length of the shortest path in Z from x to y; infinite when there is none."""

    @property
    @abstractmethod
    def log_volume(self) -> float:
        """log vol(Z), the d-dimensional volume in R^m; infinite when Z is not closed."""

    @abstractmethod
    def scalar_curvature(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        """Sc(x), the scalar curvature: d (d - 1) on the unit sphere S^d, 0 where Z is flat."""

    @abstractmethod
    def uniform(
        self, n: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ) -> Float[Tensor, "{n} m"]:
        """n independent points, uniform with respect to volume."""

    def contains(self, x: Float[Tensor, "*batch m"], tolerance: float | None = None) -> Bool[Tensor, "*batch"]:
        """Whether each point lies on Z, up to rounding: the square root of the dtype's precision unless said."""
        if tolerance is None:
            tolerance = math.sqrt(torch.finfo(x.dtype).eps)
        return self.residual(x) <= tolerance  # False for NaN

    def check(self, *points: Float[Tensor, "*batch m"]) -> None:
        """Raise ManifoldError, one line, for the first point that is not on Z."""
        for x in points:
            if x.shape[-1] != self.ambient:
                raise ManifoldError(f"a point has {x.shape[-1]} coordinates, expected {self.ambient} for {self.name}")
            with torch.no_grad():
                inside = self.contains(x)
            if not bool(inside.all()):
                bad = x.detach()[~inside].flatten(0, -2)[0] if x.ndim > 1 else x.detach()
                shown = ", ".join(f"{value:.4g}" for value in bad.tolist())
                raise ManifoldError(f"the point ({shown}) is not on {self.name}, expected one that project() returns")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"


def positive(t: Tensor | float, *, like: Tensor) -> Tensor:
    """t as a tensor like the given one. Raises ManifoldError unless every t is positive and finite."""
    t = torch.as_tensor(t, dtype=like.dtype, device=like.device)
    found = t.detach()
    if found.numel() and not bool(found.amin() > 0):  # NaN is no positive number either
        raise ManifoldError(f"the time t is {float(found.amin()):.4g}, expected a positive number")
    if not bool(found.isfinite().all()):
        raise ManifoldError(f"the time t is {float(found.amax()):.4g}, expected a positive, finite number")
    return t
