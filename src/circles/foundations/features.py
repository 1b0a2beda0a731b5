"""Random Fourier features: a kernel's own frequencies, sampled instead of all used.

By Bochner's theorem a continuous kernel k(x, y) = k(x - y) with k(0) = 1 is positive definite exactly when it is the
mean of cos(omega . (x - y)) over frequencies omega of some distribution p. So a few frequencies drawn from p give a map
z into R^D whose inner products z(x) . z(y) are that mean, estimated (Rahimi and Recht 2007).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Real
from torch import Tensor

from circles.foundations.errors import ConfigError, ShapeError

Variant = Literal["paired", "cosine"]


@dataclass(frozen=True)
class Gaussian:
    """k(x, y) = exp(-|x - y|^2 / (2 scale^2)); its frequencies are normal with variance 1 / scale^2."""

    scale: float = 1.0

    def __post_init__(self) -> None:
        _positive("scale", self.scale)

    def exact(self, x: Real[Tensor, "n d"], y: Real[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        # cdist's other way, through products, loses half the digits of small distances; it takes it beyond 25 rows
        apart = torch.cdist(_floating(x), _floating(y), compute_mode="donot_use_mm_for_euclid_dist")
        return torch.exp(-apart.square() / (2 * self.scale**2))

    def frequencies(self, d: int, count: int, *, generator: torch.Generator) -> Float[Tensor, "count d"]:
        return torch.randn(count, d, generator=generator, dtype=torch.float64) / self.scale

    def spread(self, d: int) -> float:
        """sigma_p, the root of the mean of |omega|^2."""
        return math.sqrt(d) / self.scale


@dataclass(frozen=True)
class Laplace:
    """k(x, y) = exp(-|x - y|_1 / scale); each coordinate of its frequencies is Cauchy with width 1 / scale."""

    scale: float = 1.0

    def __post_init__(self) -> None:
        _positive("scale", self.scale)

    def exact(self, x: Real[Tensor, "n d"], y: Real[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        return torch.exp(-torch.cdist(_floating(x), _floating(y), p=1) / self.scale)

    def frequencies(self, d: int, count: int, *, generator: torch.Generator) -> Float[Tensor, "count d"]:
        uniform = torch.rand(count, d, generator=generator, dtype=torch.float64)
        return torch.tan(math.pi * (uniform - 0.5)) / self.scale

    def spread(self, d: int) -> float:
        """Infinite: a Cauchy variable has no second moment, because k has a corner at 0."""
        return math.inf


Kernel = Gaussian | Laplace


@dataclass(frozen=True, eq=False)
class Features:
    """The map z for these frequencies: paired when ``phases`` is None, else cosine. ``sample`` draws one.

    - paired, D = 2 m: z(x) = sqrt(1 / m) (cos(omega_i . x), sin(omega_i . x)); |z(x)| = 1 for every x, and
      z(x) . z(y) is a function of x - y;
    - cosine, D = m: z(x) = sqrt(2 / m) cos(omega_i . x + b_i), b uniform on [0, 2 pi); |z(x)| <= sqrt(2), and 1 in
      the mean.
    """

    omega: Float[Tensor, "m d"]
    phases: Float[Tensor, " m"] | None = None

    @property
    def D(self) -> int:
        return len(self.omega) * (2 if self.phases is None else 1)

    @property
    def norm(self) -> float:
        """The largest that |z(x)| can be."""
        return 1.0 if self.phases is None else math.sqrt(2)

    def __call__(self, x: Real[Tensor, "n d"]) -> Float[Tensor, "n D"]:
        """z of each row, in float64 for whole numbers.

        Raises ShapeError for rows of another width, ConfigError for NaN or infinity.
        """
        if x.shape[1] != self.omega.shape[1]:
            raise ShapeError(
                f"x has {x.shape[1]} columns, expected {self.omega.shape[1]}, one a coordinate of a frequency"
            )
        if not bool(x.isfinite().all()):
            raise ConfigError(
                f"x holds {int((~x.isfinite()).sum())} entries that are NaN or infinite, expected finite numbers"
            )
        x = _floating(x)
        angle = x @ self.omega.T.to(x)
        if self.phases is None:
            return torch.cat([angle.cos(), angle.sin()], 1) / math.sqrt(len(self.omega))
        return (angle + self.phases.to(x)).cos() * math.sqrt(2 / len(self.omega))


def sample(kernel: Kernel, d: int, D: int, *, variant: Variant = "paired", generator: torch.Generator) -> Features:
    """The map z into R^D with frequencies drawn from the kernel's distribution on R^d.

    z(x) . z(y) has the mean k(x, y) and the variance of ``variance``. Raises ConfigError when D is not a positive
    number, even for paired features. Source: Rahimi and Recht 2007, as Samareh and Parizi 2018 use it.
    """
    if d < 1 or D < 1 or (variant == "paired" and D % 2):
        raise ConfigError(
            f"d = {d}, D = {D}, expected d from 1 and D a positive{' even' * (variant == 'paired')} number"
        )
    omega = kernel.frequencies(d, D // 2 if variant == "paired" else D, generator=generator)
    if variant == "paired":
        return Features(omega)
    return Features(omega, 2 * math.pi * torch.rand(D, generator=generator, dtype=torch.float64))


def variance(k: Float[Tensor, "*s"], k2: Float[Tensor, "*s"], D: int, variant: Variant) -> Float[Tensor, "*s"]:
    """The variance of z(x) . z(y), where k is the kernel at x - y and k2 the kernel at 2 (x - y).

    paired: (1 + k2 - 2 k^2) / D, cosine: (1 + k2 / 2 - k^2) / D. Why: the variance of cos(u) is
    (1 + E cos 2u) / 2 - (E cos u)^2, with u = omega . (x - y), averaged over D / 2 frequencies; and the cosine variant
    averages D terms cos(u) + cos(v), where v is uniform on the circle and adds 1 / 2 with no mean.
    """
    return (1 + k2 - 2 * k**2) / D if variant == "paired" else (1 + k2 / 2 - k**2) / D


def failure(error: float, D: int, d: int, spread: float, diameter: float) -> float:
    """Rahimi and Recht's bound on the probability that paired features err by ``error`` or more anywhere in a set.

    P[sup |z(x) . z(y) - k(x, y)| >= e] <= 2^8 (sigma_p diam / e)^2 exp(-m e^2 / (4 (d + 2))), with m = D / 2
    frequencies: in their statement the features are counted in pairs. It wants sigma_p finite (the Laplace kernel
    has no such bound) and an error that is a function of x - y (the cosine variant's is not). Their claim 1.
    """
    return 2**8 * (spread * diameter / error) ** 2 * math.exp(-D * error**2 / (8 * (d + 2)))


def uniform_error(D: int, d: int, spread: float, diameter: float, *, probability: float = 0.05) -> float:
    """The error e at which ``failure`` is this probability: with one minus it, no pair errs by more. By bisection.

    An error over 2 says nothing, since both sides lie in [-1, 1]. Infinite where the spread is.
    """
    if not math.isfinite(spread):
        return math.inf
    low, high = 1e-6, 1e6
    for _ in range(200):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if failure(middle, D, d, spread, diameter) > probability else (low, middle)
    return high


def _floating(x: Tensor) -> Tensor:
    """Whole numbers in float64: in their own type the frequencies would be cut to whole numbers too."""
    return x if x.is_floating_point() else x.double()


def _positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ConfigError(f"{name} is {value}, expected a positive number")
