"""Laws of the C*-algebra of circulants, for one and two cyclic axes, real and complex, against dense matrices."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from circles.foundations import circulant as c
from circles.foundations.errors import ShapeError

sizes = st.tuples(st.integers(1, 17)) | st.tuples(st.integers(1, 5), st.integers(1, 6))
kinds = st.sampled_from([torch.float64, torch.complex128])
laws = settings(max_examples=15, deadline=None)


def element(size, kind, seed, *batch):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*batch, *size, generator=generator, dtype=kind)


def worst(x, y):
    return (x - y).abs().max().item()


def pair(size, kind):
    return element(size, kind, 1, 3), element(size, kind, 2, 3), len(size)


@laws
@given(sizes, kinds)
def test_products_and_adjoints_are_those_of_the_matrices(size, kind):
    x, y, axes = pair(size, kind)
    X, Y = c.dense(x, axes), c.dense(y, axes)
    assert worst(c.dense(c.product(x, y, axes), axes), X @ Y) < 1e-10
    assert worst(X @ Y, Y @ X) < 1e-10
    assert worst(c.dense(c.adjoint(x, axes), axes), X.mH) < 1e-12
    assert c.product(x, y, axes).dtype == kind
    assert worst(c.dense(c.identity(*size, dtype=kind), axes), torch.eye(X.shape[-1])) == 0


@laws
@given(sizes, kinds)
def test_norm_and_spectrum_are_those_of_the_matrices(size, kind):
    x, _, axes = pair(size, kind)
    X = c.dense(x, axes)
    assert worst(c.norm(x, axes), torch.linalg.matrix_norm(X, 2)) < 1e-10
    ours = c.spectrum(x, axes).flatten(1)
    theirs = torch.linalg.eigvals(X)
    nearest = (ours.unsqueeze(-1) - theirs.unsqueeze(-2)).abs()
    assert nearest.amin(-1).max() < 1e-9 and nearest.amin(-2).max() < 1e-9


@laws
@given(sizes, kinds)
def test_c_star_identity_and_submultiplicativity(size, kind):
    x, y, axes = pair(size, kind)
    square = c.norm(c.product(c.adjoint(x, axes), x, axes), axes)
    assert worst(square, c.norm(x, axes) ** 2) < 1e-10 * (1 + square.max().item())
    assert (c.norm(c.product(x, y, axes), axes) <= c.norm(x, axes) * c.norm(y, axes) * (1 + 1e-12)).all()
    assert (c.norm(x + y, axes) <= (c.norm(x, axes) + c.norm(y, axes)) * (1 + 1e-12)).all()


@laws
@given(sizes, kinds)
def test_gelfand_the_spectrum_turns_products_into_products_and_adjoints_into_conjugates(size, kind):
    x, y, axes = pair(size, kind)
    f = lambda z: c.spectrum(z, axes)  # noqa: E731
    assert worst(f(c.product(x, y, axes)), f(x) * f(y)) < 1e-10
    assert worst(f(c.adjoint(x, axes)), f(x).conj()) < 1e-10
    assert worst(f(2 * x + 3 * y), 2 * f(x) + 3 * f(y)) < 1e-10
    assert worst(f(c.identity(*size, dtype=kind)), torch.ones(1)) < 1e-12
    assert worst(c.from_spectrum(f(x), axes, real=kind == torch.float64), x) < 1e-12


@laws
@given(sizes, kinds)
def test_positive_is_what_is_a_square(size, kind):
    x, _, axes = pair(size, kind)
    square = c.product(c.adjoint(x, axes), x, axes)
    assert c.is_positive(square, axes).all()
    assert worst(torch.linalg.eigvalsh(c.dense(square, axes)).clamp(max=0), torch.zeros(1)) < 1e-9
    below = square - (c.norm(square, axes) * 1.001).reshape(-1, *[1] * axes) * c.identity(*size, dtype=kind)
    assert not c.is_positive(below, axes).any()


@laws
@given(sizes, kinds)
def test_functional_calculus_is_that_of_the_matrices(size, kind):
    x, _, axes = pair(size, kind)
    real = kind == torch.float64
    X = c.dense(0.3 * x, axes)
    assert worst(c.dense(c.apply(torch.exp, 0.3 * x, axes, real=real), axes), torch.linalg.matrix_exp(X)) < 1e-9
    absolute = c.absolute(x, axes)
    assert c.is_positive(absolute, axes).all()
    assert worst(c.product(absolute, absolute, axes), c.product(c.adjoint(x, axes), x, axes)) < 1e-9


@laws
@given(sizes, kinds)
def test_projection_is_a_conditional_expectation(size, kind):
    x, y, axes = pair(size, kind)
    X, Y = c.dense(x, axes), c.dense(y, axes)
    p = X.shape[-1]
    M = element((p, p), kind, 5, 3)
    assert worst(c.project(X, *size), x) < 1e-12
    inner = c.dense(c.project(M, *size), axes)
    assert worst(c.dense(c.project(X @ M @ Y, *size), axes), X @ inner @ Y) < 1e-9
    assert c.is_positive(c.project(M.mH @ M, *size), axes).all()
    other = c.dense(element(size, kind, 6, 3), axes)
    assert (torch.linalg.matrix_norm(M - inner) <= torch.linalg.matrix_norm(M - other) + 1e-12).all()


def test_batches_broadcast_and_float32_stays():
    x, y = element((5,), torch.float32, 0, 4, 1), element((5,), torch.float32, 1, 6)
    assert c.product(x, y).shape == (4, 6, 5) and c.product(x, y).dtype == torch.float32


def test_a_square_with_a_negative_eigenvalue_is_not_positive():
    assert not c.is_positive(torch.tensor([1.0, 2.0]))  # eigenvalues 3 and -1
    assert c.is_positive(torch.tensor([2.0, 1.0]))
    assert not c.is_positive(torch.tensor([2.0, 1.0, 0.0]))  # not its own adjoint


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: c.product(torch.ones(3), torch.ones(4)), r"x has the size \(3,\) and y \(4,\), expected two elements"),
        (lambda: c.spectrum(torch.ones(3), 3), "axes is 3, expected 1 or 2"),
        (lambda: c.spectrum(torch.ones(3), 2), "expected at least 2 axes"),
        (lambda: c.norm(torch.ones(2, 0)), "none empty"),
        (lambda: c.project(torch.ones(4, 4), 3), r"expected a square of side \(3,\)"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ShapeError, match=words):
        call()
