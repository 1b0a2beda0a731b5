"""The paper's filter of a hidden vector: the nearest vector whose logits lack some Fourier components.

F(h) = argmin over x of ||x - h||_2 with (B F W_U x)_Gamma = 0. The constraint is linear and the distance Euclidean, so
F(h) = h - A^+ A h, the projection on the null space of A, the rows Gamma of F W_U: what is taken away lies in the span
of A's rows. Source: Zhou et al. 2024, the definition of the filter.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import paper_waves
from circles.foundations import fourier
from circles.foundations.errors import ShapeError


def constraint(W_U: Float[Tensor, "d p"], gamma: Iterable[int]) -> Float[Tensor, "rows d"]:
    """A, with A x the Fourier coefficients of the p numbers' logits W_U x at the components ``gamma``; float64."""
    p = W_U.shape[1]
    return paper_waves.basis(p)[paper_waves.rows_of(p, gamma)].to(W_U.device) @ W_U.double().mT


def projection(W_U: Float[Tensor, "d p"], gamma: Iterable[int]) -> Float[Tensor, "d d"]:
    """The symmetric matrix I - A^+ A of the filter that removes the components ``gamma`` from the logits; float64.

    W_U holds the columns of the p number tokens. Raises ShapeError when only x = 0 fulfils the constraint, which
    happens once ``gamma`` has as many rows as W_U has dimensions: then the filter would remove everything.
    """
    A = constraint(W_U, gamma)
    d = W_U.shape[0]
    _, s, V = torch.linalg.svd(A, full_matrices=False)
    rank = int((s > s.max() * max(A.shape) * torch.finfo(s.dtype).eps).sum()) if s.numel() else 0
    if rank == d:
        raise ShapeError(f"the filter's {A.shape[0]} rows leave nothing of {d} dimensions, expected a rank below {d}")
    return torch.eye(d, dtype=A.dtype, device=A.device) - V[:rank].mT @ V[:rank]


def project(h: Float[Tensor, "*batch d"], W_U: Float[Tensor, "d p"], gamma: Iterable[int]) -> Float[Tensor, "*batch d"]:
    """F(h): the point nearest h whose number logits have no components ``gamma``; in the dtype of h.

    ``gamma`` is a list of components k, such as ``paper_waves.low(p)`` for a filter that removes low frequencies.
    For many calls with the same ``W_U`` take ``h @ projection(W_U, gamma)``.
    """
    return (h.double() @ projection(W_U, gamma)).to(h.dtype)


def keep(logits: Float[Tensor, "*batch n"], components: Iterable[int]) -> Float[Tensor, "*batch n"]:
    """The part of the logits of the numbers 0 ... n-1 that lies in these components of the exact DFT of Z_n.

    This filters logits, not hidden vectors: it can keep one component where ``project`` would have to remove more rows
    than there are dimensions. Raises ShapeError for a component outside 0 ... n//2.
    """
    n = logits.shape[-1]
    wanted = sorted(set(components))
    if wrong := [k for k in wanted if not 0 <= k <= n // 2]:
        raise ShapeError(f"component {wrong[0]} of the logits of {n} numbers, expected 0 to {n // 2}")
    kept = torch.isin(fourier.frequencies(n), torch.tensor(wanted, dtype=torch.long)).to(logits)
    return fourier.inverse(fourier.transform(logits) * kept)
