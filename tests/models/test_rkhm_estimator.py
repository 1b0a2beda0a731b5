"""The scikit-learn face: its own rules, a grid search, and what it refuses."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import check_estimator

from circles.models.rkhm_estimator import RKHMRegressor

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 6))


def test_it_keeps_every_rule_of_scikit_learn():
    found = check_estimator(RKHMRegressor(penalty=0.01), on_skip=None)
    assert not [r["check_name"] for r in found if r["status"] not in ("passed", "skipped")]


def test_a_grid_search_finds_the_mixing_that_the_data_need():
    f = np.fft.fft(X)
    y = np.fft.ifft(np.roll(f, 1, 1) + np.roll(f, -1, 1)).real  # every frequency answers for its neighbours
    grid = {"mixing": [0.0, 1.0], "penalty": [1e-4, 1e-2]}
    search = GridSearchCV(RKHMRegressor("polynomial", degree=1), grid, cv=3).fit(X[:20], y[:20])
    assert search.best_params_["mixing"] == 1.0
    assert search.score(X[20:], y[20:]) > 0.9 > clone(RKHMRegressor("polynomial", degree=1)).fit(X, y).score(X, y)


def test_a_separable_kernel_is_scikit_learns_own_ridge_for_every_output():
    y = np.sin(X)
    ours = RKHMRegressor("separable", c=0.3, penalty=0.1).fit(X, y).predict(X)
    assert np.abs(ours - KernelRidge(alpha=0.1, kernel="rbf", gamma=0.3).fit(X, y).predict(X)).max() < 1e-10


def test_fewer_outputs_than_inputs():
    y = X[:, :2]
    assert RKHMRegressor().fit(X, y).predict(X).shape == (30, 2)
    assert RKHMRegressor().fit(X, y[:, 0]).predict(X).shape == (30,)
    assert RKHMRegressor().fit(X[:1], y[:1]).predict(X[:1]).shape == (1, 2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: RKHMRegressor().fit(X[:, :2], X), "y has 6 columns and X 2, expected at most as many"),
        (lambda: RKHMRegressor("cubic").fit(X, X), "kernel is 'cubic', expected one of gaussian"),
        (lambda: RKHMRegressor().fit(X * np.nan, X), "Input X contains NaN"),
        (lambda: RKHMRegressor().fit(X, X[:3]), "inconsistent numbers of samples"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
