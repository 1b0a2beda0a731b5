"""Heat on S^d at small times, as far as the antipode, where the shortest paths of all directions meet."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from scipy import special
from torch import Tensor


def log_short_time(r: Float[Tensor, "*batch"], t: Float[Tensor, "*batch"], d: int) -> Float[Tensor, "*batch"]:
    """log of heat's density per volume on S^d at the angle r, 0 to pi, and a small time t.

    -(d/2) log(2 pi t) - r^2 / (2t) + ((d-1)/2) log(r / sin r) + log b(z) + t u(r) + log(1 - s(r, z)), with
    z = pi (pi - r) / t and

    b = sqrt(2 pi z) e^(-z) I_(d/2-1)(z)
    u = (d-1)^2 / 8 + (d-1)(3-d)/8 [(1 - r cot r) / r^2 - 1 / (pi (pi - r))]
    s = (d-1) t / (2 pi max(r, pi - r)) [(d-1)/2 - z + z I_(d/2)(z) / I_(d/2-1)(z)].

    Why: near the antipode the paths of all directions count. One that leaves at the angle a from the nearest is longer
    by about (pi - r)(1 - cos a); the mean over a makes b, which keeps (r / sin r)^((d-1)/2) finite. Away from there
    log b = -(d-1)(d-3) / (8z) + ..., which the pole of u's bracket undoes. s says that the path around the back is
    weighed by its own length 2 pi - r. For d = 1 and 3 the whole is the sum of the two nearest images.

    Its terms of order 1 and t are heat's: for large z by the expansion along one path, near the antipode because heat
    is smooth in (pi - r)^2 there. For r^2 > 40 t the error of the log is rounding for d = 1 and 3, and at most
    0.0015 t^2 for d = 2, 0.007 t^2 for d = 4, 0.04 t^2 for d = 5, 0.3 t^2 for d = 7: measured against the series in as
    many digits as it needs, for t from 0.005 to 0.24 and r to pi.
    """
    r = r.clamp_max(math.pi)  # float32's pi is larger
    back = math.pi - r
    nearer, farther = torch.minimum(r, back), torch.maximum(r, back)
    z = math.pi * back / t
    spread = farther / torch.sinc(nearer.clamp_min(1e-6) / math.pi)  # r (pi - r) / sin r, the same from both ends
    safe = nearer.clamp_min(1e-3)  # nearer to 0, 1 - x cot x has too few digits, and 1/3 + x^2/45 is flat
    bend = (1 - safe / safe.tan()) / safe**2
    bracket = torch.where(
        r < back, bend - 1 / (math.pi * farther), (1 / farther + 1 / math.pi - nearer * bend) / farther
    )
    u = (d - 1) ** 2 / 8 + (d - 1) * (3 - d) / 8 * bracket
    mean = Mean.apply(z, d)
    late = (d - 1) / 2 - z + z**2 / d * Mean.apply(z, d + 2) / mean
    s = (d - 1) * t / (2 * math.pi * farther) * late
    # b = constant z^((d-1)/2) mean; the power of z joins that of r / sin r
    constant = (3 - d) / 2 * math.log(2) + math.log(math.pi) / 2 - math.lgamma(d / 2)
    flat = -d / 2 * (2 * math.pi * t).log() - r**2 / (2 * t) + (d - 1) / 2 * (math.pi * spread / t).log()
    return flat + constant + mean.log() + t * u + torch.log1p(-s.clamp_max(0.9))  # s is far below 0.9 at small times


class Mean(torch.autograd.Function):
    """m_d(z), the mean of exp(-z (1 - cos a)) over S^(d-1), a the angle from a fixed direction; for z >= 0.

    m_d(z) = Gamma(d/2) (2/z)^(d/2-1) e^(-z) I_(d/2-1)(z), 1 at z = 0; m_d' = (z/d) m_(d+2) - m_d, so that it has all
    derivatives. Computed by scipy in float64.
    """

    @staticmethod
    def forward(ctx, z: Tensor, d: int) -> Tensor:
        ctx.save_for_backward(z)
        ctx.d = d
        x, order = z.detach().cpu().double().numpy(), d / 2 - 1
        # 0F1 overflows for large z, z^(1-d/2) for small; above 1e8, where ive ends, m_d is a power of z
        low, high = np.minimum(x, 50.0), np.clip(x, 50.0, 1e8)
        small = special.hyp0f1(order + 1, low**2 / 4) * np.exp(-low)
        large = special.ive(order, high) * np.exp(special.gammaln(order + 1) + order * np.log(2 / high))
        large = large * (high / np.maximum(x, 50.0)) ** ((d - 1) / 2)
        return torch.from_numpy(np.asarray(np.where(x < 50, small, large))).to(z)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        (z,), d = ctx.saved_tensors, ctx.d
        return grad * (z / d * Mean.apply(z, d + 2) - Mean.apply(z, d)), None
