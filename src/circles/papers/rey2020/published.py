"""The KL terms as the authors' released code has them, and what each should have been.

Source: the classes of the latent spaces in the released code of Perez Rey et al. 2020. Both versions of the
coefficient of t stand there, the first one in comments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import heat, manifolds
from circles.foundations.errors import ConfigError
from circles.foundations.heat.ring import kl_uniform_ring


@dataclass(frozen=True)
class PublishedKL:
    """loss = log(volume) - (d/2) log t - d/2 + c curvature t, and -(d/2) log(2 pi) where ``has_two_pi``."""

    volume: float
    curvature: float
    has_two_pi: bool = True

    def __call__(self, t: Float[Tensor, " times"], d: int, c: float = 0.25) -> Float[Tensor, " times"]:
        two_pi = d / 2 * math.log(2 * math.pi) if self.has_two_pi else 0.0
        return math.log(self.volume) - two_pi - d / 2 * (t.log() + 1) + c * self.curvature * t


PUBLISHED = {
    "sphere1": PublishedKL(2 * math.pi, 0),
    "sphere2": PublishedKL(4 * math.pi, 2),
    "sphere3": PublishedKL(2 * math.pi**2, 6),
    "projective2": PublishedKL(2 * math.pi, 2),
    "projective3": PublishedKL(math.pi**2, 6),
    "flat_torus": PublishedKL(4 * math.pi**2, 0, has_two_pi=False),
    "torus": PublishedKL(4 * math.pi * 2 * 3.0 * 0.6, 2 / (0.6 * 3.6), has_two_pi=False),  # at its outermost points
    "so3": PublishedKL(math.sqrt(2) ** 3 * math.pi**2, 3),
    "o3": PublishedKL(math.sqrt(2) ** 3 * 2 * math.pi**2, 3),
}


def published(name: str, t: Float[Tensor, " times"], c: float = 0.25) -> Float[Tensor, " times"]:
    """The released code's KL in nats. Raises ConfigError for a manifold it does not have."""
    if name not in PUBLISHED:
        raise ConfigError(f"the released code has no KL on {name!r}, expected one of {', '.join(PUBLISHED)}")
    return PUBLISHED[name](t, manifolds.by_name(name).dim, c)


def exact(name: str, t: Float[Tensor, " times"]) -> Float[Tensor, " times"]:
    """The KL from the exact kernel in nats; on the torus in R^3 from its outermost points, solved on a grid."""
    z = manifolds.by_name(name)
    if isinstance(z, manifolds.RingTorus):
        return kl_uniform_ring(z, t, places=1)[1][:, 0]
    return heat.kl_uniform(z, t)


def excess(name: str, log_t: float = -5.0, c: float = 0.25) -> float:
    """How many nats too much the released code reports at the largest time in use."""
    t = torch.tensor([math.exp(log_t)], dtype=torch.float64)
    return float((published(name, t, c) - exact(name, t))[0])
