"""Figures of number embeddings on made-up frames: valid, described, and clear about what they lack."""

import ast

import numpy as np
import pandas as pd
import pytest

from circles.figures import FigureError
from circles.figures import numbers as figures

PERIODS = {10: 34, 5: 68, 2.5: 136, 2: 170}


def spectra(*panels):
    generator = np.random.default_rng(0)
    k = np.arange(1, 171)
    spike = np.isin(k, list(PERIODS.values()))
    return pd.concat(
        pd.DataFrame({"panel": p, "component": k, "period": 340 / k, "spike": spike,
                      "size": generator.uniform(0.9, 1.1, 170) + spike}) for p in panels
    )  # fmt: skip


def wheel():
    n = np.arange(20)
    parts = [
        pd.DataFrame(
            {"number": n, "digit": n % 10, "period": t, "x": np.cos(2 * np.pi * n / t), "y": np.sin(2 * np.pi * n / t)}
        )
        for t in (10.0, 5.0)
    ]
    return pd.concat(parts)


def controls():
    return pd.DataFrame({"largest": np.linspace(1.2, 1.5, 100)})


def test_spectra_name_the_spikes_in_every_panel():
    one, two = figures.number_spectra(spectra("a")), figures.number_spectra(spectra("a", "b"))
    assert one.columns == 1
    assert two.columns == 2
    assert two.alt.count(" at 2.5") == 2
    assert one.png()[:4] == two.png(dark=True, width=320)[:4] == b"\x89PNG"


def test_the_rule_is_the_95th_percentile_and_names_what_is_above():
    figure = figures.spikes_against_chance(spectra("a"), controls())
    assert "A rule at 1.49: largest by chance, 95%." in figure.alt
    assert "100 permutations" in figure.alt
    assert "2.09 at 5, 2.04 at 10, 2 at 2, 1.98 at 2.5." in figure.alt
    assert figure.png()[:4] == b"\x89PNG"


def test_the_wheel_says_in_which_order_the_digits_stand():
    figure = figures.number_wheel(wheel())
    assert figure.alt.endswith("Around the origin of period 10 their order is 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.")
    assert '"period: "' in str(figure.spec).replace("'", '"')
    assert figure.png()[:4] == b"\x89PNG"


def test_the_means_fill_their_panel_in_every_period():
    frame = wheel().assign(x=lambda f: f["x"].where(f["period"] > 5, 0.1 * f["x"] + 3))
    means = figures.number_wheel(frame).spec["concat"][1]["layer"][0]["encoding"]
    for period in ("10", "5"):
        own = frame[frame["period"] == float(period)].groupby("digit")[["x", "y"]].mean()
        wide = max(own[axis].max() - own[axis].min() for axis in "xy")
        for axis in "xy":
            ends = [means[axis]["scale"][end]["expr"].removesuffix("[period]") for end in ("domainMin", "domainMax")]
            low, high = (ast.literal_eval(end)[period] for end in ends)
            assert low < own[axis].min() and own[axis].max() < high
            assert high - low == pytest.approx(1.2 * wide, abs=2e-3)


def test_names_of_bars_that_have_no_room_beside_each_other_are_left_out():
    """Of two high neighbours the higher one's; both of two neighbours of which one is far above the other."""
    k = np.arange(1, 101)
    sizes = {20: 5.0, 22: 5.1, 60: 5.0, 62: 2.0}
    frame = pd.DataFrame({"panel": "a", "component": k, "period": k, "spike": [i in sizes for i in k]})
    frame["size"] = frame["component"].map(sizes).fillna(0.5)
    figure = figures.number_spectra(frame)
    named = {row["component"] for rows in figure.spec["datasets"].values() for row in rows if row["named"]}
    assert named == {22, 60, 62}
    assert all(f" at {k}" in figure.alt for k in sizes)


def test_what_is_left_is_drawn():
    n = np.arange(120)
    frame = pd.DataFrame({"number": n, "digits": [len(str(x)) for x in n], "x": np.sin(n / 50), "y": np.cos(n / 50)})
    assert figures.left_over(frame).png()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (lambda: figures.number_spectra(spectra("a").drop(columns="spike")), "spike"),
        (lambda: figures.spikes_against_chance(spectra("a"), controls().rename(columns={"largest": "x"})), "largest"),
        (lambda: figures.number_wheel(wheel().drop(columns="digit")), "digit"),
        (lambda: figures.left_over(wheel()), "digits"),
    ],
)
def test_a_missing_column_is_named(call, missing):
    with pytest.raises(FigureError, match=f"the frame has no column '{missing}'"):
        call()
