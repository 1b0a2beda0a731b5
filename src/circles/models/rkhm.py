"""Ridge regression in a reproducing kernel Hilbert C*-module: min_f sum_i |f(x_i) - y_i|^2 + lambda |f|^2 in A.

By the representer theorem f(x) = sum_j k(x, x_j) c_j with (G + lambda 1) c = y, G_ij = k(x_i, x_j). Three ways to
solve it: one n x n problem a frequency when the kernel's values are circulants; through explicit features
when it has them, a problem of their number's side; and dense, of side np, which is the oracle. Conjugate gradients
stand beside them for operators that are only known by what they do to a vector.

The coefficients may be any matrices. When kernel and targets are circulants the best ones are circulants too
(``circulant.project`` leaves the objective's value or lowers it), so only first columns are kept: [n, p].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Num
from torch import Tensor

from circles.foundations import circulant
from circles.foundations.errors import ConfigError, KernelError, ShapeError
from circles.models.rkhm_kernels import CirculantKernel, Kernel, _refuse, gram_positive

SOLVERS = ("auto", "frequencies", "features", "dense")


@dataclass(frozen=True)
class Fit:
    """A fitted function f(x) = sum_j k(x, x_j) c_j; ``coefficients`` are the matrices' columns, [n, p, q]."""

    kernel: Kernel
    x: Num[Tensor, "n p"]
    coefficients: Num[Tensor, "n p q"]

    def __call__(self, x: Num[Tensor, "m p"]) -> Num[Tensor, "m p q"]:
        """f at new points, as columns."""
        if isinstance(self.kernel, CirculantKernel):
            c = torch.fft.fft(self.coefficients, dim=1)
            values = torch.einsum("pmn,npq->mpq", self.kernel.spectra(x, self.x), c)
            found = torch.fft.ifft(values, dim=1)
            return found if x.is_complex() or self.coefficients.is_complex() else found.real
        return torch.einsum("mnpr,nrq->mpq", self.kernel.values(x, self.x), self.coefficients)

    def norms(self) -> Float[Tensor, " q"]:
        """|f| of each column: the square root of sum_ij c_i* k(x_i, x_j) c_j, the diagonal of the module's |f|^2."""
        inner = torch.einsum("npq,npq->q", self.coefficients.conj(), self(self.x))
        return inner.real.clamp(min=0).sqrt()


def ridge(
    kernel: Kernel, x: Num[Tensor, "n p"], y: Num[Tensor, "rows size q"], penalty: float, *, solver: str = "auto"
) -> Fit:
    """The ridge regression with these targets, p-vectors in q columns (a whole element of A has q = p).

    Columns are solved side by side and do not know of each other: in M_p, too, a module's ridge regression is one
    of vectors a column. Raises ShapeError when sizes disagree, KernelError for NaN or a Gram matrix that is not
    positive (with its eigenvalue), ConfigError for a penalty that is not positive or an unknown solver.
    """
    _refuse_data(x, y, penalty)
    if solver not in SOLVERS:
        raise ConfigError(f"solver is {solver!r}, expected one of {', '.join(SOLVERS)}")
    diagonal = isinstance(kernel, CirculantKernel)
    if solver == "frequencies" and not diagonal:
        raise KernelError(f"{type(kernel).__name__} has values outside the circulants, expected solver 'dense'")
    if solver == "features" and not hasattr(kernel, "features"):
        raise KernelError(f"{type(kernel).__name__} has no finite list of features, expected another solver")
    if solver == "frequencies" or (solver == "auto" and diagonal):
        return Fit(kernel, x, _by_frequency(kernel, x, y, penalty))
    if solver == "features" or (solver == "auto" and hasattr(kernel, "features")):
        return Fit(kernel, x, by_features(kernel.features(x), y, penalty))
    return Fit(kernel, x, _dense(kernel, x, y, penalty))


def by_features(phi: Num[Tensor, "n p f"], y: Num[Tensor, "n p q"], penalty: float) -> Num[Tensor, "n p q"]:
    """Coefficients through the f features: c = (y - phi (phi* phi + lambda)^-1 phi* y) / lambda."""
    flat, target = phi.flatten(0, 1), y.flatten(0, 1).to(phi.dtype)
    small = flat.mH @ flat + penalty * torch.eye(flat.shape[1], dtype=phi.dtype, device=phi.device)
    weights = torch.cholesky_solve(flat.mH @ target, torch.linalg.cholesky(small))
    return ((target - flat @ weights) / penalty).reshape(y.shape)


