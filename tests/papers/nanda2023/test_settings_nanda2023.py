"""The table of settings says what the configuration, the start and the optimiser of the live run say."""

import math

import pytest
import torch

from circles.analysis import clusters
from circles.papers import departures
from circles.papers.nanda2023 import recorded_seeds, settings
from circles.papers.nanda2023.training import SEEDS, config
from circles.training.loop import Descent

TABLE = settings.table().set_index("setting")
OURS = TABLE["ours"]


def test_ours_are_the_live_run_s():
    c = config()
    assert OURS["p"] == str(c.p) and OURS["d_model, heads, neurons"] == f"{c.d_model}, {c.n_heads}, {c.d_mlp}"
    assert OURS["learning rate"] == f"{c.lr:g}" and OURS["weight decay"] == f"{c.weight_decay:g}"
    assert OURS["betas"] == f"{c.beta1:g}, {c.beta2:g}" and OURS["warm-up, steps"] == str(c.warmup)
    assert OURS["epochs"].startswith(f"{c.epochs:,}") and OURS["checkpoints, every"] == str(c.every)
    assert sorted(recorded_seeds()) == list(SEEDS) and OURS["seeds"] == str(len(SEEDS))


def test_the_start_has_the_deviations_that_the_table_says():
    c = config()
    weights, _, _ = type(c).problem([c], torch.device("cpu"))
    for name, w in weights.items():
        if name[0] == "b":
            assert not w.any()
            continue
        law = OURS["W_U at the start" if name == "W_U" else "other maps"]
        inverse = int(law.removeprefix("N(0, 1/").removesuffix(")"))
        error = 5 / math.sqrt(2 * w.numel())  # five standard errors of a standard deviation
        assert float(w.std()) * math.sqrt(inverse) == pytest.approx(1, abs=error), name


def test_the_first_steps_have_the_rates_and_the_epsilon_that_the_table_says():
    c = config()
    weights, objective, optimiser = type(c).problem([c], torch.device("cpu"))
    descent = Descent(weights, optimiser)
    records = descent.records(objective, 2)
    next(records), next(records)
    (group,) = descent._adam.param_groups
    assert f"{group['lr']:g}" == OURS["first step's rate"]
    assert group["eps"] == torch.optim.AdamW([torch.zeros(1)]).defaults["eps"]


def test_frequencies_are_searched_as_far_as_the_table_says():
    c = config()
    found = clusters.variance_by_frequency(torch.randn(7 * 7, 2, generator=torch.Generator().manual_seed(0)))
    assert len(found) == 3, "of 7 numbers, the frequencies 1 to 3"
    assert OURS["frequencies searched"] == f"1 to {(c.p - 1) // 2}"


def test_every_row_is_complete_and_departures_are_named():
    assert not TABLE.isna().any(axis=None) and (TABLE != "").all(axis=None)
    assert departures.departing(settings.table()) == [
        "draw of the split", "classes of the loss", "seed of the start", "first step's rate", "epochs", "log-softmax",
        "checkpoints, every", "frequencies searched", "sweeps end",
    ]  # fmt: skip
    assert max(map(len, repr(departures.Shown(settings.table())).splitlines())) <= departures.LINE
