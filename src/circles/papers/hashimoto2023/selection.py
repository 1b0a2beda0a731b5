"""Choose c and lambda by cross-validation on the authors' grid, then measure the error and the bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from circles.analysis import rkhm_bound
from circles.models import rkhm
from circles.models.rkhm_kernels import CirculantKernel
from circles.models.rkhm_vector import Maker
from circles.papers.hashimoto2023.data import Split

GRID = tuple(10.0**k for k in range(-8, 8))  # for c and for lambda, as in the script
FOLDS = 5


@dataclass(frozen=True)
class Chosen:
    """The chosen c and lambda, the errors (mean Euclidean distance) and the bound."""

    c: float
    penalty: float
    train: float
    test: float
    bound: rkhm_bound.Bound | None  # none where points can lie anywhere


def distances(predicted: Tensor, y: Tensor) -> Tensor:
    """Euclidean distance of each prediction."""
    return (predicted - y).norm(dim=-1)


def predictions(kernel, x: Tensor, y: Tensor, new: Tensor, penalties: Sequence[float], *, whole: bool) -> Tensor:
    """[penalties, m, p]: the module's predictions (``whole``: circulant targets), or one column's."""
    return rkhm.read(rkhm.path(kernel, x, rkhm.columns(y, whole=whole), new, penalties))


def choose(make: Maker, x: Tensor, y: Tensor, *, whole: bool, visited: int = FOLDS, cs: Sequence[float] = GRID):
    """(c, lambda) with the least validation error, summed over the first ``visited`` of five consecutive folds."""
    fold = torch.arange(len(x)) * FOLDS // len(x)
    errors = torch.zeros(len(cs), len(GRID), dtype=x.dtype)
    for i, c in enumerate(cs):
        for f in range(visited):
            rest, out = fold != f, fold == f
            found = predictions(make(c), x[rest], y[rest], x[out], GRID, whole=whole)
            errors[i] += distances(found, y[out]).mean(-1)
    best = int(torch.nan_to_num(errors, nan=torch.inf).argmin())
    return cs[best // len(GRID)], GRID[best % len(GRID)]


def evaluate(
    make: Maker,
    data: Split,
    *,
    whole: bool,
    domain: rkhm_bound.Domain | None = None,
    visited: int = FOLDS,
    cs: Sequence[float] = GRID,
) -> Chosen:
    """Choose, fit on all training points, measure; with a bound where ``domain`` says where points can lie.

    ``whole`` learns whole circulants and averages over their shifts; where the kernel's values are circulants the
    first column says all.
    """
    c, penalty = choose(make, data.x, data.y, whole=whole, visited=visited, cs=cs)
    kernel = make(c)
    near, far = (
        distances(predictions(kernel, data.x, data.y, z, [penalty], whole=whole)[0], t)
        for z, t in ((data.x, data.y), (data.x_test, data.y_test))
    )
    found = None
    if domain is not None:
        norm, traces = size(kernel, data.x, data.y, penalty, whole=whole)
        top = rkhm_bound.largest_trace(kernel, domain.corners)
        found = rkhm_bound.bound(norm, traces, near, far, top=top, largest_target=domain.largest_target)
    return Chosen(c, penalty, float(near.mean()), float(far.mean()), found)


def size(kernel, x: Tensor, y: Tensor, penalty: float, *, whole: bool) -> tuple[float, Tensor]:
    """|f|, the mean over columns, and tr k(x_i, x_i), both from one decomposition of the Gram matrix."""
    if isinstance(kernel, CirculantKernel):
        G = kernel.spectra(x, x)
        w, U = torch.linalg.eigh(G)
        rotated = (U.mH @ torch.fft.fft(y, dim=1).mT.unsqueeze(-1).to(U.dtype))[..., 0].abs().square() / y.shape[1]
        w = w.clamp(min=0)
        square = (w / (w + penalty).square() * rotated).sum()
        return float(square.sqrt()), rkhm_bound.traces(G.real)
    phi = kernel.features(x)
    U, s, _ = torch.linalg.svd(phi.flatten(0, 1), full_matrices=False)
    rotated = (U.mT @ rkhm.columns(y, whole=whole).flatten(0, 1)).square()
    squares = ((s / (s.square() + penalty)).square().unsqueeze(-1) * rotated).sum(0)
    return float(squares.sqrt().mean()), phi.square().sum((1, 2))
