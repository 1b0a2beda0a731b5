"""The rotation and the orthogonal matrix nearest to a matrix, with a gradient that needs no singular value apart.

With X = Q H, Q orthogonal and H symmetric, a change dX of X changes Q by Q W, where the skew matrix W solves
W H + H W = Q^T dX - dX^T Q. In terms of axial vectors this is the 3 x 3 system (tr(H) 1 - H) w = a, whose matrix
has the eigenvalues s_i + s_j. The gradient of the singular vectors has 1 / (s_i - s_j) instead and is undefined where
two singular values agree, which on the manifold itself is everywhere.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable


def nearest_rotation(x: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 3 3"]:
    """U diag(1, 1, det(U V^T)) V^T of X = U S V^T: the rotation nearest to X.

    The released code of Perez Rey et al. 2020 takes det(U V^T) U V^T instead, which is the same for det X > 0; for
    det X < 0 it is not the nearest rotation, and it jumps where det X = 0.
    """
    return _Nearest.apply(x, True)


def nearest_orthogonal(x: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 3 3"]:
    """U V^T of X = U S V^T: the orthogonal matrix nearest to X."""
    return _Nearest.apply(x, False)


class _Nearest(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, proper: bool) -> Tensor:
        u, _, vt = torch.linalg.svd(x)
        if proper:  # columns of U are ours to change: U is not used again
            u[..., 2] *= torch.linalg.det(u @ vt).sign().unsqueeze(-1)
        q = u @ vt
        ctx.save_for_backward(x, q)
        return q

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        x, q = ctx.saved_tensors
        h = q.mT @ x
        inner = q.mT @ grad
        system = torch.diag_embed(h.diagonal(dim1=-2, dim2=-1).sum(-1, keepdim=True).expand(*h.shape[:-1])) - h
        w = _solve((system + system.mT) / 2, _axial(inner - inner.mT))
        return q @ _skew(w), None


def _axial(w: Tensor) -> Tensor:
    """The vector of a skew matrix: W v = axial(W) x v."""
    return torch.stack([w[..., 2, 1], w[..., 0, 2], w[..., 1, 0]], dim=-1)


def _skew(v: Tensor) -> Tensor:
    zero = torch.zeros_like(v[..., 0])
    x, y, z = v.unbind(-1)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))


def _solve(m: Tensor, b: Tensor) -> Tensor:
    """m^-1 b by cofactors, for symmetric m; 0 where m is singular, since there no nearest point is the only one."""
    a0, a1, a2 = m.unbind(-2)
    c0, c1, c2 = torch.linalg.cross(a1, a2), torch.linalg.cross(a2, a0), torch.linalg.cross(a0, a1)
    det = (a0 * c0).sum(-1, keepdim=True)
    scale = m.abs().amax((-1, -2)).unsqueeze(-1) ** 3
    regular = det.abs() > 8 * torch.finfo(m.dtype).eps * scale
    w = c0 * b[..., :1] + c1 * b[..., 1:2] + c2 * b[..., 2:]
    return torch.where(regular, w / torch.where(regular, det, torch.ones_like(det)), torch.zeros_like(w))
