"""Heat on the torus of revolution in R^3, where it has no closed form: solved by Fourier modes along and around.

In the angles a (along) and b (around) heat is a sum of cos(m a) K_m(b, b_0), and K_m solves an equation in b alone:
du/dt = (1/2) ((rho u')' / (r^2 rho) - m^2 u / rho^2) with rho = R + r cos b. On n points, with trigonometric
interpolation, v = sqrt(rho) u makes its right side a symmetric matrix; its exponential is exact in t.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.manifolds import RingTorus
from circles.foundations.manifolds.base import positive


def kl_uniform_ring(
    torus: RingTorus, t: Float[Tensor, " times"], places: int = 4
) -> tuple[Float[Tensor, " places"], Float[Tensor, "times places"]]:
    """KL(q_t || uniform) in nats from ``places`` starts around half of the tube, outermost first; and their angles b.

    Modes are kept until they have decayed below 1e-13 at the least t, and points around to resolve as many.
    Raises ManifoldError for t <= 0.
    """
    times = positive(t, like=torch.zeros((), dtype=torch.float64))
    reach = math.sqrt(60 / float(times.min()))  # exp(-reach^2 t / 2) is 1e-13
    modes, n = int(reach * (torus.big + torus.small)) + 1, 2 * int(reach * torus.small) + 9
    n += 1 - n % 2
    b = 2 * math.pi * torch.arange(n, dtype=torch.float64) / n
    rho = torus.big + torus.small * b.cos()
    starts = torch.linspace(0, n // 2, places).round().long()
    values, vectors = _modes(torus, rho, modes)
    found = [_kl(torus, rho, values, vectors, float(s), starts) for s in times]
    return b[starts], torch.stack(found)


def _modes(torus: RingTorus, rho: Tensor, modes: int) -> tuple[Tensor, Tensor]:
    n = len(rho)
    gap = torch.arange(n, dtype=torch.float64).unsqueeze(1) - torch.arange(n, dtype=torch.float64)
    sine = torch.where(gap == 0, math.inf, (math.pi * gap / n).sin())
    slope = (math.pi * gap).cos() / (2 * sine)  # d/db of the interpolation, at an odd number of points
    around = slope.mT @ (rho.unsqueeze(1) * slope) / torus.small**2 / (rho.sqrt().unsqueeze(1) * rho.sqrt())
    m = torch.arange(modes + 1, dtype=torch.float64)[:, None]
    return torch.linalg.eigh((around + around.mT) / 2 + torch.diag_embed((m / rho) ** 2))


def _kl(torus: RingTorus, rho: Tensor, values: Tensor, vectors: Tensor, t: float, starts: Tensor) -> Tensor:
    n, modes = len(rho), len(values) - 1
    cooled = (vectors * (-values * t / 2).exp().unsqueeze(1)) @ vectors[:, starts].mT
    kernel = cooled / (rho.sqrt().unsqueeze(1) * rho[starts].sqrt()) * n / (2 * math.pi * torus.small)
    a = math.pi * (torch.arange(2 * modes + 1, dtype=torch.float64) + 0.5) / (2 * modes + 1)  # half, by symmetry
    waves = (torch.arange(modes + 1, dtype=torch.float64).unsqueeze(1) * a).cos() * 2
    waves[0] = 1
    p = torch.einsum("mbs,ma->sba", kernel, waves) / (2 * math.pi)
    cell = rho * torus.small * (2 * math.pi / n) * (2 * math.pi / len(a))
    relative = (p * math.exp(torus.log_volume)).clamp_min(1e-300)
    return torch.einsum("sba,b->s", p * relative.log(), cell)
