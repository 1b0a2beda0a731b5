"""The theorems the chapter leans on, measured: each number is a worst relative deviation.

Below ROUNDING it is reported as just that: what lies there differs from machine to machine.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from circles.foundations import circulant
from circles.foundations.streams import streams
from circles.ledger.rules import Below
from circles.models import rkhm, rkhm_layers
from circles.models.rkhm_kernels import Gaussian, Kernel, Modulated, Polynomial, Products
from circles.models.rkhm_vector import AuthorsQR, NonSeparable, Separable

ROUNDING = 1e-10


def noise(*shape: int, name: str = "x") -> Tensor:
    return torch.randn(*shape, generator=streams(0, name)[name], dtype=torch.float64)


def _kernels(p: int) -> list[Kernel]:
    return [
        Polynomial(q=1, b=0.0), Polynomial(), Gaussian(), Modulated(Gaussian(), (1.0, 0.5)), Separable(),
        NonSeparable(T=(1.0,)), AuthorsQR(0.5), AuthorsQR(0.5, signs="positive"), Products((noise(3, p, p, name="a"),)),
    ]  # fmt: skip


def _worst(x: Tensor, y: Tensor) -> float:
    return _seen(float((x - y).abs().max() / (1 + y.abs().max())))


def _seen(deviation: float) -> float:
    return Below(ROUNDING) if deviation < ROUNDING else deviation


def kernels(n: int = 6, p: int = 4, kinds: Sequence[Kernel] | None = None) -> dict[str, float]:
    """Worst over ``kinds``, or every kind: how negative the Gram matrix gets, k_ij - k_ji*, and <phi(x), f> - f(x).

    The Gram matrix has the side n p: no negative eigenvalue says that sum c_i* k_ij c_j >= 0 for all matrices c_i.
    """
    x, c, new = noise(n, p), noise(n, p, p, name="c"), noise(3, p, name="new")
    found = {"negative part": 0.0, "asymmetry": 0.0, "reproducing error": 0.0}
    for k in kinds or _kernels(p):
        K = k.values(x, x)
        G = K.transpose(1, 2).reshape(n * p, n * p)
        lowest = float(torch.linalg.eigvalsh((G + G.mT) / 2).min() / G.abs().max())
        for name, value in (
            ("negative part", _seen(max(0.0, -lowest))),
            ("asymmetry", _worst(K, K.transpose(0, 1).mT)),
            ("reproducing error", _worst(rkhm.Fit(k, x, c)(new), _by_inner_product(k, x, c, new))),
        ):
            found[name] = max(found[name], value)
    return found


def _by_inner_product(k: Kernel, x: Tensor, c: Tensor, new: Tensor) -> Tensor:
    """[m, p, p]: <phi(new), f> in another way than ``Fit`` takes: through explicit features, or else with matrices."""
    if hasattr(k, "features"):
        return k.features(new) @ torch.einsum("jqf,jqs->fs", k.features(x), c)
    return torch.einsum("mjpr,jrs->mps", k.values(new, x), c)


def algebra(p: int = 24) -> dict[str, float]:
    """Products, adjoints, norms and exponentials through the FFT against matrices, for one and for two axes."""
    found = {}
    for axes, size in ((1, (p,)), (2, (4, 6))):
        x, y = noise(*size), noise(*size, name="y")
        X, Y = circulant.dense(x, axes), circulant.dense(y, axes)
        exponential = circulant.apply(torch.exp, x / p, axes, real=True)
        found[f"{axes} axes" if axes > 1 else "1 axis"] = max(
            _worst(circulant.dense(circulant.product(x, y, axes), axes), X @ Y),
            _worst(circulant.dense(circulant.adjoint(x, axes), axes), X.mT),
            _worst(circulant.norm(x, axes), torch.linalg.matrix_norm(X, 2)),
            _worst(circulant.dense(exponential, axes), torch.linalg.matrix_exp(X / p)),
        )
    return found


def solvers(n: int = 8, p: int = 6) -> float:
    """One problem a frequency against the dense system: coefficients of the same regression."""
    x, y = noise(n, p), noise(n, p, 1, name="y")
    one, other = (rkhm.ridge(Gaussian(), x, y, 0.1, solver=s).coefficients for s in ("frequencies", "dense"))
    return _worst(one, other)


def full_coefficients(n: int = 8, p: int = 5) -> float:
    """Coefficients free in all matrices, against circulant ones, for circulant kernels and targets."""
    x, y = noise(n, p), noise(n, p, name="y")
    whole = rkhm.ridge(Gaussian(), x, rkhm.columns(y, whole=True), 0.1, solver="dense").coefficients
    first = rkhm.ridge(Gaussian(), x, rkhm.columns(y, whole=False), 0.1).coefficients[..., 0]
    return _worst(whole, circulant.dense(first))


def columns(n: int = 8, p: int = 5) -> float:
    """A column of the module's prediction against the vector-valued ridge regression of that column, full kernel."""
    k, x, y = Products((noise(3, p, p, name="a"),)), noise(n, p), noise(n, p, p, name="y")
    whole = rkhm.ridge(k, x, y, 10.0)(x)
    alone = [rkhm.ridge(k, x, y[..., j : j + 1], 10.0, solver="dense")(x) for j in range(p)]
    return _worst(whole, torch.cat(alone, -1))


def all_modulations(p: int = 6) -> float:
    """The sum over all modulations against the separable kernel of the trace."""
    x = noise(5, p)
    ours = Modulated(Gaussian(0.3), (1.0, *[2.0] * (p // 2 - 1), 1.0)).values(x, x)
    trace = Gaussian(0.3).spectra(x, x).sum(0).real
    return _worst(ours, trace[..., None, None] * torch.eye(p))


def leaves_the_circulants(p: int = 8, n: int = 6, *, moved: float = 0.0) -> float:
    """How far full parameters of our two layers are from the circulants after twenty steps of Adam, over their size.

    ``moved`` disturbs their start: at zero they are circulants.
    """
    x, y = noise(n, p), noise(n, p, name="y")
    start = rkhm_layers.first_parameters(p, full=True) + moved * noise(2, 4, p, p, name="start")
    last = rkhm_layers.train(start, x, y, penalty=10.0, b=0.1)
    return _worst(last, circulant.dense(circulant.project(last)))
