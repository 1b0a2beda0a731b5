"""SGM against scikit-learn's loop step by step, losses against finite differences, bounds that hold and a step that
breaks them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import SGDClassifier

from circles.analysis import stability
from circles.foundations.errors import ConfigError, ShapeError
from circles.foundations.streams import streams
from circles.models.margin_losses import LOSSES, Hinge, Logistic, SmoothedHinge, lipschitz, smoothness
from circles.papers.samareh2018.worst_case import worst_case
from circles.training import sgm

SMOOTH = (SmoothedHinge(0.5), SmoothedHinge(2.0), Logistic())


def draw(seed: int = 0) -> torch.Generator:
    return streams(seed, "test")["test"]


def unit_rows(*shape: int, seed: int = 1) -> torch.Tensor:
    x = torch.randn(*shape, generator=draw(seed), dtype=torch.float64)
    return x / x.norm(dim=-1, keepdim=True)


@pytest.mark.parametrize("loss", [*SMOOTH, Hinge()], ids=str)
def test_slopes_are_the_derivatives_and_the_constants_are_reached(loss):
    m = torch.linspace(-4, 4, 4001, dtype=torch.float64)
    h = 1e-6
    difference = (loss.value(m + h) - loss.value(m - h)) / (2 * h)
    smooth = (m - 1).abs() > 2 * h  # the hinge has no derivative there
    assert (loss.slope(m) - difference)[smooth].abs().max() < 1e-5
    assert loss.slope(m).abs().max() <= loss.steepest
    assert loss.slope(torch.tensor([-50.0])).abs() > 0.99 * loss.steepest
    assert (loss.slope(m).diff() >= 0).all()  # convex
    bend = (loss.slope(m).diff() / m.diff()).max()
    if math.isfinite(loss.curvature):
        assert loss.curvature * 0.99 < bend <= loss.curvature * (1 + 1e-9)
    else:
        assert bend > 400  # one jump over one cell of the grid


def test_the_hinge_is_not_smooth_and_the_smoothed_one_lies_just_under_it():
    assert Hinge().curvature == smoothness(Hinge(), 1.0) == math.inf
    m = torch.linspace(-3, 3, 601, dtype=torch.float64)
    for gamma in (0.1, 1.0):
        below = Hinge().value(m) - SmoothedHinge(gamma).value(m)
        assert below.min() >= 0
        assert abs(below.max() - gamma / 2) < 1e-12


def test_constants_of_features_and_loss():
    assert lipschitz(Logistic(), math.sqrt(2)) == math.sqrt(2)
    assert smoothness(SmoothedHinge(0.5), 1.0) == 2.0
    assert smoothness(Logistic(), 2.0, decay=0.1) == 1.1
    assert lipschitz(Logistic(), 1.0, decay=0.1) == 2.0


@pytest.mark.parametrize(("name", "theirs"), [("hinge", "hinge"), ("logistic", "log_loss")])
def test_the_same_weights_as_scikit_learns_loop(name, theirs):
    x, label = unit_rows(60, 8), np.sign(np.random.default_rng(0).normal(size=60))
    order = sgm.uniform(500, 1, 60, generator=draw())
    ours = sgm.advance(
        torch.zeros(1, 8, dtype=torch.float64), torch.tensor(label)[:, None] * x, order, 0.3, LOSSES[name]
    )
    model = SGDClassifier(
        loss=theirs, penalty=None, learning_rate="constant", eta0=0.3, max_iter=1, tol=None, fit_intercept=False,
        shuffle=False,
    )  # fmt: skip
    rows = order[:, 0].numpy()
    model.fit(x.numpy()[rows], label[rows])
    assert np.abs(ours.numpy() - model.coef_).max() < 1e-12


def test_modified_huber_is_a_smoothed_hinge():
    """scikit-learn's modified Huber loss is four times our smoothed hinge of width 2."""
    x, label = unit_rows(40, 5), np.sign(np.random.default_rng(1).normal(size=40))
    order = sgm.uniform(300, 1, 40, generator=draw())
    ours = sgm.advance(
        torch.zeros(1, 5, dtype=torch.float64), torch.tensor(label)[:, None] * x, order, 0.4, SmoothedHinge(2.0)
    )
    model = SGDClassifier(
        loss="modified_huber", penalty=None, learning_rate="constant", eta0=0.1, max_iter=1, tol=None,
        fit_intercept=False, shuffle=False,
    )  # fmt: skip
    model.fit(x.numpy()[order[:, 0].numpy()], label[order[:, 0].numpy()])
    assert np.abs(ours.numpy() - model.coef_).max() < 1e-12


