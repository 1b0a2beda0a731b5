"""The paper's waves against their formula, and its filter against its definition, by an independent solver."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from circles.analysis import filters, paper_waves
from circles.foundations.errors import ShapeError


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("p", [3, 8, 11, 341])
def test_the_waves_have_period_n_over_k(p):
    N, rows = p - 1, paper_waves.basis(p).numpy()
    x = np.arange(p)
    want = [np.full(p, N**-0.5)]
    for k in range(1, N // 2 + 1):
        w = 2 * np.pi * k / N
        if 2 * k == N:
            want.append(np.cos(w * x) / np.sqrt(N))
        else:
            want += [np.cos(w * x) * np.sqrt(2 / N), np.sin(w * x) * np.sqrt(2 / N)]
    assert np.abs(rows - np.stack(want)).max() < 1e-11


def test_first_and_last_number_are_folded_together():
    g = noise(11)
    folded = g[:10].clone()
    folded[0] += g[10]
    assert torch.allclose(paper_waves.transform(g), torch.tensor(np.stack(paper_waves.basis(11)[:, :10])) @ folded)


def test_the_bands_are_the_papers_on_521_numbers():
    assert paper_waves.low(521) == list(range(1, 50))
    assert paper_waves.high(521) == list(range(50, 261))
    assert [paper_waves.period(521, k) for k in (260, 208, 104, 52)] == [2, 2.5, 5, 10]
    assert [paper_waves.component(341, t) for t in (2, 2.5, 5, 10)] == [170, 136, 68, 34]
    assert paper_waves.low(341)[-1] + 1 == paper_waves.high(341)[0]


def test_bad_components_and_periods_are_named():
    with pytest.raises(ShapeError, match="period 3 is no component of 341 numbers"):
        paper_waves.component(341, 3)
    with pytest.raises(ShapeError, match="component 171 of 341 numbers, expected 0 to 170"):
        paper_waves.rows_of(341, [171])
    with pytest.raises(ShapeError, match="p is 2, expected at least 3"):
        paper_waves.basis(2)


def nearest(h, A):
    """The definition: minimise |x - h|^2 under A x = 0, by scipy's SLSQP, which knows no projection."""
    found = minimize(
        lambda x: ((x - h) ** 2).sum(), np.zeros_like(h), jac=lambda x: 2 * (x - h), method="SLSQP",
        constraints={"type": "eq", "fun": lambda x: A @ x, "jac": lambda x: A}, options={"ftol": 1e-15, "maxiter": 500},
    )  # fmt: skip
    assert found.success
    return found.x


@pytest.mark.parametrize("gamma", [[1], [1, 2, 3], [5, 6], [0, 4]], ids=str)
def test_the_filter_is_the_nearest_point_under_the_constraint(gamma):
    d, p = 9, 13
    W_U, h = noise(d, p), noise(d, seed=1)
    x = np.arange(p)
    waves = [f(2 * math.pi * k * x / (p - 1)) for k in gamma for f in (np.cos, np.sin) if k or f is np.cos]
    A = np.stack(waves) @ W_U.numpy().T  # the sine of k = 6 is zero: a constraint that says nothing
    A = A[np.abs(A).max(1) > 1e-9]
    assert np.abs(filters.project(h, W_U, gamma).numpy() - nearest(h.numpy(), A)).max() < 1e-6


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 6), max_size=3), st.integers(0, 10**6))
def test_the_filter_is_a_projection(gamma, seed):
    W_U = noise(9, 13, seed=seed)
    P = filters.projection(W_U, gamma)
    assert (P @ P - P).abs().max() < 1e-10
    assert (P - P.mT).abs().max() < 1e-12
    coefficients = paper_waves.transform(noise(4, 9, seed=seed + 1) @ P @ W_U)
    assert coefficients[:, paper_waves.rows_of(13, gamma)].abs().sum() < 1e-9


def test_waves_that_an_unembedding_hardly_sees_are_removed_too():
    left, right = torch.linalg.qr(noise(9, 9)).Q, torch.linalg.qr(noise(13, 9, seed=1)).Q
    W_U = left @ torch.logspace(0, -4, 9, dtype=torch.float64).diag() @ right.mT
    logits = filters.project(noise(5, 9, seed=2), W_U, [1, 2, 3]) @ W_U
    x = 2 * math.pi * torch.arange(13, dtype=torch.float64) / 12
    waves = torch.stack([f(k * x) for k in (1, 2, 3) for f in (torch.cos, torch.sin)])
    assert logits.abs().max() > 1e-5 > 1e-12 > (logits @ waves.mT).abs().max()


def test_removing_nothing_changes_nothing_and_dtypes_stay():
    h = noise(2, 3, 9).float()
    out = filters.project(h, noise(9, 13).float(), [])
    assert out.dtype == torch.float32
    assert torch.equal(out, h)


def test_a_filter_that_would_leave_nothing_is_refused():
    with pytest.raises(ShapeError, match="11 rows leave nothing of 9 dimensions"):
        filters.project(noise(9), noise(9, 13), range(1, 7))


def test_keep_splits_logits_into_components():
    logits = noise(3, 20)
    parts = [filters.keep(logits, [k]) for k in range(11)]
    assert (sum(parts) - logits).abs().max() < 1e-12
    x = np.arange(20)
    wave = np.cos(2 * np.pi * 3 * x / 20 + 0.4)
    mixed = torch.tensor(wave + np.cos(np.pi * x))
    assert np.abs(filters.keep(mixed, [3]).numpy() - wave).max() < 1e-12
    assert np.abs(filters.keep(mixed, [10]).numpy() - np.cos(np.pi * x)).max() < 1e-12
