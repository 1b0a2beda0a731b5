"""Projection and random walk as single steps of the gradient: a walk is one node, however many steps it has."""

from __future__ import annotations

from typing import Any

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
        return ctx.manifold.pullback(y, tuple(kept), grad), None


class Walk(Function):
    """z_k = P(z_(k-1) + scale eps_k), k = 1 ... steps, from z_0 = mu."""

    @staticmethod
    def forward(ctx: Any, mu: Tensor, scale: Tensor, noise: Tensor, manifold: Any) -> Tensor:
        z, saved = mu, []
        for moved in noise * scale:
            z, kept = manifold.nearest(z + moved)
            saved += [z, *kept]
        ctx.manifold, ctx.width, ctx.scale_shape = manifold, len(kept), scale.shape
        ctx.save_for_backward(noise, *saved)
        return z

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        noise, *saved = ctx.saved_tensors
        width, by_scale = ctx.width + 1, None
        for k in reversed(range(len(noise))):
            y, *kept = saved[k * width : (k + 1) * width]
            grad = ctx.manifold.pullback(y, tuple(kept), grad)
            step = grad * noise[k]
            by_scale = step if by_scale is None else by_scale + step
        return grad, by_scale.sum_to_size(ctx.scale_shape), None, None
