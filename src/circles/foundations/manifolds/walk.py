"""Projection and random walk as single steps of the gradient: a walk is one node, however many steps it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


class Projection(Function):
    """y = P(x); the manifold brings the nearest point and the adjoint of its derivative."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, manifold: Any) -> Tensor:
        y, kept = manifold.nearest(x)
        ctx.manifold = manifold
        ctx.save_for_backward(y, *kept)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        y, *kept = ctx.saved_tensors
        return ctx.manifold.pullback(y, ctx.manifold.slopes(y, tuple(kept)), grad), None


class Walk(Function):
    """z_k = P(z_(k-1) + scale eps_k), k = 1 ... steps, from z_0 = mu."""

    @staticmethod
    def forward(ctx: Any, mu: Tensor, scale: Tensor, noise: Tensor, manifold: Any) -> Tensor:
        moves = noise * scale
        path = _walked(mu, moves, manifold.step)
        # Asked once a walk, not at each step: a step that went astray leaves NaN to all that follow, or its own end.
        if not bool(manifold.contains(path[0][-1]).all()):
            path = _walked(mu, moves, manifold.nearest)
        ctx.manifold, ctx.scale_shape = manifold, scale.shape
        ctx.save_for_backward(noise, *map(torch.stack, path))
        return path[0][-1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        noise, y, *kept = ctx.saved_tensors
        by_step = zip(noise, y, *ctx.manifold.slopes(y, tuple(kept)), strict=True)
        by_scale = None
        for eps, point, *slopes in reversed(list(by_step)):
            grad = ctx.manifold.pullback(point, tuple(slopes), grad)
            step = grad * eps
            by_scale = step if by_scale is None else by_scale + step
        return grad, by_scale.sum_to_size(ctx.scale_shape), None, None


def _walked(z: Tensor, moves: Tensor, project: Callable) -> list[tuple[Tensor, ...]]:
    """The points after each step; beside them, each in a tuple of its own, what ``project`` kept."""
    steps = []
    for move in moves:
        z, kept = project(z + move)
        steps.append((z, *kept))
    return list(zip(*steps, strict=True))
