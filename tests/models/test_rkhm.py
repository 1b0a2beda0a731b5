"""Kernels in a C*-algebra: axioms, the ridge regression in three ways, what a larger algebra adds and what not."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from circles.foundations import circulant
from circles.foundations.errors import ConfigError, KernelError, ShapeError
from circles.models import rkhm
from circles.models.rkhm_kernels import Gaussian, Modulated, Polynomial, Products, gram_positive
from circles.models.rkhm_vector import SIGNS, AuthorsQR, NonSeparable, Separable, WithConstant

laws = settings(max_examples=4, deadline=None)
points = st.tuples(st.integers(1, 4), st.integers(2, 5), st.integers(0, 5))


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def worst(x, y):
    return (x - y).abs().max().item()


def kernels(p):
    a = noise(2, 3, p, p, seed=9)
    return {
        "linear": Polynomial(q=1, b=0.0), "polynomial": Polynomial(), "gaussian": Gaussian(),
        "modulated": Modulated(Gaussian(0.7), (1.0, 0.5)), "products": Products((a[0], a[1, :2])),
        "separable": Separable(), "separable polynomial": Separable("polynomial", T=(1.0, 0.5) if p == 2 else ()),
        "non-separable": NonSeparable(T=(1.0, 0.4, 0.0, 0.0, 0.4)[:1] if p != 2 else (1.0, 0.4)),
        **{f"qr {signs}": AuthorsQR(0.5, signs=signs) for signs in SIGNS},
        "qr and constant": WithConstant(AuthorsQR(0.5, signs="positive")),
    }  # fmt: skip


KERNELS = list(kernels(2))
each = pytest.mark.parametrize("name", KERNELS)


@each
@laws
@given(points)
def test_k_is_positive_definite_in_the_algebra_and_adjoint_symmetric(name, sizes):
    n, p, seed = sizes
    k, x, c = kernels(p)[name], noise(n, p, seed=seed), noise(n, p, p, seed=seed + 50)
    K = k.values(x, x)
    assert worst(K, K.transpose(0, 1).mH) < 1e-10 * K.abs().max()
    total = torch.einsum("iqp,ijqr,jrs->ps", c, K, c)
    assert torch.linalg.eigvalsh((total + total.mT) / 2).min() > -1e-9 * total.abs().max()
    gram_positive(K.transpose(1, 2).reshape(n * p, n * p))


@each
@laws
@given(points)
def test_the_module_inner_product_reproduces(name, sizes):
    """<phi(x), f> = f(x) for f = sum phi(x_j) c_j, where <sum phi(x_i) a_i, sum phi(x_j) b_j> = sum a_i* k_ij b_j."""
    n, p, seed = sizes
    k, x, c = kernels(p)[name], noise(n, p, seed=seed), noise(n, p, p, seed=seed + 50)
    f = rkhm.Fit(k, x, c)
    new = noise(1, p, seed=seed + 70)
    together = torch.cat([new, x])
    K = k.values(together, together)
    left, right = torch.zeros(n + 1, p, p, dtype=x.dtype), torch.cat([torch.zeros(1, p, p, dtype=x.dtype), c])
    left[0] = torch.eye(p)
    inner = torch.einsum("iqp,ijqr,jrs->ps", left, K, right)
    assert worst(inner, f(new)[0]) < 1e-9 * (1 + inner.abs().max())
    length = torch.einsum("iqp,ijqr,jrs->ps", right, K, right)
    assert worst(length.diagonal().clamp(min=0).sqrt(), f.norms()) < 1e-7 * (1 + f.norms().max())


@each
@laws
@given(points)
def test_fast_ways_give_the_dense_answer(name, sizes):
    n, p, seed = sizes
    k, x, y = kernels(p)[name], noise(n, p, seed=seed), noise(n, p, p, seed=seed + 50)
    oracle, fast = (rkhm.ridge(k, x, y, 0.3, solver=s) for s in ("dense", "auto"))
    new = noise(3, p, seed=seed + 70)
    assert worst(fast.coefficients, oracle.coefficients) < 1e-7 * (1 + oracle.coefficients.abs().max())
    by_path = rkhm.path(k, x, y, new, [0.3, 2.0])[0]
    assert worst(by_path, oracle(new)) < 1e-7 * (1 + oracle(new).abs().max())
    G = k.values(x, x).transpose(1, 2).reshape(n * p, n * p)
    c, _ = rkhm.conjugate_gradients(lambda v: G @ v, y.reshape(n * p, p), 0.3, tolerance=1e-12)
    assert worst(c.reshape(n, p, p), oracle.coefficients) < 1e-6 * (1 + oracle.coefficients.abs().max())


@each
def test_the_representer_theorem_no_other_function_does_better(name):
    """Neither other coefficients nor a part of f outside the span of the data lowers the A-valued objective."""
    n, p, lam = 4, 3, 0.2
    k, x, y = kernels(p)[name], noise(n, p), noise(n, p, p, seed=1)
    best = rkhm.ridge(k, x, y, lam)

    def objective(points, c):
        f = rkhm.Fit(k, points, c)
        residual = f(x) - y
        norm = torch.einsum("nqp,nqs->ps", c, f(points))
        return torch.einsum("nqp,nqs->ps", residual, residual) + lam * norm

    least = objective(x, best.coefficients)
    for seed in range(4):
        wider = torch.cat([x, noise(2, p, seed=seed + 5)])
        other = torch.cat([best.coefficients, torch.zeros(2, p, p)]) + 0.1 * noise(n + 2, p, p, seed=seed + 9)
        above = objective(wider, other) - least
        assert torch.linalg.eigvalsh((above + above.mT) / 2).min() > -1e-9


@laws
@given(points)
def test_full_coefficients_add_nothing_to_a_circulant_kernel(sizes):
    """Circulant kernel, circulant targets: the best matrices are circulants, and every column is the first, shifted."""
    n, p, seed = sizes
    x, y = noise(n, p, seed=seed), noise(n, p, seed=seed + 50)
    for k in (Polynomial(), Gaussian(), Modulated(Gaussian(), (1.0, 0.3))):
        whole = rkhm.ridge(k, x, rkhm.columns(y, whole=True), 0.5, solver="dense").coefficients
        first = rkhm.ridge(k, x, rkhm.columns(y, whole=False), 0.5).coefficients[..., 0]
        assert worst(whole, circulant.dense(first)) < 1e-9 * (1 + first.abs().max())


def test_columns_of_the_module_do_not_know_of_each_other():
    k, x, y = kernels(3)["products"], noise(5, 3), noise(5, 3, 3, seed=2)
    whole = rkhm.ridge(k, x, y, 0.5)(x)
    assert worst(whole[..., 1:2], rkhm.ridge(k, x, y[..., 1:2], 0.5)(x)) < 1e-9


@laws
@given(points)
def test_products_with_circulant_parameters_are_circulants_and_others_are_not(sizes):
    n, p, seed = sizes
    x = noise(n, p, seed=seed)
    a = circulant.dense(noise(3, p, seed=seed + 5))
    values = Products((a,)).values(x, x)
    assert worst(values, circulant.dense(circulant.project(values))) < 1e-9 * (1 + values.abs().max())
    values = Products((noise(3, p, p, seed=seed + 5),)).values(x, x)
    assert worst(values, circulant.dense(circulant.project(values))) > 1e-3


@laws
@given(points)
def test_modulation_is_the_sum_over_matrices_that_shift_frequencies(sizes):
    n, p, seed = sizes
    x, weights = noise(n, p, seed=seed), (0.5, 0.2, 0.1)
    base = Polynomial(0.7).values(x, x).to(torch.complex128)
    total = torch.zeros_like(base)
    for s, w in ((0, 0.5), (1, 0.1), (-1, 0.1), (2, 0.05), (-2, 0.05)):
        M = torch.diag(torch.exp(2j * torch.pi * s * torch.arange(p, dtype=torch.float64) / p))
        total += w * M @ base @ M.mH
    ours = Modulated(Polynomial(0.7), weights).spectra(x, x).permute(1, 2, 0)
    assert worst(circulant.dense(circulant.from_spectrum(ours)), total) < 1e-9 * (1 + total.abs().max())


def test_all_modulations_together_are_a_separable_kernel():
    x, p = noise(4, 5), 5
    mixed = Modulated(Gaussian(0.3), (1.0, 2.0, 2.0)).values(x, x)
    trace = Gaussian(0.3).spectra(x, x).sum(0).real
    assert worst(mixed, trace[..., None, None] * torch.eye(p)) < 1e-10


@pytest.mark.parametrize("signs", SIGNS)
def test_the_authors_kernel_is_homogeneous_and_depends_on_signs(signs):
    x, y = noise(3, 4).abs(), noise(2, 4, seed=1).abs()
    k = AuthorsQR(0.8, signs=signs)
    assert worst(k.values(2.5 * x, 0.5 * y), 1.25 * k.values(x, y)) < 1e-10
    others = [AuthorsQR(0.8, signs=s).values(x, y) for s in SIGNS if s != signs]
    assert all(worst(k.values(x, y), other) > 1e-3 for other in others)


def test_one_axis_of_one_entry_and_one_point():
    k = Gaussian()
    found = rkhm.ridge(k, torch.ones(1, 1, dtype=torch.float64), torch.full((1, 1, 1), 3.0, dtype=torch.float64), 0.5)
    assert worst(found(torch.ones(1, 1, dtype=torch.float64)), torch.tensor(2.0)) < 1e-12  # 3 * 1 / (1 + 0.5)


X, Y = noise(3, 4), noise(3, 4, 1)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: rkhm.ridge(Gaussian(), X, Y[:2], 1.0), ShapeError, r"x is \(3, 4\) and y \(2, 4, 1\), expected"),
        (lambda: rkhm.ridge(Gaussian(), X[:0], Y[:0], 1.0), ShapeError, "n >= 1"),
        (lambda: rkhm.ridge(Gaussian(), X * torch.nan, Y, 1.0), KernelError, "12 entries that are NaN or infinite"),
        (lambda: rkhm.ridge(Gaussian(), X, Y * torch.inf, 1.0), KernelError, "12 entries that are NaN or infinite"),
        (lambda: rkhm.ridge(Gaussian(), X, Y, 0.0), ConfigError, "penalty is 0.0, expected a positive number"),
        (lambda: rkhm.ridge(Gaussian(), X, Y, 1.0, solver="lu"), ConfigError, "solver is 'lu', expected one of auto"),
        (lambda: rkhm.ridge(Gaussian(-1.0), X, Y, 1.0), KernelError, "c is -1, expected at least 0"),
        (lambda: Gaussian().spectra(X, X[:, :3]), ShapeError, "x has p = 4 and y 3"),
        (lambda: Separable(T=(1.0, 2.0)).spectra(X, X), KernelError, "T has the eigenvalue .*not positive definite"),
        (lambda: Separable("cubic").spectra(X, X), KernelError, "kind is 'cubic'"),
        (lambda: AuthorsQR(signs="up").values(X, X), KernelError, "signs is 'up', expected one of lapack"),
        (lambda: gram_positive(torch.tensor([[1.0, 2.0], [2.0, 1.0]])), KernelError, "eigenvalue -1, expected >= 0"),
        (lambda: rkhm.ridge(AuthorsQR(), X, Y, 1.0, solver="frequencies"), KernelError, "outside the circulants"),
        (lambda: rkhm.ridge(Gaussian(), X, Y, 1.0, solver="features"), KernelError, "no finite list of features"),
        (lambda: Modulated(Gaussian(), (1.0, -1.0)).spectra(X, X), KernelError, "at least one and none negative"),
        (lambda: Products((noise(2, 3, 3),)).features(X), ShapeError, "side 3, expected p = 4"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_kernel_that_is_not_positive_definite_is_named_with_its_eigenvalue():
    class Difference(Gaussian):
        def spectra(self, x, y):
            return -super().spectra(x, y)

    for solver in ("dense", "frequencies"):
        with pytest.raises(KernelError, match=r"not positive definite here: eigenvalue -\d"):
            rkhm.ridge(Difference(), X, Y, 1e-3, solver=solver)


def test_conjugate_gradients_take_a_solution_found_at_the_last_step():
    G, y = torch.diag(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)), noise(3)  # three eigenvalues: three steps
    c, steps = rkhm.conjugate_gradients(lambda v: G @ v, y, 0.5, most=3)
    assert steps == 3
    assert worst(c, y / (G.diagonal() + 0.5)) < 1e-9
    with pytest.raises(KernelError, match=r"took 2 steps, residual .* times the goal"):
        rkhm.conjugate_gradients(lambda v: G @ v, y, 0.5, most=2)
    assert rkhm.conjugate_gradients(lambda v: G @ v, 0 * y, 0.5, most=0)[1] == 0


def test_the_authors_features_are_the_powers_from_one_to_q():
    """Written out for one circulant, with numpy's QR: R* (1 - cQ*), R* (1 - cQ*)^2, R* (1 - cQ*)^3, no R* alone."""
    x, c = noise(1, 4), 0.7
    X = np.stack([np.roll(x[0].numpy(), j) for j in range(4)], 1)
    Q, R = np.linalg.qr(X)
    terms = [R.T @ np.linalg.matrix_power(np.eye(4) - c * Q.T, i) for i in (1, 2, 3)]
    assert worst(AuthorsQR(c).features(x)[0], torch.from_numpy(np.hstack(terms))) < 1e-12
    assert worst(AuthorsQR(c).values(x, x)[0, 0], torch.from_numpy(sum(t @ t.T for t in terms))) < 1e-12
