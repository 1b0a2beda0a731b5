"""From Chapter 2's net to Chapter 3's: what each run changes, what it keeps, and the count of what it brings."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch

from circles.foundations.errors import ConfigError
from circles.papers import li2024, nanda2023
from circles.papers.li2024 import between, between_frames
from circles.papers.li2024.between import CHANGES, BetweenRun
from circles.training import runs
from circles.training.runs import Run

SMALL = dict(p=7, d_model=8, n_heads=2, d_mlp=12, epochs=50, every=50)


def test_all_changes_together_lead_from_one_net_to_the_other():
    here, there = nanda2023.config().spec, li2024.config("full", 0).spec
    changed = {field: value for change in CHANGES.values() for field, value in change.items()}
    assert changed == {name: x for name, x in vars(there).items() if x != vars(here)[name]}
    rest = CHANGES["all but the norm"]
    assert rest | CHANGES["norm"] == changed and "norm" not in rest


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_makes_its_change_and_no_other(change):
    here, there = nanda2023.config().spec, BetweenRun(change=change).spec
    assert {name: x for name, x in vars(there).items() if x != vars(here)[name]} == CHANGES[change]


def test_data_and_start_are_those_of_chapter_2():
    theirs, ours = nanda2023.config(1), BetweenRun(change="norm", seed=1)
    (first, _, rule), (other, _, same) = (type(c).problem([c], torch.device("cpu")) for c in (theirs, ours))
    assert rule == same
    assert all(torch.equal(W, other[name]) for name, W in first.items())
    assert set(other) - set(first) == {"gain"}


def test_a_run_keeps_its_curves_and_spectra(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    run = runs.train([BetweenRun(**SMALL)], device="cpu")[0]
    checkpoints = len(run.config.checkpoints())
    assert run.measures["spectrum_E"].shape == (checkpoints, 3)
    assert len(run.measures["test_accuracy"]) == checkpoints
    assert run.weights == {}


def test_the_spectrum_is_of_the_numbers_without_the_row_of_equals():
    config = BetweenRun(**SMALL)
    weights = {name: w.clone() for name, w in BetweenRun.problem([config], torch.device("cpu"))[0].items()}
    wave = (4 * torch.pi * torch.arange(7) / 7).cos()
    weights["W_E"][0, :7] = wave[:, None] * torch.arange(8.0)
    weights["W_E"][0, 7] = torch.randn(8, generator=torch.Generator().manual_seed(0))
    (norms,) = config.measure({0: weights})["spectrum_E"].tolist()
    assert norms == pytest.approx([0, (7 / 2 * sum(i * i for i in range(8))) ** 0.5, 0], abs=1e-5)


def test_frequencies_are_counted_against_the_net_of_the_same_seed():
    def run(change, seed, norms):
        measures = {"spectrum_E": torch.tensor([[1.0, 1, 1, 1], norms]), "test_accuracy": torch.tensor([0.1, 1.0])}
        return Run(BetweenRun(change=change, seed=seed), {}, measures, torch.zeros(1), {}, Path())

    x = torch.arange(7) * 2 * torch.pi / 7
    waves = torch.stack([x.cos(), (2 * x).cos(), torch.ones(7)], 1)  # two frequencies, one of them alone for seed 1
    before = {
        seed: Run(nanda2023.config(seed), {"W_E": torch.cat([waves[:, :seed], torch.ones(1, seed)])[None]}, {},
                  torch.zeros(1), {}, Path())
        for seed in (1, 2)
    }  # fmt: skip
    found = between_frames.table(before, [run("norm", 1, [4.0, 4, 2, 0.5]), run("norm", 2, [1.0, 0, 0, 0.1])])
    assert found["frequencies"].tolist() == [3, 1]
    assert found["more"].tolist() == [2, -1]
    assert between_frames.table({}, []).empty


def test_the_claims_wait_for_their_runs():
    def rows(**more):
        return pd.DataFrame([
            {"change": change.replace("_", " "), "seed": seed, "more": x}
            for change, values in more.items() for seed, x in values.items()
        ], columns=["change", "seed", "more"])  # fmt: skip

    every = rows(norm={4: 9, 1: 7, 2: 8}, no_positions={1: 0, 2: 3}, no_biases={1: 1}, other_scale={1: -1},
                 all_but_the_norm={1: 2})  # fmt: skip
    assert between_frames.norm(every) == ([7, 8, 9],)
    most = {"no positions": 3, "no biases": 1, "other scale": -1, "all but the norm": 2}
    assert between_frames.others(every) == (most,)
    for few in (rows(), rows(norm={1: 7, 2: 8}, no_biases={1: 1})):
        assert between_frames.norm(few) == between_frames.others(few) == ()


def test_every_seed_has_all_changes():
    assert [c.change for c in between.every(4)] == list(CHANGES)


def test_an_unknown_change_is_named():
    with pytest.raises(ConfigError, match="change is 'mask', expected one of norm, no positions"):
        BetweenRun(change="mask")
