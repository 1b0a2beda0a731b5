"""The charts of kernels on made-up frames: valid, small, described, the same twice, clear about what they lack."""

import json

import numpy as np
import pandas as pd
import pytest

from circles.figures import FigureError
from circles.figures import kernels as figures

RNG = np.random.default_rng(0)


def _errors() -> pd.DataFrame:
    rows = [(m, f, s, RNG.uniform(0.1, 0.3)) for m, f in (("a", "x"), ("b", "y")) for s in range(5)]
    frame = pd.DataFrame(rows, columns=["method", "family", "seed", "test"])
    return frame.assign(gap=frame["test"] - 0.15, bound=1e20)


def _curves() -> pd.DataFrame:
    rows = [(m, p, s, n, 1 / n) for m in "ab" for p in ("one", "two") for s in range(3) for n in (10, 20)]
    return pd.DataFrame(rows, columns=["method", "panel", "seed", "n", "test"])


def _matrix() -> tuple[pd.DataFrame, pd.DataFrame]:
    cells = [(k, i, j, float((i - j) % 4)) for k in range(3) for i in range(4) for j in range(4)]
    spectrum = pd.DataFrame({"frequency": range(3), "size": [3.0, 1.0, 2.0]})
    return pd.DataFrame(cells, columns=["kept", "row", "column", "value"]), spectrum


def _times() -> pd.DataFrame:
    rows = [(s, p, n, n**2 * 1e-6) for s in ("FFT", "dense") for p in ("n", "d") for n in (10, 100)]
    return pd.DataFrame(rows, columns=["solver", "panel", "size", "seconds"])


ERRORS, CURVES = _errors(), _curves()
CHARTS = {
    "error_boxes": lambda: figures.error_boxes(ERRORS),
    "errors_over": lambda: figures.errors_over(CURVES, over="n", title="n"),
    "bound_against_gap": lambda: figures.bound_against_gap(ERRORS),
    "circulant_slider": lambda: figures.circulant_slider(*_matrix()),
    "times_over": lambda: figures.times_over(_times()),
    "times_over, memory": lambda: figures.times_over(
        _times().rename(columns={"seconds": "megabytes"}), value="megabytes"
    ),
    "medians_over": lambda: figures.medians_over(CURVES, over="n", title="n"),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_figure_is_valid_small_described_and_the_same_twice(name):
    figure, again = CHARTS[name](), CHARTS[name]()
    assert json.dumps(figure.spec) == json.dumps(again.spec)
    assert len(json.dumps(figure.spec)) < 300_000 and len(figure.picture) < 60_000
    assert len(figure.alt) > 40 and "nan" not in figure.alt.lower().split() and figure.caption.strip()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: figures.error_boxes(ERRORS.drop(columns="seed")), "error_boxes: the frame has no column 'seed'"),
        (lambda: figures.errors_over(CURVES, over="m", title="m"), "along: the frame has no column 'm'"),
        (lambda: figures.bound_against_gap(CURVES), "no column 'family', 'gap', 'bound'"),
        (lambda: figures.medians_over(CURVES, over="m", title="m"), "along: the frame has no column 'm'"),
        (lambda: figures.times_over(CURVES), "no column 'solver', 'size', 'seconds'"),
    ],
)
def test_a_missing_column_is_named(make, words):
    with pytest.raises(FigureError, match=words):
        make()


def test_medians_and_quartiles_are_those_of_the_seeds():
    frame = pd.DataFrame({"method": "a", "panel": "p", "seed": range(5), "n": 10, "test": [1.0, 2.0, 3.0, 4.0, 50.0]})
    text = json.dumps(figures.medians_over(frame, over="n", title="n").spec)
    assert '"low": [2], "high": [4]' in text and '"middle": [3]' in text
