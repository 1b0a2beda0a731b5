"""The table of settings says what the configurations, their starts and their maps say."""

import math

import pytest
import torch

from circles.models import modular, quantized
from circles.papers import departures, li2024
from circles.papers.li2024 import LiRun, settings

COLUMNS = {start: settings.table(start).set_index("setting")["ours"] for start in settings.STARTS.values()}
OURS = COLUMNS["released"]


@pytest.mark.parametrize("start", COLUMNS)
def test_ours_are_those_of_the_runs(start):
    ours, c = COLUMNS[start], li2024.config("ternary", 3, start=start)
    assert ours["p"] == str(c.p) and ours["d_model, heads, neurons"] == f"{c.d_model}, {c.n_heads}, {c.d_mlp}"
    assert ours["learning rate"] == f"{c.lr:g}" and ours["weight decay"] == f"{c.weight_decay:g}"
    assert ours["betas"] == f"{c.beta1:g}, {c.beta2:g}"
    assert ours["warm-up, steps"] == "none" and not c.warmup
    assert ours["epochs"] == f"{c.epochs:,}" and c.spec.scale == pytest.approx(128**-0.5)
    assert ours["mapped"].split(", ") == [name.removeprefix("W_") for name in quantized.BETWEEN]
    held = {kind: len(li2024.recorded(kind, start=start)) for kind in ("binary", "ternary")}
    assert set(held.values()) == {int(ours["nets of each map"])}


@pytest.mark.parametrize("start", COLUMNS)
def test_the_starts_have_the_deviations_that_the_table_says(start):
    ours = COLUMNS[start]
    for name, w in LiRun.initial([li2024.config("binary", 0, start=start)]).items():
        if name == "gain":
            continue
        law = ours["embedding at the start" if name == "W_E" else "maps at the start"]
        inputs = 512 if name == "W_out" else 128
        if law.startswith("uniform"):
            variance, kurtosis = 1 / (3 * inputs), 1.8
            assert float(w.abs().max()) == pytest.approx(inputs**-0.5, rel=0.01), name
        else:
            variance, kurtosis = float(eval(law.removeprefix("N(0, ").removesuffix(")"))), 3  # noqa: S307  "1/128"
            if name == "W_U":  # as in Chapter 2, whose table says so
                variance = 1 / 114
        error = 5 * math.sqrt((kurtosis - 1) / w.numel()) / 2  # five standard errors of a standard deviation
        assert float(w.std()) / math.sqrt(variance) == pytest.approx(1, abs=error), name


def test_the_floors_are_those_that_the_table_says():
    x = torch.tensor([[[1e-4, 0.0, 0.0, 0.0]]], dtype=torch.float64)
    out = float(modular.rms_norm(x, torch.ones(1, 4, dtype=torch.float64)).max())
    added = float(OURS["floor of the norm"].split()[0])
    assert out == pytest.approx(1e-4 / math.sqrt(1e-8 / 4 + added), rel=1e-12)
    least = float(OURS["ternary: least scale"])
    two = lambda size: torch.tensor([[size, -size]], dtype=torch.float64)  # noqa: E731
    assert torch.equal(quantized.ternary(two(0.6 * least)), two(least)), "rounded up to the least scale"
    assert not quantized.ternary(two(0.4 * least)).any(), "rounded down to nothing"
    assert quantized.binary(torch.zeros(1, 1)).item() == float(OURS["binary: sign of zero"])


def test_attention_before_the_first_step_is_hard_from_the_released_start_alone():
    assert settings.hardness("released") > 0.95 > 0.6 > settings.hardness("normal")  # the sheet's 0.99 and 0.46


def test_every_row_is_complete_and_departures_are_named():
    table = settings.beside()
    assert not table.isna().any(axis=None) and (table != "").all(axis=None)
    expected = [
        "draw of the split", "floor of the norm", "binary: sign of zero", "ternary: least scale", "log-softmax",
        "seed of the start", "nets of each map", "full precision",
    ]  # fmt: skip
    assert departures.departing(table) == expected
    other = departures.departing(settings.table("normal"))
    assert sorted({*other} - {*expected}) == ["embedding at the start", "maps at the start"]
    text = repr(departures.Shown(table))
    assert sum(line.startswith("*") for line in text.splitlines()) == len(expected)
    assert max(map(len, text.splitlines())) <= departures.LINE
