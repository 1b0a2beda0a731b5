"""Losses of a linear classifier as functions of the margin m = y <w, z(x)>, with the constants that stability asks for.

As a function of w the loss l(y <w, z>) has the gradient l'(m) y z. With |z| <= B it is therefore
L-Lipschitz with L = B sup |l'|, and beta-smooth with beta = B^2 sup l''.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ConfigError


@dataclass(frozen=True)
class Hinge:
    """l(m) = max(0, 1 - m), the loss of the support vector machine; l' jumps at m = 1, so no beta is large enough.

    At the corner itself ``slope`` is 0, one of the subgradients.
    """

    steepest = 1.0
    curvature = math.inf

    def value(self, m: Float[Tensor, "*s"]) -> Float[Tensor, "*s"]:
        return (1 - m).clamp(min=0)

    def slope(self, m: Float[Tensor, "*s"]) -> Float[Tensor, "*s"]:
        return -(m < 1).to(m)


@dataclass(frozen=True)
class SmoothedHinge:
    """The hinge with its corner replaced by a parabola of width gamma.

    l(m) = 0 for m >= 1, (1 - m)^2 / (2 gamma) for 1 - gamma <= m <= 1, and 1 - m - gamma / 2 below. It lies under
    the hinge by gamma / 2 at most; sup l'' = 1 / gamma.
    """

    gamma: float = 0.5
    steepest = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.gamma) and self.gamma > 0):
            raise ConfigError(f"gamma is {self.gamma}, expected a positive number; the hinge itself is Hinge()")

    @property
    def curvature(self) -> float:
        return 1 / self.gamma

    def value(self, m: Float[Tensor, "*s"]) -> Float[Tensor, "*s"]:
        inside = (1 - m).clamp(0, self.gamma)
        return inside**2 / (2 * self.gamma) + (1 - m - self.gamma).clamp(min=0)

    def slope(self, m: Float[Tensor, "*s"]) -> Float[Tensor, "*s"]:
        return (m - 1).div_(self.gamma).clamp_(-1, 0)


@dataclass(frozen=True)
class Logistic:
    """l(m) = log(1 + exp(-m)), in nats; sup l'' = 1 / 4, at m = 0."""

    steepest = 1.0
    curvature = 0.25

    def value(self, m: Float[Tensor, "*s"]) -> Float[Tensor, "*s"]:
        return torch.nn.functional.softplus(-m)

    def slope(self, m: Float[Tensor, "*s"]) -> Float[Tensor, "*s"]:
        return -torch.sigmoid(-m)


MarginLoss = Hinge | SmoothedHinge | Logistic  # convex and falling; ``steepest`` is sup |l'|, ``curvature`` is sup l''

LOSSES: dict[str, MarginLoss] = {"hinge": Hinge(), "smoothed hinge": SmoothedHinge(), "logistic": Logistic()}


def lipschitz(loss: MarginLoss, norm: float, *, decay: float = 0.0) -> float:
    """L of w -> l(y <w, z>) + decay |w|^2 / 2 for |z| <= norm, on the ball that no run from 0 can leave.

    Without decay L = B sup |l'|. With it a step of size alpha <= 1 / decay multiplies w by 1 - alpha decay and adds
    at most alpha B sup |l'|: so |w| <= B sup |l'| / decay always, and L = 2 B sup |l'|. No projection is needed.
    """
    return norm * loss.steepest * (2.0 if decay else 1.0)


def smoothness(loss: MarginLoss, norm: float, *, decay: float = 0.0) -> float:
    """beta of the same function: B^2 sup l'' + decay; infinite for the hinge."""
    return norm**2 * loss.curvature + decay
