"""Mini-batch and computed runs: the optimiser against torch's own, resumed bit for bit, kept like any run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.training import computed, runs, trainer
from circles.training.computed import ComputedRun
from circles.training.minibatch import Adam, MinibatchDescent, MinibatchRun

X = torch.linspace(-1, 1, 64, dtype=torch.float64).reshape(16, 4)
Y = X @ torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)


def line(seed: int):
    def epoch(weights: dict[str, Tensor], number: int) -> Iterator[Tensor]:
        order = torch.randperm(16, generator=streams(seed, f"batches/{number}")[f"batches/{number}"])
        for batch in order.split(4):
            yield ((X[batch] @ weights["w"][0] + weights["shift"][0] - Y[batch]) ** 2).mean().reshape(1)

    return epoch


def first() -> dict[str, Tensor]:
    return {"w": torch.ones(1, 4, dtype=torch.float64), "shift": torch.zeros(1, dtype=torch.float64)}


@dataclass(frozen=True, kw_only=True)
class LineRun(MinibatchRun):
    epochs: int = 6
    family: ClassVar[str] = "line"

    @property
    def name(self) -> str:
        return f"line-seed{self.seed}"

    @classmethod
    def problem(cls, configs, device):
        return first(), line(configs[0].seed), Adam(lr=0.1, weight_decay=0.01, steps=24, frozen=("shift",))

    def checkpoints(self):
        return (0, 3, self.epochs)

    def measure(self, snapshots):
        return {"epoch": torch.tensor(list(snapshots))}


@dataclass(frozen=True, kw_only=True)
class SquareRun(ComputedRun):
    x: float = 2.0
    family: ClassVar[str] = "square"

    @property
    def name(self) -> str:
        return f"square-{self.x:g}"

    def compute(self) -> dict[str, Tensor]:
        return {"square": torch.tensor(self.x**2)}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)


def test_steps_are_torchs_adamw_with_a_rate_that_falls_linearly():
    ours = MinibatchDescent(first(), Adam(lr=0.1, weight_decay=0.01, steps=24, frozen=("shift",)))
    records = list((r.epoch, float(r.loss)) for r in ours.records(line(0), 6))
    w = torch.ones(4, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.AdamW([w], lr=0.1, weight_decay=0.01)
    fall = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: 1 - step / 24)
    for number in range(6):
        for loss in line(0)({"w": w[None], "shift": torch.zeros(1, dtype=torch.float64)}, number):
            adam.zero_grad()
            loss.sum().backward()
            adam.step()
            fall.step()
    assert (ours.weights["w"][0] - w).abs().max() < 1e-12
    assert [epoch for epoch, _ in records] == list(range(7))
    assert records[-1][1] < records[1][1]


def test_frozen_weights_stay_and_have_no_gradient():
    ours = MinibatchDescent(first(), Adam(lr=0.1, frozen=("shift",)))
    for _ in ours.records(line(0), 2):
        pass
    assert ours.weights["shift"].item() == 0
    assert ours.weights["shift"].grad is None


def test_restored_at_an_epochs_end_goes_on_with_the_same_bits():
    settings = Adam(lr=0.1, weight_decay=0.01, steps=24)
    whole = MinibatchDescent(first(), settings)
    states = {r.epoch: {k: v.clone() for k, v in whole.state().items()} for r in whole.records(line(3), 6)}
    again = MinibatchDescent(first(), settings)
    again.restore(states[2])
    for _ in again.records(line(3), 6):
        pass
    assert all(torch.equal(value, states[6][name]) for name, value in again.state().items())


def test_a_minibatch_run_is_trained_once_and_kept(cache, monkeypatch):
    run = runs.get(LineRun(seed=2))
    assert run.measures["epoch"].tolist() == [0, 3, 6]
    assert len(run.losses) == 7 and run.losses[0].isnan() and run.losses[-1] < run.losses[1]
    monkeypatch.setattr(trainer, "train_batch", lambda *_: pytest.fail("trained again"))
    assert torch.equal(runs.get(LineRun(seed=2)).weights["w"], run.weights["w"])


def test_a_computed_run_is_computed_once_and_kept(cache, monkeypatch):
    run = runs.get(SquareRun(x=3.0))
    assert run.measures["square"] == 9 and not run.weights and len(run.losses) == 0
    monkeypatch.setattr(computed, "compute_run", lambda *_: pytest.fail("computed again"))
    assert runs.get(SquareRun(x=3.0)).measures["square"] == 9


@dataclass(frozen=True, kw_only=True)
class PlacedRun(ComputedRun):
    """Says on which device it computed; ``asks`` whether it wants another than the CPU; ``inner`` needs a run first."""

    asks: bool = True
    inner: bool = False

    family: ClassVar[str] = "placed"

    @property
    def name(self) -> str:
        return f"asks{self.asks}-inner{self.inner}"

    def compute(self):
        if self.inner:
            within = runs.get(PlacedRun(asks=True))
            return {"gpu": within.measures["gpu"]}
        return {"gpu": torch.tensor(self.asks and runs.pick("auto").type == "cuda")}


@pytest.mark.parametrize(("device", "asks", "on_gpu"), [
    ("auto", True, True), ("cuda", True, True), ("cpu", True, False), ("auto", False, False), ("cuda", False, False),
])  # fmt: skip
def test_a_computed_run_gets_the_device_asked_for_and_says_which_it_used(cache, monkeypatch, device, asks, on_gpu):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    run = runs.get(PlacedRun(asks=asks), device=device)
    assert bool(run.measures["gpu"]) == on_gpu
    assert (run.provenance["processor"] == "a GPU") == on_gpu
    assert runs.pick("auto").type == "cuda", "the offer ends with the unit"


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_run_that_a_unit_needs_is_made_on_the_same_device(cache, monkeypatch, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    run = runs.get(PlacedRun(inner=True), device=device)
    assert bool(run.measures["gpu"]) == (device == "cuda")
    assert run.provenance["processor"] != "a GPU", "its own part was computed on the CPU"


def test_a_computed_run_refuses_an_unknown_device(cache):
    with pytest.raises(ConfigError, match="device is 'gpuu', expected auto, cpu or cuda"):
        runs.get(PlacedRun(), device="gpuu")
