"""The exact law of the random walk z <- P(z + s eps) on S^d, RP^d, SO(3) and the flat torus: nothing is sampled.

A step treats all directions alike, so n steps multiply the means a_l of one step: the walk has a_l^n where heat has
exp(-l (l + d - 1) t / 2). The angle of one step has a density in closed form.

On S^d the normal vector e + s eps of R^(d+1) has at the angle r from e, and at any length, the mass
exp(-sin^2 r / (2 s^2)) M_d with M_k = E[max(cos r + s x, 0)^k], x standard normal;
M_k = cos r M_(k-1) + (k-1) s^2 M_(k-2).

On SO(3) the nearest rotation to 1 + s E is Q when 1 + s E = Q H with H symmetric; the volume of (Q, H) is
det(tr(H) 1 - H). Given Q with angle w, H is normal around the symmetric part of Q, diag(c, c, 1) with c = cos w,
and the mean of the determinant is 2 c (1 + c)^2 + s^2 (2 c + 1). So the angle has the density
exp(-sin^2 w / s^2) (2 c (1 + c)^2 + s^2 (2 c + 1)) (1 - c), up to a chance of order exp(-1 / s^2) that H is not
positive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ManifoldError
from circles.foundations.heat import zonal
from circles.foundations.heat.radial import Radial, quadrature, radial
from circles.foundations.manifolds import FlatTorus, Manifold, Rotations


@dataclass(frozen=True)
class WalkLaw:
    """The law of a walk of n steps for the time t, beside heat's at the same time.

    ``means``: a_l^n; ``heat_means``: exp(-l (l + d - 1) t / 2) (t in units of the scale squared).
    """

    space: Radial
    circles: int
    t: float
    means: Float[Tensor, " degrees"]
    heat_means: Float[Tensor, " degrees"]

    def densities(self, r: Float[Tensor, "*batch"]) -> tuple[Tensor, Tensor]:
        """The walk's and heat's densities at distance r (on one circle of a torus), over the uniform density."""
        return tuple(
            self.space.fold(lambda angle, m=m: zonal.synthesise(m, angle, self.space.d), r)
            for m in (self.means, self.heat_means)
        )

    @property
    def total_variation(self) -> float:
        """(1/2) int |walk - heat|: the largest difference in the chance of any event."""
        r, weights = quadrature(self.space, math.sqrt(self.t))
        walk, heat = self.densities(r)
        mass = weights * self.space.area(r) / math.exp(self.space.log_volume)
        if self.circles == 1:
            return float((mass * (walk - heat).abs()).sum()) / 2
        joint = [torch.outer(p, p) for p in (walk * mass, heat * mass)]
        return float((joint[0] - joint[1]).abs().sum()) / 2

    @property
    def time_ratio(self) -> float:
        """The time of the heat whose first mean is the walk's, over t: 1 for a perfect walk."""
        first = 2 if self.space.folded else 1
        return float(self.means[first].log() / self.heat_means[first].log())

    @property
    def kl(self) -> float:
        """KL(walk || uniform) in nats."""
        r, weights = quadrature(self.space, math.sqrt(self.t))
        walk = self.densities(r)[0].clamp_min(1e-300)
        mass = weights * self.space.area(r) / math.exp(self.space.log_volume)
        return self.circles * float((mass * walk * walk.log()).sum())


def walk_law(manifold: Manifold, t: float, steps: int = 10) -> WalkLaw:
    """The law of ``manifold.walk(mu, t, steps)``; on a flat torus of two circles, that of each of them.

    Raises ManifoldError for t <= 0, steps < 1, a torus of more than two circles, and manifolds without a closed form.
    """
    if not t > 0 or steps < 1:
        raise ManifoldError(f"the walk has t = {t:g} and {steps} steps, expected t > 0 and at least 1 step")
    torus = isinstance(manifold, FlatTorus)
    if torus and manifold.dim > 2:
        raise ManifoldError(f"the flat torus has {manifold.dim} circles, expected at most 2")
    space = Radial(1) if torus else radial(manifold)
    step = math.sqrt(t / steps)
    angle, mass = _rotation_step(step) if isinstance(manifold, Rotations) else _sphere_step(step, space.d)
    time = t / space.scale**2
    means = _means(angle, mass, space.d, steps, 3 * zonal.degrees(space.d, time) + 20)  # one step's fall slowly
    degree = torch.arange(len(means), dtype=torch.float64)
    heat = (-degree * (degree + space.d - 1) * time / 2).exp()
    return WalkLaw(space, manifold.dim if torus else 1, t, means, heat)


def _means(angle: Tensor, mass: Tensor, d: int, steps: int, most: int) -> Tensor:
    """a_l^steps for l = 0, 1, ..., until a term of the series is below rounding, or to the given degree."""
    found: list[float] = []
    for degree, g in zip(range(most + 1), zonal.polynomials(angle.cos(), d), strict=False):
        found.append(float((mass * g).sum()) ** steps)
        if degree > 4 and zonal.harmonics(degree, d) * abs(found[-1]) < 1e-14:
            break
    return torch.tensor(found, dtype=torch.float64)


def _sphere_step(s: float, d: int) -> tuple[Tensor, Tensor]:
    r, weights = quadrature(Radial(d), s, nodes=800)
    c = r.cos()
    gauss = (-((c / s) ** 2) / 2).exp() / math.sqrt(2 * math.pi)
    before, now = torch.special.ndtr(c / s), c * torch.special.ndtr(c / s) + s * gauss
    for k in range(2, d + 1):
        before, now = now, c * now + (k - 1) * s**2 * before
    mass = weights * r.sin() ** (d - 1) * (-((r.sin() / s) ** 2) / 2).exp() * now
    return r, mass / mass.sum()


def _rotation_step(s: float) -> tuple[Tensor, Tensor]:
    """The angles of one step as angles of quaternions, half the rotation's."""
    if s > 0.35:
        raise ManifoldError(f"a step on SO(3) has size {s:.3g}, expected at most 0.35 for the closed form to hold")
    r, weights = quadrature(Radial(1), s, nodes=800)
    w = r.clamp_max(math.pi / 2)
    c = w.cos()
    mass = (-((w.sin() / s) ** 2)).exp() * (2 * c * (1 + c) ** 2 + s**2 * (2 * c + 1)) * (1 - c)
    mass = torch.where(r < math.pi / 2, mass * weights, 0.0)
    return w / 2, mass / mass.sum()
