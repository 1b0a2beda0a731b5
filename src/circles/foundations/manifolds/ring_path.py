"""Shortest paths on the torus of revolution: no closed form, so paths are relaxed from several starts."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

PIECES = 64
SWEEPS = 150


def shortest(
    x: Float[Tensor, "*batch 2"], y: Float[Tensor, "*batch 2"], big: float, small: float
) -> Float[Tensor, "*batch"]:
    """The least length of a path between the points with angles x and y, to about a thousandth of itself.

    A path of angles (a, b) has the energy E = int r^2 b'^2 + rho^2 a'^2, rho = R + r cos b, and the square of its
    length is the least E. For a given b the best a' is c / rho^2 (Clairaut), which leaves
    E = int r^2 b'^2 + (a_1 - a_0)^2 / int rho^-2. It is lowered over b by steps that treat its first term
    exactly, from nine starts: b straight, or bent over the top or the bottom, with winding -1, 0 or 1.
    The gradient holds the relaxed path fixed, which is exact where E is stationary.
    """
    like = {"dtype": torch.float64, "device": x.device}
    gap = (y - x).double()
    along = wrap(gap[..., 0]).unsqueeze(-1)
    start, across = x[..., 1:].double(), gap[..., 1:] + 2 * math.pi * torch.tensor([-1.0, 0, 1] * 3, **like)
    s = torch.arange(1, PIECES, **like) / PIECES
    with torch.no_grad():
        bend = torch.tensor([-2.5, 0, 2.5], **like).repeat_interleave(3)
        inner = (start + across).unsqueeze(-1) * s + start.unsqueeze(-1) * (1 - s)
        inner = inner + bend.unsqueeze(-1) * (math.pi * s).sin()
        inner = _relax(inner, start, across, along, big, small)
    energy = _energy(inner, start, across, along, big, small).amin(-1)
    moved = energy > 0
    return torch.where(moved, torch.where(moved, energy, 1.0).sqrt(), 0.0).to(x.dtype)


def wrap(angle: Tensor) -> Tensor:
    """The same angle between -pi and pi."""
    return torch.remainder(angle + math.pi, 2 * math.pi) - math.pi


def _energy(inner: Tensor, start: Tensor, across: Tensor, along: Tensor, big: float, small: float) -> Tensor:
    first, last = start.expand_as(across).unsqueeze(-1), (start + across).unsqueeze(-1)
    b = torch.cat([first, inner, last], dim=-1)
    middle = (b[..., 1:] + b[..., :-1]) / 2
    inverse = (big + small * middle.cos()).pow(-2).mean(-1)
    return small**2 * PIECES * b.diff(dim=-1).square().sum(-1) + along.square() / inverse


def _relax(inner: Tensor, start: Tensor, across: Tensor, along: Tensor, big: float, small: float) -> Tensor:
    like = {"dtype": along.dtype, "device": along.device}
    unit, beside = torch.eye(PIECES - 1, **like), torch.ones(PIECES - 2, **like)
    laplace = 2 * unit - torch.diag(beside, 1) - torch.diag(beside, -1)
    most = float(along.detach().square().max()) if along.numel() else 0.0
    stiff = 2 * most * small * (big + small) / PIECES  # bounds the second term's curvature
    step = torch.linalg.inv(2 * small**2 * PIECES * laplace + stiff * unit)
    for _ in range(SWEEPS):
        with torch.enable_grad():
            free = inner.clone().requires_grad_()
            (slope,) = torch.autograd.grad(_energy(free, start, across, along, big, small).sum(), free)
        inner = inner - slope @ step
    return inner