def conjugate_gradients(
    apply: Callable[[Tensor], Tensor],
    y: Num[Tensor, "*shape"],
    penalty: float,
    *,
    tolerance: float = 1e-10,
    most: int = 1000,
) -> tuple[Num[Tensor, "*shape"], int]:
    """The solution of (G + lambda) c = y, G given by its action, and the steps taken.

    Stops when the residual is below ``tolerance`` times |y|. Raises KernelError after ``most`` steps.
    """
    c, r = torch.zeros_like(y), y.clone()
    d, square = r.clone(), r.abs().square().sum()
    goal, step = tolerance**2 * square, 0
    while square > goal:
        if step == most:
            raise KernelError(
                f"conjugate gradients took {most} steps, residual {float((square / goal).sqrt()):.3g} times the goal"
            )
        image = apply(d) + penalty * d
        size = square / (d.conj() * image).sum().real
        c, r = c + size * d, r - size * image
        square, before = r.abs().square().sum(), square
        d = r + square / before * d
        step += 1
    return c, step


def path(
    kernel: Kernel,
    x: Float[Tensor, "n p"],
    y: Float[Tensor, "n p q"],
    new: Float[Tensor, "m p"],
    penalties: Sequence[float],
) -> Float[Tensor, "penalties m p q"]:
    """Predictions at new points for every penalty, from one factorisation: what a grid search needs."""
    _refuse_data(x, y, min(penalties))
    lam = torch.tensor(penalties, dtype=x.dtype, device=x.device)
    if hasattr(kernel, "features"):
        phi, far = kernel.features(x).flatten(0, 1), kernel.features(new).flatten(0, 1)
        U, s, Vh = torch.linalg.svd(phi, full_matrices=False)
        shrink = s / (s.square() + lam.unsqueeze(-1))
        found = (far @ Vh.mT) @ (shrink.unsqueeze(-1) * (U.mT @ y.flatten(0, 1)))
        return found.reshape(len(lam), len(new), *y.shape[1:])
    if not isinstance(kernel, CirculantKernel):
        raise KernelError(f"{type(kernel).__name__} has neither spectra nor features, expected one of them")
    w, U = torch.linalg.eigh(kernel.spectra(x, x))
    rotated = U.mH @ torch.fft.fft(y, dim=1).transpose(0, 1)
    far = kernel.spectra(new, x) @ U
    shrunk = rotated / (w.clamp(min=0) + lam.reshape(-1, 1, 1)).unsqueeze(-1)
    return torch.fft.ifft(far @ shrunk, dim=1).real.transpose(1, 2)


def _by_frequency(kernel: CirculantKernel, x: Tensor, y: Tensor, penalty: float) -> Tensor:
    G = kernel.spectra(x, x)
    shrink = penalty * torch.eye(len(x), dtype=G.dtype, device=G.device)
    G = (G + G.mH) / 2 + shrink
    factor, info = torch.linalg.cholesky_ex(G)
    if info.any():
        gram_positive(G - shrink)
    c = torch.cholesky_solve(torch.fft.fft(y, dim=1).transpose(0, 1).to(G.dtype), factor).transpose(0, 1)
    found = torch.fft.ifft(c, dim=1)
    return found if x.is_complex() or y.is_complex() else found.real


def _dense(kernel: Kernel, x: Tensor, y: Tensor, penalty: float) -> Tensor:
    n, p = x.shape
    G = kernel.values(x, x).transpose(1, 2).reshape(n * p, n * p)
    gram_positive((G + G.mH) / 2)
    shrink = penalty * torch.eye(n * p, dtype=G.dtype, device=G.device)
    c = torch.linalg.solve(G + shrink, y.flatten(0, 1).to(G.dtype))
    return c.reshape(y.shape)


def _refuse_data(x: Tensor, y: Tensor, penalty: float) -> None:
    if x.ndim != 2 or y.ndim != 3 or len(x) != len(y) or x.shape[1] != y.shape[1] or not len(x):
        shapes = f"x is {tuple(x.shape)} and y {tuple(y.shape)}"
        raise ShapeError(f"{shapes}, expected [n, p] and [n, p, q] with the same n >= 1 and p")
    if not penalty > 0:
        raise ConfigError(f"penalty is {penalty!r}, expected a positive number")
    _refuse(x)
    _refuse(y)


def columns(y: Float[Tensor, "n p"], *, whole: bool) -> Float[Tensor, "n p q"]:
    """Targets for ``ridge``: the first column of each circulant, or all of them."""
    return circulant.dense(y) if whole else y.unsqueeze(-1)


def read(values: Float[Tensor, "... p q"]) -> Float[Tensor, "... p"]:
    """A vector from a prediction: the mean along the shifts of a whole element, or its single column."""
    return circulant.project(values) if values.shape[-1] > 1 else values[..., 0]
