"""Sweeps: runs that stop early, in a batch and resumed; which runs a name stands for, and which train together."""

from __future__ import annotations

import dataclasses
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from circles import ledger
from circles.analysis import generalisation, losses
from circles.book import registry, sweep
from circles.foundations.errors import ConfigError
from circles.models import modular
from circles.papers.nanda2023 import sweeps
from circles.papers.nanda2023.sweeps import SweepRun
from circles.training import rhythm, runs, tasks

SMALL = dict(p=11, d_model=16, n_heads=2, d_mlp=32, epochs=750, fraction=0.8, lr=0.005, seed=0, grokked=0.7)
DECAYS = (0.0, 1.0, 3.0)  # at this seed the first never gets there, the others do, one after the other


def small(**changes):
    return [SweepRun(**(SMALL | {"weight_decay": decay} | changes)) for decay in DECAYS]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The three small runs, which nobody stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CIRCLES_RUNS", raising=False)
        patch.setenv("CIRCLES_CACHE", str(tmp_path_factory.mktemp("trained")))
        return runs.train(small())


def equal(one, other):
    return set(one) == set(other) and all(torch.equal(v, other[k]) for k, v in one.items())


def test_one_replicate_stops_and_the_others_go_on(cache, trained):
    through = runs.train(small(grokked=2.0))  # nobody gets there
    ends = []
    for whole, part in zip(through, trained, strict=True):
        assert whole.measures["epoch"].tolist() == list(range(0, 751, 125))
        good = np.flatnonzero(whole.measures["test_accuracy"].numpy() >= SMALL["grokked"])
        n = good[0] + 1 if len(good) else len(whole.measures["epoch"])
        assert equal({k: v[:n] for k, v in whole.measures.items()}, part.measures)
        assert torch.equal(whole.losses[:n], part.losses)
        ends.append(int(part.measures["epoch"][-1]))
    assert ends[0] == 750 and len(set(ends)) == 3, "the settings do not test what they should"


def test_the_file_says_when_a_run_ended(trained):
    for run in trained:
        about = runs.store.read_json(run.folder / "run.json")
        assert about["ended"] == int(run.measures["epoch"][-1])


def test_interrupted_after_one_stopped_and_resumed_ends_with_the_same_bits(cache, trained, monkeypatch):
    monkeypatch.setattr(rhythm, "SECONDS", 0.0)
    monkeypatch.setattr(rhythm, "COST", 1e9)
    asked = []

    class Killed(BaseException):
        pass

    def finished(self, epoch, weights):
        asked.append((epoch, self.weight_decay))
        if epoch == 625:
            raise Killed
        return original(self, epoch, weights)

    original = SweepRun.finished
    monkeypatch.setattr(SweepRun, "finished", finished)
    with pytest.raises(Killed):
        runs.train(small())
    monkeypatch.setattr(SweepRun, "finished", original)
    assert len([e for e, _ in asked if e == 500]) < 3, "no run had stopped: nothing was tested"
    resumed = runs.train(small())
    for one, other in zip(trained, resumed, strict=True):
        assert equal(one.measures, other.measures) and torch.equal(one.losses, other.losses)


def test_a_sweep_run_is_small_and_keeps_no_weights(trained):
    (run, *_) = trained
    assert run.weights == {} and not (run.folder / "weights.safetensors").exists()
    checkpoints, kept = len(SweepRun().checkpoints()), 40_000 // SweepRun.losses_every + 1
    assert 8 * 5 * checkpoints + 4 * kept + 2000 < 60e3
    assert all(epoch % SweepRun.losses_every == 0 for epoch in SweepRun().checkpoints())
    assert len(run.losses) == 750 // SweepRun.losses_every + 1
    assert float(run.losses[0]) == pytest.approx(float(run.measures["train_loss"][0]), abs=1e-5)


def test_loss_and_accuracy_are_those_of_all_logits(monkeypatch):
    monkeypatch.setattr(generalisation, "ROWS", 7)
    config = SweepRun(p=11, d_model=16, n_heads=2, d_mlp=32, seed=3)
    weights = modular.initial(config.spec, [3], dtype=torch.float64)
    logits = modular.activations(weights, config.spec)["logits"][0]
    for index in tasks.split(11, 0.3, seed=3):
        loss, accuracy = generalisation.side(weights, config.spec, index)
        assert abs(loss - losses.loss(logits, index)) < 1e-12
        assert abs(accuracy - losses.accuracy(logits, index)) < 1e-12


def test_nets_of_the_main_run_stand_in_the_table_as_those_of_the_sweeps_do():
    def net(seed, train, test):
        curves = {"epoch": np.arange(3), "train_accuracy": np.array(train), "test_accuracy": np.array(test)}
        config = SimpleNamespace(p=113, fraction=0.3, weight_decay=1.0, epochs=3, seed=seed)
        return SimpleNamespace(run=SimpleNamespace(config=config), curves=curves)

    found = sweeps.usual({4: net(4, [0, 1, 1], [0, 0.5, 1]), 0: net(0, [0, 1, 1], [0, 0, 0.25])})
    assert found["seed"].tolist() == [0, 4] and found["epochs_to_learn"].tolist() == [1, 1]
    assert found["epochs_to_grok"].isna().tolist() == [True, False] and found["epochs_to_grok"].iloc[1] == 2
    assert found["final_test_accuracy"].tolist() == [0.25, 1]


