"""Pictures indexed by a manifold: a clock hand by S^1, a periodic picture by the torus, an object by its rotations.

Every picture has values from 0 to 1 and is made by a formula, so that the index may be any number, not a pixel.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.manifolds.rotations import matrix

SIZE = 16


def clock_hand(angles: Float[Tensor, " n"], size: int = SIZE) -> Float[Tensor, "n pixels"]:
    """A blurred hand from the middle of a square of side 2 towards each angle (radians), of length 0.8."""
    tip = torch.stack([angles.cos(), angles.sin()], -1)[:, None, :]
    grid = _grid(size)
    along = (grid * tip).sum(-1).clamp(0, 0.8)
    distance = (grid - along[..., None] * tip).square().sum(-1)
    return torch.exp(-distance / (2 * 0.25**2))


def shifted(
    shifts: Float[Tensor, "n 2"],
    *,
    generator: torch.Generator,
    size: int = SIZE,
    waves: int = 1,
    fading: bool = True,
) -> Float[Tensor, "n pixels"]:
    """One random periodic picture, moved cyclically by each pair of angles (radians, 2 pi is once around).

    f(u) = sum over k of c_k cos(k . u) + s_k sin(k . u), k in {-waves..waves}^2, with c_k and s_k normal of variance
    1 / (1 + |k|^2), or 1 where the waves are not ``fading``, brought to 0..1. The generator draws the picture. Source:
    random pictures translated on a torus, 64 x 64 in the paper; the released generator has 4 waves, none fading.
    """
    k = torch.cartesian_prod(*[torch.arange(-waves, waves + 1)] * 2).float()
    c, s = torch.randn(2, len(k), generator=generator)
    if fading:
        c, s = (x / (1 + k.square().sum(-1)).sqrt() for x in (c, s))
    side = 2 * math.pi * torch.arange(size) / size
    points = torch.cartesian_prod(side, side)

    def f(moved: Tensor) -> Tensor:
        phase = (points[None] - moved[:, None]) @ k.T
        return phase.cos() @ c + phase.sin() @ s

    still = f(torch.zeros(1, 2))
    low, high = still.min(), still.max()
    return ((f(shifts) - low) / (high - low)).clamp(0, 1)


def object_turned(rotations: Float[Tensor, "n 9"], size: int = SIZE) -> Float[Tensor, "n pixels"]:
    """Three unequal balls on three axes, turned and seen from the front: nearer ones are larger and brighter."""
    balls = torch.diag(torch.tensor([0.8, 0.65, 0.5]))
    shine = torch.tensor([1.0, 0.75, 0.5])
    placed = balls @ matrix(rotations).mT
    depth = placed[..., 2, None]
    distance = (_grid(size) - placed[..., None, :2]).square().sum(-1)
    width = 0.3 * (1 + 0.5 * depth)
    light = shine[:, None] * (0.6 + 0.6 * depth) * torch.exp(-distance / (2 * width.square()))
    return light.sum(1).clamp(0, 1)


def coloured(rotations: Float[Tensor, "n 9"], size: int = 10) -> Float[Tensor, "n pixels"]:
    """Three balls on three axes, each in a colour channel of its own; nearer ones are larger and brighter.

    So no two rotations look alike.
    """
    placed = 0.65 * matrix(rotations).mT  # ball i is column i of the rotation
    depth = placed[..., 2, None]
    distance = (_grid(size) - placed[..., None, :2]).square().sum(-1)
    width = 0.35 * (1 + 0.4 * depth)
    return ((0.6 + 0.6 * depth) * torch.exp(-distance / (2 * width.square()))).flatten(1)


def _grid(size: int) -> Float[Tensor, "pixels 2"]:
    side = torch.linspace(-1, 1, size)
    return torch.cartesian_prod(side, side)
