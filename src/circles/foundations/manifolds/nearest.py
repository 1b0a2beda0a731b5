"""The rotation and the orthogonal matrix nearest to a matrix, with a gradient that needs no singular value apart.

With X = H Q, Q orthogonal and H symmetric, a change dX of X changes Q by W Q, where the skew matrix W solves
W H + H W = dX Q^T - Q dX^T. In terms of axial vectors this is the 3 x 3 system (tr(H) 1 - H) w = a, whose matrix
has the eigenvalues s_i + s_j. The gradient of the singular vectors has 1 / (s_i - s_j) instead and is undefined where
two singular values agree, which on the manifold itself is everywhere.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def nearest_rotation(x: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 3 3"]:
    """U diag(1, 1, det(U V^T)) V^T of X = U S V^T: the rotation nearest to X.

    The released code of Perez Rey et al. 2020 takes det(U V^T) U V^T instead, which is the same for det X > 0; for
    det X < 0 it is not the nearest rotation, and it jumps where det X = 0.
    """
    if (near := _polished(x)) is not None and bool((_det(near) > 0).all()):
        return near
    u, _, vt = torch.linalg.svd(x)
    q = u @ vt
    return q - torch.where(_det(q) < 0, 2.0, 0.0).to(q)[..., None, None] * u[..., 2:] * vt[..., 2:, :]


def nearest_orthogonal(x: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 3 3"]:
    """U V^T of X = U S V^T: the orthogonal matrix nearest to X."""
    if (near := _polished(x)) is not None:
        return near
    u, _, vt = torch.linalg.svd(x)
    return u @ vt


def nearest_pullback(q: Tensor, x: Tensor, grad: Tensor) -> Tensor:
    """The gradient in X of a function whose gradient in Q, the matrix nearest to X, is ``grad``."""
    h = x @ q.mT
    trace = h.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None]
    torque = torch.linalg.cross(q, grad, dim=-2).sum(-1, keepdim=True)  # the axial vector of grad Q^T - Q grad^T
    w = _solve(trace * torch.eye(3).to(h) - (h + h.mT) / 2, torque)
    return torch.linalg.cross(w.expand_as(q), q, dim=-2)


def _polished(x: Tensor) -> Tensor | None:
    """For X close to orthogonal, U V^T without a decomposition: X <- X (3 - X^T X) / 2 squares the error at each turn.

    None when some X is not close. A step of the walk is, so the walk needs no decomposition.
    """
    if not x.numel():
        return x
    y, one = x.reshape(-1, 3, 3), torch.eye(3, dtype=x.dtype, device=x.device)
    off = one - y.mT @ y
    worst = float(off.abs().amax())
    if not worst < 0.3:  # else eigenvalues of X^T X lie between 0.1 and 1.9, where the turns converge
        return None
    worst *= 3  # the largest entry bounds the largest eigenvalue so
    while worst > 0:
        y = torch.baddbmm(y, y, off, alpha=0.5)
        worst = worst**2 if worst**2 > torch.finfo(x.dtype).eps / 4 else 0.0
        off = torch.baddbmm(one, y.mT, y, alpha=-1) if worst else off
    return y.view_as(x)


def _det(x: Tensor) -> Tensor:
    rows = x.unbind(-2)
    return (torch.linalg.cross(rows[0], rows[1]) * rows[2]).sum(-1)


def _solve(m: Tensor, b: Tensor) -> Tensor:
    """m^-1 b by cofactors, for symmetric m; 0 where m is singular, since there no nearest point is the only one."""
    cofactors = torch.linalg.cross(m.roll(-1, -2), m.roll(-2, -2))
    det = (m[..., :1, :] * cofactors[..., :1, :]).sum(-1, keepdim=True)
    scale = m.abs().amax((-1, -2), keepdim=True) ** 3
    regular = det.abs() > 8 * torch.finfo(m.dtype).eps * scale
    return cofactors @ b / torch.where(regular, det, torch.inf)
