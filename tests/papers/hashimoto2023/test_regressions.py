"""Chapter 4's pictures that compute: a circle with chosen frequencies, a line with sampled ones, their figures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.kernel_ridge import KernelRidge

from circles.figures import FigureError
from circles.figures import kernels as figures
from circles.figures.packed import pack, unpack
from circles.papers.hashimoto2023 import chosen
from circles.papers.samareh2018 import fitted, frames


@pytest.mark.parametrize("frequencies", [(0,), (1, 3), tuple(range(13)), (12,), ()])
def test_the_kernel_has_the_frequencies_that_were_chosen(frequencies):
    column = chosen.kernel(frequencies)
    sizes = np.abs(np.fft.rfft(column.numpy()))
    assert {f for f, size in enumerate(sizes) if size > 1e-9} == set(frequencies)
    assert column[0] == pytest.approx(1.0 if frequencies else 0.0)


@pytest.mark.parametrize("frequencies", [(1, 3), (0, 1, 2, 3), tuple(range(13))])
def test_the_fit_is_scikit_learns(frequencies):
    column, (points, y) = chosen.kernel(frequencies), chosen.seen()
    i = np.arange(chosen.P)
    K = column.numpy()[(i[:, None] - i) % chosen.P]
    ridge = KernelRidge(alpha=0.01, kernel="precomputed").fit(K[np.ix_(points, points)], y)
    assert np.allclose(chosen.fit(column, 0.01), ridge.predict(K[:, points]))


def test_without_a_kernel_the_fit_is_zero_and_the_errors_are_the_datas():
    found = chosen.fit(chosen.kernel(()), 0.01)
    points, y = chosen.seen()
    assert not found.any() and len(points) == chosen.SEEN
    assert chosen.errors(found)[chosen.NEAR] == pytest.approx(float(y.square().mean().sqrt()))


@pytest.mark.parametrize(("name", "theirs", "gamma"), [("Gaussian", "rbf", 0.5), ("Laplace", "laplacian", 1.0)])
def test_the_kernels_own_fit_is_scikit_learns(name, theirs, gamma):
    x, y = fitted.seen()
    expected = KernelRidge(alpha=0.01, kernel=theirs, gamma=gamma).fit(x, y).predict(frames.LINE)
    assert np.allclose(fitted.own(name, 0.01)[1], expected)


def test_the_draws_are_those_of_the_chapters_slider():
    slider = frames.kernels(draws=2)
    for name in frames.KERNELS:
        mine = slider[(slider["kernel"] == name) & (slider["D"] == 64) & (slider["draw"] == 1)]["value"]
        assert np.allclose(fitted.sampled(name, 64, 1, 0.01)[0], mine)


def test_what_the_page_carries_holds_the_largest_frequencies_too():
    tables = {name: unpack(pack(x)) for name, x in fitted.tables().items()}
    for name in frames.KERNELS:
        found = np.rint(tables[name]) + tables[f"{name} rest"]
        omega = frames.line_features(name, 1024, 4).omega[:, 0]
        assert np.abs(found[4, -512:] - omega.numpy()).max() < 1e-7


def test_the_figures_have_a_switch_a_frequency_and_a_choice_of_their_number():
    circle = figures.chosen_frequencies(
        **chosen.frames(), chosen=chosen.FIRST, ridge=chosen.RIDGE, net=chosen.NAME, tables=chosen.tables()
    )
    names = [param["name"] for param in circle.spec["params"] if "bind" in param]
    assert names == [*(f"f{f}" for f in range(13)), "ridge"] and len(circle.picture) < 60_000
    line = _line(fitted.SIZE)
    assert [param["name"] for param in line.spec["params"] if "bind" in param] == ["kernel", "D", "draw", "ridge"]
    errors = fitted.frames()["errors"].set_index(["D", "what"])["value"]
    assert f"with 32 features {errors[32, 'the kernel']:.3g} of the kernel" in line.alt
    with pytest.raises(FigureError, match="sampled_frequencies: size is 3; expected one of 8, 16"):
        _line(3)


def _line(size):
    kernels = tuple(frames.KERNELS)
    return figures.sampled_frequencies(
        **fitted.frames(), kernels=kernels, size=size, draws=fitted.DRAWS, ridge=fitted.RIDGE, net=fitted.NAME,
        tables=fitted.tables(),
    )  # fmt: skip


def test_more_features_come_nearer_on_the_line():
    x = torch.zeros(1, 1, dtype=torch.float64)
    own = frames.KERNELS["Gaussian"].exact(frames.LINE, x)[:, 0]
    found = {D: [fitted.sampled("Gaussian", D, draw, 0.01)[0] - own for draw in range(fitted.DRAWS)] for D in (8, 1024)}
    worst = {D: max(float(one.abs().max()) for one in apart) for D, apart in found.items()}
    assert worst[1024] < worst[8] / 3


def test_a_fit_is_held_against_the_truth_only_where_no_point_was_seen():
    found, (points, y) = chosen.target(), chosen.seen()
    found[points] = y + 9
    assert chosen.errors(found) == {chosen.NEAR: pytest.approx(9), chosen.FAR: 0}