def test_runs_side_by_side_are_runs_alone_and_segments_are_a_run():
    x, draws = unit_rows(30, 6), sgm.uniform(200, 4, 30, generator=draw())
    zero, alpha = torch.zeros(4, 6, dtype=torch.float64), torch.tensor([0.1, 0.2, 0.5, 1.0], dtype=torch.float64)
    together = sgm.advance(zero, x, draws, alpha, Logistic(), decay=0.01)
    alone = [sgm.advance(zero[:1], x, draws[:, [r]], float(alpha[r]), Logistic(), decay=0.01) for r in range(4)]
    assert (together - torch.cat(alone)).abs().max() < 1e-14
    halves = sgm.advance(sgm.advance(zero, x, draws[:90], alpha, Logistic()), x, draws[90:], alpha, Logistic())
    assert torch.equal(halves, sgm.advance(zero, x, draws, alpha, Logistic()))
    assert torch.equal(zero, torch.zeros_like(zero))


def test_a_step_with_decay_is_the_gradient_step():
    x, w = unit_rows(5, 4), unit_rows(1, 4, seed=3).requires_grad_()
    value = Logistic().value(w[0] @ x[2]) + 0.1 / 2 * w.square().sum()
    (gradient,) = torch.autograd.grad(value, w)
    stepped = sgm.advance(w.detach(), x, torch.tensor([[2]]), 0.7, Logistic(), decay=0.1)
    assert (stepped - (w - 0.7 * gradient)).abs().max() < 1e-14


def pairs(loss, *, alpha: float, decay: float = 0.0, seed: int = 0, steps: int = 400, n: int = 20) -> stability.Twins:
    """Random labels on few directions: the runs never settle."""
    return stability.twins(
        unit_rows(24, n, 6, seed=seed), unit_rows(24, 6, seed=seed + 1), unit_rows(24, 40, 6, seed=seed + 2),
        sgm.uniform(steps, 24, n, generator=draw(seed)), at=range(0, steps + 1, 10), alpha=alpha, loss=loss, norm=1.0,
        decay=decay,
    )  # fmt: skip


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(SMOOTH), st.floats(0.05, 1.0), st.integers(0, 1000))
def test_the_bound_holds_on_every_run_up_to_two_over_beta(loss, share, seed):
    found = pairs(loss, alpha=2 * share / loss.curvature, seed=seed, steps=100)
    assert found.covered
    assert 0 < found.path_ratio <= 1
    assert found.loss_gap.max() <= found.L * found.distance.max()
    assert ((found.distance == 0) == (found.hits == 0)).float().mean() > 0.5


@pytest.mark.parametrize("loss", SMOOTH, ids=str)
def test_the_bounds_on_the_mean_hold(loss):
    convex = pairs(loss, alpha=1 / loss.curvature)
    assert convex.loss_ratio <= convex.mean_ratio <= 1
    strong = pairs(loss, alpha=0.5 / (loss.curvature + 0.1), decay=0.1)
    assert strong.covered
    assert strong.loss_ratio <= 1
    assert float(strong.bound[-1]) == 2 * strong.L**2 / (0.1 * 20) == stability.strongly_convex(2.0, 20, 0.1)


@pytest.mark.parametrize("times", [1.0, 2.0])
def test_the_made_up_sample_keeps_the_bound_while_the_theory_covers_the_step(times):
    draws = sgm.uniform(64, 64, 128, generator=draw())
    found = worst_case(draws, 128, times)
    assert found.covered
    assert found.path_ratio <= 1


@pytest.mark.parametrize("times", [16.0, 64.0])
def test_the_made_up_sample_breaks_the_bound_with_a_step_far_above_two_over_beta(times):
    draws = sgm.uniform(64, 64, 128, generator=draw())
    found = worst_case(draws, 128, times)
    assert not found.covered
    assert found.path_ratio > 1.3
    assert found.mean_ratio > 1


def test_the_hinge_breaks_the_bound_at_every_step_size():
    draws = sgm.uniform(64, 64, 128, generator=draw())
    for times in (0.01, 1.0):
        assert worst_case(draws, 128, times, hinge=True).path_ratio > 1.3


@pytest.mark.parametrize("c", [0.5, 1.9, 2.1, 5.0])
def test_two_over_beta_is_where_a_step_begins_to_drive_weights_apart(c):
    """Inside the parabola one step stretches a distance by |1 - alpha beta|: above one exactly from 2 / beta on."""
    loss, z = SmoothedHinge(0.5), unit_rows(1, 3)
    w = torch.cat([0.70 * z, 0.71 * z])  # margins 0.70 and 0.71, inside 0.5 ... 1
    moved = sgm.advance(w, z, torch.zeros(1, 2, dtype=torch.long), c * loss.gamma, loss)
    stretch = float((moved[0] - moved[1]).norm() / (w[0] - w[1]).norm())
    assert abs(stretch - abs(1 - c)) < 1e-10
    assert (stretch > 1) == (c > 2)


def test_twins_with_the_same_point_never_part():
    x = unit_rows(3, 10, 4)
    found = stability.twins(
        x, x[:, 0], x, sgm.uniform(50, 3, 10, generator=draw()), at=[50], alpha=0.3, loss=Hinge(), norm=1.0
    )
    assert found.distance.max() == 0
    assert found.hits.sum() > 0


