"""The C*-algebra of circulant matrices, kept as first columns and multiplied through the FFT.

An element x is the matrix X with entries X[i, j] = x[i - j], indices modulo the period p; with two axes, i and j
are pairs and the algebra is that of periodic images. X is diagonal in the Fourier basis: X = F* diag(x^) F, where
x^ is the discrete Fourier transform of x. So sums, products, adjoints and functions of X are those of the numbers
x^_k: each X -> x^_k is a character of the algebra (Gelfand). Source: Hashimoto et al. 2023, the examples' algebra.

The last ``axes`` axes of a tensor are the element, all before them a batch.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Complex, Float, Num
from torch import Tensor

from circles.foundations.errors import ShapeError

TOLERANCE = 1e-9  # of the largest eigenvalue: below it a negative or imaginary part is rounding


def spectrum(x: Num[Tensor, "*element"], axes: int = 1) -> Complex[Tensor, "*element"]:
    """The eigenvalues x^_k = sum_j x_j exp(-2 pi i jk/p), in the order of the FFT.

    Raises ShapeError unless ``axes`` is 1 or 2 and x has as many axes, none of them empty.
    """
    return torch.fft.fftn(x, dim=_last(x, axes))


def from_spectrum(values: Num[Tensor, "*element"], axes: int = 1, *, real: bool = False) -> Num[Tensor, "*element"]:
    """The element with these eigenvalues; undoes ``spectrum``. ``real`` drops the imaginary part."""
    x = torch.fft.ifftn(values, dim=_last(values, axes))
    return x.real if real else x


def identity(*sizes: int, dtype: torch.dtype = torch.float64) -> Num[Tensor, "*element"]:
    """The unit 1 of the algebra: all its eigenvalues are one."""
    one = torch.zeros(sizes, dtype=dtype)
    one[(0,) * len(sizes)] = 1
    return one


def product(x: Num[Tensor, "*left"], y: Num[Tensor, "*right"], axes: int = 1) -> Num[Tensor, "*element"]:
    """xy, the cyclic convolution (xy)_i = sum_j x_j y_(i-j); batches broadcast.

    Raises ShapeError when the two elements have different sizes.
    """
    if x.shape[-axes:] != y.shape[-axes:]:
        sizes = [tuple(z.shape[-axes:]) for z in (x, y)]
        raise ShapeError(f"x has the size {sizes[0]} and y {sizes[1]}, expected two elements of one algebra")
    real = not (x.is_complex() or y.is_complex())
    return from_spectrum(spectrum(x, axes) * spectrum(y, axes), axes, real=real)


def adjoint(x: Num[Tensor, "*element"], axes: int = 1) -> Num[Tensor, "*element"]:
    """x*, the conjugate transpose: (x*)_i = conj(x_(-i)); its eigenvalues are the conjugates."""
    dims = _last(x, axes)
    return x.conj().flip(dims).roll((1,) * axes, dims).resolve_conj()


def norm(x: Num[Tensor, "*element"], axes: int = 1) -> Float[Tensor, "*batch"]:
    """||x|| = max_k |x^_k|, the operator norm of the matrix: a normal matrix is as large as its spectrum."""
    return spectrum(x, axes).abs().amax(_last(x, axes))


def is_positive(x: Num[Tensor, "*element"], axes: int = 1) -> Bool[Tensor, "*batch"]:
    """Whether x >= 0: no eigenvalue has a negative real or an imaginary part beyond rounding."""
    values, dims = spectrum(x, axes), _last(x, axes)
    slack = _tolerance(values) * values.abs().amax(dims, keepdim=True)
    return ((values.real >= -slack) & (values.imag.abs() <= slack)).flatten(-axes).all(-1)


def apply(
    f: Callable[[Tensor], Tensor], x: Num[Tensor, "*element"], axes: int = 1, *, real: bool = False
) -> Num[Tensor, "*element"]:
    """f(x) by the functional calculus: the element with eigenvalues f(x^_k).

    ``real`` drops the imaginary part, for an f with f(conj z) = conj f(z) and a real x.
    """
    return from_spectrum(f(spectrum(x, axes)), axes, real=real)


def absolute(x: Num[Tensor, "*element"], axes: int = 1) -> Num[Tensor, "*element"]:
    """|x| = (x* x)^(1/2), with eigenvalues |x^_k|."""
    return apply(lambda values: values.abs() + 0j, x, axes, real=not x.is_complex())


def dense(x: Num[Tensor, "*element"], axes: int = 1) -> Num[Tensor, "*matrices"]:
    """The matrix X itself, side p (for two axes the product of both periods, pairs in row-major order)."""
    sizes = [x.shape[d] for d in _last(x, axes)]
    index = _differences(sizes[0], x.device)
    if axes == 2:
        other = _differences(sizes[1], x.device)
        index = (index[:, None, :, None] * sizes[1] + other[None, :, None, :]).reshape(x.shape[-1] * x.shape[-2], -1)
    return x.flatten(-axes)[..., index]


def project(matrix: Num[Tensor, "*batch p p"], *sizes: int) -> Num[Tensor, "*element"]:
    """The circulant nearest to a matrix, entry by entry the mean along its shifts (a conditional expectation).

    x_i = (1/p) sum_j M[i + j, j]. It keeps positivity, and E(XMY) = X E(M) Y for circulants X and Y.
    ``sizes`` are the periods, one or two; without them one period, the side. Raises ShapeError when they disagree.
    """
    p = matrix.shape[-1]
    sizes = sizes or (p,)
    if matrix.shape[-2] != p or torch.Size(sizes).numel() != p:
        raise ShapeError(f"the matrix is {tuple(matrix.shape[-2:])}, expected a square of side {sizes}")
    unit = torch.eye(p, dtype=matrix.real.dtype, device=matrix.device).reshape(p, *sizes)
    shifts = dense(unit, len(sizes))  # shifts[k] is the matrix with ones where i - j = k
    found = torch.einsum("...ij,kij->...k", matrix, shifts.to(matrix.dtype)) / p
    return found.reshape(*matrix.shape[:-2], *sizes)


def _differences(size: int, device: torch.device) -> Tensor:
    """i - j modulo the size."""
    i = torch.arange(size, device=device)
    return i.unsqueeze(1).sub(i) % size


def _last(x: Tensor, axes: int) -> tuple[int, ...]:
    if axes not in (1, 2):
        raise ShapeError(f"axes is {axes}, expected 1 or 2")
    if x.ndim < axes or 0 in x.shape[-axes:]:
        raise ShapeError(f"x has the shape {tuple(x.shape)}, expected at least {axes} axes, none empty")
    return tuple(range(-axes, 0))


def _tolerance(values: Tensor) -> float:
    return TOLERANCE if values.dtype == torch.complex128 else 1e-5