def test_names_stand_for_the_papers_sweeps():
    papers = ["no-weight-decay", "weight-decay", "fraction", "primes"]
    made = {name: sweep.configs(registry.RUNS[name], [0, 2]) for name in papers}
    assert {(c.fraction, c.seed) for c in made["fraction"]} == {(n / 10, s) for n in range(1, 10) for s in (0, 2)}
    assert {c.weight_decay for c in made["weight-decay"]} == {0, 0.3, 1, 3, 5}
    assert [c.weight_decay for c in made["no-weight-decay"]] == [0, 0]
    assert {(c.p, c.weight_decay) for c in made["primes"]} == {(53, 1), (53, 5), (97, 1), (109, 1), (113, 1), (401, 1)}
    everything = [c for configs in made.values() for c in configs]
    assert {c.epochs for c in everything} == {40_000}
    assert len({c.digest for c in everything}) < len(everything), "the main run is in several sweeps, trained once"
    assert [c.seed for c in sweep.configs(registry.RUNS["nanda2023"], [4, 1])] == [4, 1]


ONE = ("zhou2024-embeddings", "zhou2024-spectra", "hashimoto2023-many", "samareh2018-many")


@pytest.mark.parametrize("name", registry.AT_ONCE)
def test_what_trains_its_seeds_side_by_side_has_no_other_seeds(name):
    (made, nets), last = registry.AT_ONCE[name], 2 if name in ("rey2020-digits", "rey2020-kept") else 4
    assert sweep.configs(registry.RUNS[name], [0]) == made(0)
    assert nets == last + 1
    said = f"^--seeds has 3, but {name} trains seeds 0 to {last} side by side in one run, expected --seeds 0$"
    with pytest.raises(ConfigError, match=said):
        sweep.configs(registry.RUNS[name], [0, 3])


@pytest.mark.parametrize("name", [n for n in registry.RUNS if n not in (*registry.AT_ONCE, *ONE)])
def test_all_others_make_other_runs_of_another_seed(name):
    """Published models are what they are, and studies of many draws know theirs; all other names take seeds."""
    one, other = ({c.digest for c in sweep.configs(registry.RUNS[name], [seed])} for seed in (1, 2))
    assert one and other and not one & other


def test_every_family_is_known_by_its_name():
    assert registry.FAMILIES["sweeps"] is SweepRun and set(registry.FAMILIES) >= {"grokking"}
    assert all(kind.family == name for name, kind in registry.FAMILIES.items())


@pytest.mark.parametrize(("only", "chosen"), [
    ("f0.2-wd1", [0.2]),
    ("f0.6,f0.3", [0.3, 0.6]), ("0.6, 0.3", [0.3, 0.6]), ("f0.1", [0.1]),
    ("f0.1,", [0.1]), (", 0.6,,f0.3", [0.3, 0.6]), ("", list(sweeps.FRACTIONS)),
])  # fmt: skip
def test_only_keeps_the_runs_with_these_parts(only, chosen):
    assert [c.fraction for c in sweep.configs(sweeps.fraction, [0], only)] == chosen


def test_every_command_that_the_ledger_names_is_one_that_run_knows():
    told = [c.needs for paper in ledger.papers() for c in paper.claims if "circles run" in c.needs]
    found = [
        words
        for needs in told
        for words in re.findall(r"circles run ([\w-]+)(?: --seeds ([\d,-]+))?(?: --only (\S+))?", needs)
    ]
    assert len(found) >= len(told) > 0
    for name, seeds, only in found:
        some = [int(s) for s in re.findall(r"\d+", seeds)] or [0]
        assert sweep.configs(registry.RUNS[name], some, only.rstrip(".,;")), f"{name} {only}"


def test_only_tells_a_part_from_its_beginning():
    assert [c.weight_decay for c in sweep.configs(sweeps.weight_decay, [0], "wd0")] == [0]
    with pytest.raises(ConfigError, match="--only is 'wd0,wd2', but 'wd2' is in none of p113-f0.3-wd0-40000-seed0,"):
        sweep.configs(sweeps.weight_decay, [0], "wd0,wd2")


@pytest.mark.parametrize("only", [",", " ", " , ,"])
def test_only_without_a_word_chooses_nothing(only):
    with pytest.raises(ConfigError, match=f"--only is {only!r}, expected parts of the runs' names"):
        sweep.configs(sweeps.weight_decay, [0], only)


def test_only_that_ends_in_a_comma_chooses_no_run_by_its_letters():
    made = sweep.configs(registry.RUNS["li2024-ends"], [0], "binary,")
    assert [c.kind for c in made] == ["binary"]


def test_on_a_gpu_equal_shapes_train_side_by_side(monkeypatch):
    monkeypatch.setattr(runs, "pick", torch.device)
    made = sweep.configs(sweeps.weight_decay, [0, 1]) + sweep.configs(sweeps.fraction, [0], "f0.6")
    groups = sweep.batches(made, "cuda")
    assert [len(g) for g in groups] == [10, 1]
    assert [len(g) for g in sweep.batches(made, "cpu")] == [1] * 11


def test_runs_that_cannot_stop_early_train_side_by_side_anywhere():
    made = sweep.configs(registry.RUNS["nanda2023"], [0, 2, 3])
    assert [[c.seed for c in g] for g in sweep.batches(made, "cpu")] == [[0, 2, 3]]


def test_results_come_in_the_order_asked(monkeypatch):
    def train(group, device):
        return [SimpleNamespace(config=c) for c in group]

    monkeypatch.setattr(runs, "train", train)
    found = sweep.train(sweep.configs(sweeps.primes, [0, 1]), device="cpu")
    assert [r.config.name for r in found] == [c.name for c in sweep.configs(sweeps.primes, [0, 1])]


def test_a_changed_threshold_is_another_run():
    config = SweepRun()
    assert dataclasses.replace(config, grokked=0.9).digest != config.digest


def test_a_scheduler_that_does_not_answer_is_named():
    with pytest.raises(ConfigError, match="no scheduler answers"):
        sweep.everywhere([lambda: 1], "bogus://nowhere:1")
