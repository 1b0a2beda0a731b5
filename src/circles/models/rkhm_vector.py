"""Kernels of vector-valued RKHS, the baselines, and the kernel of the authors' regression script.

The separable and the non-separable kernel have circulant values too, so they share the fast path. The public
scripts hold no baseline; these three are ours, one for each name the paper uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float, Num
from torch import Tensor

from circles.foundations import circulant
from circles.foundations.errors import KernelError
from circles.models.rkhm_kernels import CirculantKernel, _pair, _refuse, _refuse_negative
from circles.models.rkhm_released import ReleasedKernel

SIGNS = ("lapack", "positive", "rotation")


@dataclass(frozen=True)
class Separable(CirculantKernel):
    """k(x, y) = kappa(x, y) T: a scalar kernel of the whole input, and a positive circulant T over the outputs.

    ``kind`` is "polynomial", kappa = (b + c <x, y>)^q, or "gaussian", kappa = exp(-c |x - y|^2). ``T`` is the first
    column, the unit when empty. Raises KernelError for another kind or a T that is not positive.
    """

    kind: str = "gaussian"
    c: float = 1.0
    q: int = 3
    b: float = 1.0
    T: tuple[float, ...] = ()

    def spectra(self, x: Num[Tensor, "n p"], y: Num[Tensor, "m size"]) -> Complex[Tensor, "p n m"]:
        if self.kind not in ("polynomial", "gaussian"):
            raise KernelError(f"kind is {self.kind!r}, expected 'polynomial' or 'gaussian'")
        _refuse_negative(self, "b", "c")
        inner = _inner(x, y)
        if self.kind == "polynomial":
            kappa = (self.b + self.c * inner) ** self.q
        else:
            ends = [z.abs().square().sum(-1) for z in (x, y)]
            kappa = torch.exp(-self.c * (ends[0].unsqueeze(1) + ends[1] - 2 * inner.real).clamp(min=0))
        return _over_outputs(self.T, x).reshape(-1, 1, 1) * kappa


@dataclass(frozen=True)
class NonSeparable(CirculantKernel):
    """k(x, y) = sum_(i=0)^q (c <x, y> T)^i: the degree i has an output matrix T^i of its own."""

    c: float = 1.0
    q: int = 3
    T: tuple[float, ...] = (1.0, 0.5)

    def spectra(self, x: Num[Tensor, "n p"], y: Num[Tensor, "m size"]) -> Complex[Tensor, "p n m"]:
        _refuse_negative(self, "c")
        step = self.c * _over_outputs(self.T, x).reshape(-1, 1, 1) * _inner(x, y)
        return sum((step**i for i in range(1, self.q + 1)), torch.ones_like(step))


@dataclass(frozen=True)
class AuthorsQR:
    """The kernel of the authors' script: k(x, y) = sum_(i=1)^q [R_x* (1 - c Q_x*)^i] [R_y* (1 - c Q_y*)^i]*.

    X = QR is a QR factorisation. It is unique only up to the signs of R's diagonal, and k depends on them:
    "lapack" takes what LAPACK's reflections give, "positive" makes the diagonal positive, "rotation" gives Q the
    determinant 1 with all of the diagonal but its last entry positive. Every feature is homogeneous:
    k(sx, ty) = s t k(x, y) for positive s and t, whatever c and q.
    """

    c: float = 1.0
    q: int = 3
    signs: str = "lapack"

    def features(self, x: Float[Tensor, "n p"]) -> Float[Tensor, "n p features"]:
        """[R* (1 - cQ*), R* (1 - cQ*)^2, ...] side by side."""
        Q, R = qr(x, self.signs)
        step = _one(x) - self.c * Q.mT
        terms, power = [], step
        for _ in range(self.q):
            terms.append(R.mT @ power)
            power = power @ step
        return torch.cat(terms, -1)

    def values(self, x: Float[Tensor, "n p"], y: Float[Tensor, "m p"]) -> Float[Tensor, "n m p p"]:
        """k(x_i, y_j) = F(x_i) F(y_j)*."""
        return torch.einsum("npf,mqf->nmpq", self.features(x), self.features(y))


def qr(x: Float[Tensor, "n p"], signs: str) -> tuple[Float[Tensor, "n p p"], Float[Tensor, "n p p"]]:
    """Q and R of the circulants, under one of SIGNS. Raises KernelError for another convention."""
    if signs not in SIGNS:
        raise KernelError(f"signs is {signs!r}, expected one of {', '.join(SIGNS)}")
    _refuse(x)
    Q, R = torch.linalg.qr(circulant.dense(x))
    if signs == "lapack":
        return Q, R
    flip = torch.where(R.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0).to(x)
    if signs == "rotation":
        flip[:, -1] *= torch.linalg.det(Q * flip.unsqueeze(-2)).sign()
    return Q * flip.unsqueeze(-2), R * flip.unsqueeze(-1)


@dataclass(frozen=True)
class WithConstant:
    """Another kernel of features plus a constant: k(x, y) + 1, which an affine function needs."""

    base: AuthorsQR | ReleasedKernel

    def features(self, x: Float[Tensor, "n p"]) -> Float[Tensor, "n p features"]:
        return torch.cat([self.base.features(x), _one(x).expand(len(x), -1, -1)], -1)

    def values(self, x: Float[Tensor, "n p"], y: Float[Tensor, "m p"]) -> Float[Tensor, "n m p p"]:
        return self.base.values(x, y) + _one(x)


Maker = Callable[[float], CirculantKernel | AuthorsQR | WithConstant]


def _one(x: Tensor) -> Tensor:
    return torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)


def _inner(x: Tensor, y: Tensor) -> Tensor:
    _pair(x, y)  # refuses what does not fit
    return x @ y.mH


def _over_outputs(T: tuple[float, ...], x: Tensor) -> Tensor:
    p = x.shape[-1]
    column = torch.zeros(p, dtype=torch.float64, device=x.device)
    column[: len(T) or 1] = torch.tensor(T or (1.0,), dtype=torch.float64, device=x.device)[:p]
    values = circulant.spectrum(column)
    if not circulant.is_positive(column):
        worst = values[(values.real - values.imag.abs()).argmin()]
        raise KernelError(f"T has the eigenvalue {complex(worst):.3g}, expected real and >= 0: not positive definite")
    return values
