"""What the forms of figures promise a reader: settings at their places, true captions, sliders in their unit."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from circles.figures import FigureError, controls, grokking, kernels, manifolds, numbers
from circles.figures.lines import lines
from circles.figures.quantity import Quantity


def three(second: float) -> pd.DataFrame:
    x = np.arange(5)
    parts = [("a", x), ("b", x * second), ("c", 4 - x)]
    return pd.concat([pd.DataFrame({"who": who, "x": x, "value": value}) for who, value in parts])


@pytest.mark.parametrize(("second", "said"), [(1.0, True), (1.002, True), (1.2, False)])
def test_lines_that_cannot_be_told_apart_are_said_to_coincide(second, said):
    figure = lines(three(second), over="x", x=Quantity("x"), y=Quantity("y"), caption="Three lines.")
    assert figure.caption == "Three lines." + (" “b” lies on “a”." if said else "")
    assert ("strokeDash" in figure.spec["layer"][0]["encoding"]) is said


def test_what_a_caption_adds_of_a_panel_begins_as_a_sentence():
    frame = three(1.0).assign(panel="half of it")
    figure = lines(frame, over="x", x=Quantity("x"), y=Quantity("y"), panel="panel", caption="Three lines.")
    assert figure.caption == "Three lines. Half of it: “b” lies on “a”."


def test_labels_along_an_axis_keep_apart_and_even():
    figure = lines(three(1.2), over="x", x=Quantity("epoch", ticks=6), y=Quantity("y"), caption="Three lines.")
    assert figure.spec["layer"][0]["encoding"]["x"]["axis"]["labelOverlap"] == "parity"
    assert all(figure.spec["usermeta"][look]["axis"]["labelSeparation"] >= 6 for look in ("light", "dark"))


def test_the_longest_bar_of_a_fault_leaves_room_for_its_number():
    figure = manifolds.kl_faults(pd.DataFrame({"space": ["S", "T"], "nats": [1.0, -2.08]}))
    found = re.search(r'"domain": \[(-?[\d.]+), ([\d.]+)\]', json.dumps(figure.spec))
    assert float(found[1]) <= -1.35 * 2.08 and float(found[2]) >= 1.35 * 2.08


def test_an_unknown_spread_is_named():
    with pytest.raises(FigureError, match="spread='box'; expected one of seeds, range, quartiles, deviation, given"):
        lines(three(1), over="x", x=Quantity("x"), spread="box", caption="x")


def test_all_seeds_of_a_setting_stand_at_its_place():
    rows = [(decay, seed, 100.0, 500, 1.0) for decay in (0, 0.1, 3) for seed in range(5)]
    columns = ["weight_decay", "seed", "epochs_to_grok", "budget", "final_test_accuracy"]
    figure = grokking.sweep(pd.DataFrame(rows, columns=columns), over="weight_decay")
    encoding = figure.spec["layer"][-1]["encoding"]
    assert "xOffset" not in encoding and encoding["x"]["sort"] == [0, 0.1, 3]
    assert "cross" not in figure.caption
    missing = pd.DataFrame([*rows, (3, 5, None, 500, 0.1)], columns=columns)
    one = grokking.sweep(missing, over="weight_decay")
    assert one.caption.endswith("crosses did not within their budget.") and "3 100" in one.alt
    most = missing.assign(epochs_to_grok=missing["epochs_to_grok"].where(missing["weight_decay"] < 3))
    assert grokking.sweep(most, over="weight_decay").alt.endswith("0.1 100, 3 not within the budget.")


@pytest.mark.parametrize(
    ("moments", "at"),
    [([0, 100, 300, 1000], [0, 100, 300, 1000]), ([0.01, 0.1, 1.0], [-2, -1, 0]), ([0.0, 0.5, 2.0], [0, 0.5, 2])],
)
def test_a_slider_reads_in_the_unit_and_finds_the_nearest_moment(moments, at):
    where, moment, now = controls.along(moments, name="t", now="now")
    assert [controls.place(moments, i) for i in range(len(moments))] == at
    assert (where.param.bind.min, where.param.bind.max) == (at[0], at[-1])
    for i, place in enumerate(at):
        for near in (place - 0.004, place, place + 0.004):
            assert eval(moment.param.expr, {"at": near}) == i
    assert eval(now.param.expr, {"moment": 1}) == moments[1]


def test_a_bound_is_said_to_hold_only_where_it_does():
    rows = [("wine", line, step, value * step) for line, value in (("hinge", 1), ("bound", 2)) for step in (1, 2, 4)]
    frame = pd.DataFrame(rows, columns=["dataset", "line", "step", "value"])
    assert kernels.twin_runs(frame, bound="bound").caption.endswith("every line stays below it.")
    frame.loc[0, "value"] = 5
    assert kernels.twin_runs(frame, bound="bound").caption.endswith("hinge crosses it.")


def test_the_caption_names_the_spaces_whose_kl_is_off():
    frame = pd.DataFrame({"space": ["S²", "SO(3)", "O(3)"], "nats": [0.001, -2.07, 0.7]})
    assert manifolds.kl_faults(frame).caption.endswith("off on SO(3), O(3).")


def test_a_spectrum_is_said_to_be_of_what_it_is():
    rows = [("x", 1, 2.0, 1.0, False), ("x", 2, 1.0, 3.0, True)]
    frame = pd.DataFrame(rows, columns=["panel", "component", "period", "size", "spike"])
    assert numbers.number_spectra(frame).caption.startswith("The number embeddings in the Fourier basis.")
    told = numbers.number_spectra(frame, what="the logits of the last layer's modules")
    assert told.caption.startswith("The logits of the last layer's modules in the Fourier basis.")
    assert "embedding" not in told.caption + told.alt


def test_heads_are_drawn_along_the_circle_of_their_frequency():
    p, k = 11, 4
    a = np.arange(p)
    frame = pd.DataFrame({"head": [0], "frequency": [k], "fve": [0.99]})
    wave = np.cos(2 * np.pi * k * a / p)
    spec = grokking.attention_heads(frame, pd.DataFrame({"head": 0, "a": a, "attention": wave, "fitted": wave})).spec
    (rows,) = spec["datasets"].values()
    assert [r["place"] for r in rows] == list(range(p)) and all(r["place"] == k * r["a"] % p for r in rows)
    drawn = np.array([r["fitted"] for r in rows])
    assert np.abs(drawn - np.cos(2 * np.pi * a / p)).max() < 1e-3, "one wave, not a zigzag"


def test_no_panel_is_left_empty():
    rows = [(net, e, 0.25, 4) for net in ("one", "two", "three") for e in (-1, 1, 10, 20)]
    figure = numbers.error_histograms(pd.DataFrame(rows, columns=["net", "error", "share", "wrong"]))
    assert len(figure.spec["concat"]) % figure.columns == 0
