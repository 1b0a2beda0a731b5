"""Positive definite kernels with values in a C*-algebra: circulants, or matrices of the same side.

k is positive definite when sum_ij c_i* k(x_i, x_j) c_j >= 0 in A for all c_i in A. A kernel whose values are
circulants is a scalar kernel a frequency: ``spectra`` gives these. Any kernel gives its ``values`` as matrices.
Inputs are first columns of circulants, [n, p]. Source: Hashimoto et al. 2023, the section on kernels; where a
formula is ours the docstring says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Complex, Num
from torch import Tensor

from circles.foundations import circulant
from circles.foundations.errors import KernelError, ShapeError


@runtime_checkable
class Kernel(Protocol):
    """Any kernel: k(x_i, y_j) for all pairs, as matrices."""

    def values(self, x: Num[Tensor, "n p"], y: Num[Tensor, "m p"]) -> Num[Tensor, "n m p p"]: ...


class CirculantKernel:
    """A kernel whose values are circulants: k^_f(x, y) is a scalar kernel for each frequency f."""

    def spectra(self, x: Num[Tensor, "n p"], y: Num[Tensor, "m size"]) -> Complex[Tensor, "p n m"]:
        """The eigenvalues of k(x_i, y_j), frequency first."""
        raise NotImplementedError

    def values(self, x: Num[Tensor, "n p"], y: Num[Tensor, "m p"]) -> Num[Tensor, "n m p p"]:
        """k(x_i, y_j) as matrices: real ones where inputs are real."""
        real = not (x.is_complex() or y.is_complex())
        return circulant.dense(circulant.from_spectrum(self.spectra(x, y).permute(1, 2, 0), real=real))


@dataclass(frozen=True)
class Polynomial(CirculantKernel):
    """The commutative polynomial kernel k(x, y) = (b 1 + c x y*)^q: every Fourier component alone.

    With b = 0 and q = 1 it is the linear kernel. Raises KernelError when b or c is negative.
    """

    c: float = 1.0
    q: int = 3
    b: float = 1.0

    def spectra(self, x: Num[Tensor, "n p"], y: Num[Tensor, "m size"]) -> Complex[Tensor, "p n m"]:
        _refuse_negative(self, "b", "c")
        return (self.b + self.c * _outer(*_pair(x, y))) ** self.q


@dataclass(frozen=True)
class Gaussian(CirculantKernel):
    """The commutative Gaussian kernel k(x, y) = exp(-c (x - y)*(x - y)), exp the functional calculus."""

    c: float = 1.0

    def spectra(self, x: Num[Tensor, "n p"], y: Num[Tensor, "m size"]) -> Complex[Tensor, "p n m"]:
        _refuse_negative(self, "c")
        u, v = _pair(x, y)
        distance = (u.mT.unsqueeze(-1) - v.mT.unsqueeze(-2)).abs().square()
        return torch.exp(-self.c * distance) + 0j


@dataclass(frozen=True)
class Modulated(CirculantKernel):
    """A kernel with parameters outside the circulants: k(x, y) = sum_s v_s M_s base(x, y) M_s*  (ours).

    M_s = diag(exp(2 pi i s j / p)) turns frequency f into f + s, so k^_f = sum_s v_s base^_(f - s): the values are
    circulants again, while M_s is none. ``weights`` are w_0, w_1, ...: v_0 = w_0 and v_s = v_(-s) = w_s / 2, so
    that real data keep real values. (1,) is the base kernel; all v equal give the separable kernel v (sum_f base^_f) 1.
    Circulants and the M_s together generate all matrices. Raises KernelError when a weight is negative.
    """

    base: CirculantKernel
    weights: tuple[float, ...]

    def spectra(self, x: Num[Tensor, "n p"], y: Num[Tensor, "m size"]) -> Complex[Tensor, "p n m"]:
        if min(self.weights, default=-1.0) < 0:
            raise KernelError(f"weights are {self.weights}, expected at least one and none negative")
        alone = self.base.spectra(x, y)
        mixed = self.weights[0] * alone
        for s, w in enumerate(self.weights[1:], 1):
            mixed = mixed + w / 2 * (alone.roll(s, 0) + alone.roll(-s, 0))
        return mixed


@dataclass(frozen=True)
class Products:
    """The polynomial kernel with parameters in all matrices: k(x, y) = sum_i F_i(x) F_i(y)*.

    F_i(x) = a_i1 x a_i2 x ... x a_im with m - 1 factors x: ``parameters[i]`` are the m matrices of term i, so that
    one matrix alone is a constant term. When all are circulants, so is k, and each component is alone again.
    Source: the paper's polynomial kernel, written with the features on the left as its demonstration script does.
    """

    parameters: tuple[Tensor, ...]  # each [factors, p, p]

    def features(self, x: Num[Tensor, "n p"]) -> Num[Tensor, "n p features"]:
        """[F_1(x), F_2(x), ...] side by side, p columns a term."""
        _refuse(x)
        X = circulant.dense(x)
        terms = []
        for factors in self.parameters:
            if factors.shape[-1] != x.shape[-1]:
                raise ShapeError(f"a parameter has the side {factors.shape[-1]}, expected p = {x.shape[-1]}")
            term = factors[0].expand_as(X)
            for a in factors[1:]:
                term = term @ X @ a
            terms.append(term)
        return torch.cat(terms, -1)

    def values(self, x: Num[Tensor, "n p"], y: Num[Tensor, "m p"]) -> Num[Tensor, "n m p p"]:
        """k(x_i, y_j) = F(x_i) F(y_j)*."""
        return torch.einsum("npf,mqf->nmpq", self.features(x), self.features(y).conj())


def _pair(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    _refuse(x)
    _refuse(y)
    if x.shape[-1] != y.shape[-1]:
        raise ShapeError(f"x has p = {x.shape[-1]} and y {y.shape[-1]}, expected circulants of one size")
    return circulant.spectrum(x), circulant.spectrum(y)


def _outer(u: Tensor, v: Tensor) -> Tensor:
    return u.mT.unsqueeze(-1) * v.mT.conj().unsqueeze(-2)


def _refuse(x: Tensor) -> None:
    bad = int((~torch.isfinite(torch.view_as_real(x) if x.is_complex() else x)).sum())
    if bad:
        raise KernelError(f"the data hold {bad} entries that are NaN or infinite, expected finite numbers")


def _refuse_negative(kernel: object, *names: str) -> None:
    for name in names:
        if (value := getattr(kernel, name)) < 0:
            raise KernelError(
                f"{type(kernel).__name__}: {name} is {value:g}, expected at least 0: not positive definite"
            )


def gram_positive(values: Num[Tensor, "*shape"]) -> None:
    """Raise KernelError, naming the offending eigenvalue, unless these Hermitian Gram matrices are positive."""
    lowest = torch.linalg.eigvalsh(values).amin()
    top = values.abs().amax()
    if lowest < -1e-8 * max(float(top) * values.shape[-1], 1e-300):
        raise KernelError(f"the kernel is not positive definite here: eigenvalue {float(lowest):.3g}, expected >= 0")
