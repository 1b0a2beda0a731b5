"""The unit vector in the direction of x, and the adjoint of its derivative."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor


def unit(x: Float[Tensor, "*batch m"]) -> tuple[Float[Tensor, "*batch m"], Float[Tensor, "*batch 1"]]:
    """x / |x| and |x|. Where x is 0 every direction is nearest: the first axis, and an infinite norm."""
    norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    tiny = math.sqrt(torch.finfo(x.dtype).tiny)  # below it the squares underflow
    if norm.numel() == 0 or bool(norm.amin() > tiny):
        return x / norm, norm
    first = torch.zeros_like(x)
    first[..., 0] = 1
    zero = norm <= tiny
    return torch.where(zero, first, x / norm), torch.where(zero, math.inf, norm)


def unit_pullback(y: Tensor, norm: Tensor, grad: Tensor) -> Tensor:
    """(1 - y y^T) grad / |x| for y = x / |x|; 0 where the norm is infinite."""
    return (grad - y * (y * grad).sum(-1, keepdim=True)) / norm