def by_hand(*, L: float, alpha: float, beta: float, decay: float) -> stability.Twins:
    """Two pairs of twins after 5 and 20 steps on samples of 8."""
    distance = torch.tensor([[0.9, 0.8], [0.1, 0.3]], dtype=torch.float64)
    return stability.Twins(torch.tensor([5, 20]), distance, distance, torch.ones(2, 2, dtype=torch.long), 8, alpha, L,
                           beta, decay)  # fmt: skip


def test_the_mean_distance_counts_times_the_slope_of_the_loss_at_the_end():
    convex = by_hand(L=3.0, alpha=0.5, beta=1.0, decay=0.0)
    assert convex.mean_ratio == pytest.approx(3 * 0.2 / (2 * 3**2 / 8 * 0.5 * 20))
    assert convex.loss_ratio == pytest.approx(0.2 / (2 * 3**2 / 8 * 0.5 * 20))
    assert by_hand(L=3.0, alpha=0.5, beta=1.0, decay=0.1).mean_ratio == pytest.approx(3 * 0.2 / (2 * 3**2 / (0.1 * 8)))


@pytest.mark.parametrize(("decay", "product", "is_covered"), [
    (0.0, 1.5, True), (0.0, 2.0, True), (0.0, 2.5, False), (0.1, 1.0, True), (0.1, 1.5, False),
])  # fmt: skip
def test_with_decay_the_theory_covers_half_the_step(decay, product, is_covered):
    assert by_hand(L=1.0, alpha=product / 4, beta=4.0, decay=decay).covered == is_covered


@pytest.mark.parametrize("replaced", [True, False])
def test_the_point_that_differs_and_its_twin_are_among_the_probes(replaced):
    """One of both is zero and teaches nothing; the other one alone can tell the weights that it has moved."""
    axes, still = torch.eye(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    first, other = (still, axes[0]) if replaced else (axes[0], still)
    found = stability.twins(
        torch.stack([first, axes[1]])[None], other[None], axes[2:][None], torch.zeros(1, 1, dtype=torch.long), at=[1],
        alpha=0.6, loss=Logistic(), norm=1.0,
    )  # fmt: skip
    assert float(found.loss_gap) == pytest.approx(math.log(2) - math.log1p(math.exp(-0.6 / 2)))


def test_a_distance_before_the_first_hit_is_no_small_matter():
    found = pairs(Logistic(), alpha=1.0)
    early = stability.Twins(found.steps, found.distance + 1e-9, found.loss_gap, found.hits, 20, 1.0, 1.0, 0.25, 0.0)
    assert early.path_ratio == math.inf


def one_pair(size: float, at: int) -> stability.Twins:
    still = torch.zeros(4, 1, dtype=torch.long)
    x = [size * unit_rows(1, 3, 2), unit_rows(1, 2), unit_rows(1, 1, 2)]
    return stability.twins(*x, still, at=[at], alpha=0.1, loss=Hinge(), norm=1.0)


def one_step(row: int, alpha: float) -> torch.Tensor:
    return sgm.advance(torch.zeros(1, 2), torch.zeros(3, 2), torch.tensor([[row]]), alpha, Hinge())


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: SmoothedHinge(0.0), ConfigError, "gamma is 0.0, expected a positive number"),
        (lambda: sgm.uniform(3, 2, 0, generator=draw()), ConfigError, "n is 0, expected a sample of at least one"),
        (lambda: one_step(3, 0.1), ShapeError, "draws reach from 3 to 3, expected rows 0 to 2"),
        (lambda: one_step(0, math.nan), ConfigError, "alpha is nan, expected positive finite step sizes"),
        (lambda: one_pair(2.0, 4), ConfigError, "a row has norm 2, expected at most norm = 1"),
        (lambda: one_pair(1.0, 5), ConfigError, r"at is \[5\], expected rising steps from 0 to 4"),
    ],
)
def test_bad_input_is_named(make, error, words):
    with pytest.raises(error, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_convex_bound_is_a_chance_of_one_in_n_a_step_of_two_slopes_and_a_slope():
    """Summed step by step: with the chance 1 / n a step drives the weights apart by 2 L alpha; a loss sees L of it."""
    L, n, alphas = 1.7, 9, [0.3, 0.2, 0.7]
    apart = 0.0
    for alpha in alphas:
        apart = (1 - 1 / n) * apart + 1 / n * (apart + L * alpha + L * alpha)
    assert abs(stability.convex(L, n, sum(alphas)) - L * apart) < 1e-12
    geometric = 0.0
    for _ in range(20_000):  # strongly convex: every step also shrinks the distance
        geometric = (1 - 0.1 * 0.05) * geometric + 2 * L * 0.05 / n
    assert abs(stability.strongly_convex(L, n, 0.1) - L * geometric) < 1e-9
