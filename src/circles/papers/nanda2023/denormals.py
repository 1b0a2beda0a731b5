"""The denormal trap: what a training step costs as the net grows confident, with and without flushing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import ClassVar

import pandas as pd
import torch
from torch import Tensor

from circles.models import modular
from circles.models.primitives import answer_loss
from circles.papers.nanda2023.training import LIVE_SEED
from circles.training import loop, shelf, tasks
from circles.training.grokking import GrokkingRun
from circles.training.loop import AdamW, Descent, Objective
from circles.training.runs import Run, Weights

REPEATS = 5  # the two settings in turn, so that a busy moment of the machine does not fall on one alone
STEPS = 4  # of each repeat, after a first one that warms up the memory


def step_times(snapshots: Mapping[int, Weights], objective: Objective, *, repeats: int) -> pd.DataFrame:
    """Milliseconds of a training step at these weights, a row an epoch and setting, the median of the repeats.

    The learning rate is 0: each step is computed whole, loss, gradient, both moments and update, and yet
    leaves the weights where they are.
    """
    rows = []
    for epoch, weights in snapshots.items():
        found = {flushing: [] for flushing in (True, False)}
        for _ in range(repeats):
            for flushing, times in found.items():
                times.append(_step(weights, objective, flushing))
        rows += [(epoch, median(times), flushing) for flushing, times in found.items()]
    return pd.DataFrame(rows, columns=["epoch", "milliseconds", "flushing"])


def slowdowns(frame: pd.DataFrame) -> dict[bool, float]:
    """The time of a step at the last epoch over that at the first, by whether subnormals are flushed."""
    table = frame.pivot(index="epoch", columns="flushing", values="milliseconds").sort_index()
    return {flushing: float(table[flushing].iloc[-1] / table[flushing].iloc[0]) for flushing in (True, False)}


def subnormal_share(run: Run) -> float:
    """The share of subnormal numbers among the logits' gradients of the training loss, at the run's last weights."""
    config = run.config
    assert isinstance(config, GrokkingRun)
    pairs = tasks.pairs_of(tasks.split(config.p, config.fraction, seed=config.seed)[0], config.p)
    with loop.flushing(False):
        logits = modular.forward(run.weights, pairs.a[None], pairs.b[None], config.spec).requires_grad_()
        answer_loss(logits, pairs.answer[None]).mean().backward()
        size = logits.grad.abs()
        return ((size > 0) & (size < torch.finfo(size.dtype).tiny)).double().mean().item()


def _step(weights: Weights, objective: Objective, flushing: bool) -> float:
    still = AdamW(lr=0.0, betas=(0.9, 0.98), weight_decay=(0.0,))
    records = Descent(weights, still).records(objective, STEPS + 1, flush=flushing)
    moments = [time.perf_counter() for _ in records]
    return 1e3 * median([after - before for before, after in pairwise(moments)][1:])


@dataclass(frozen=True, kw_only=True)
class TimedRun(GrokkingRun):
    """The live run's training once more, to time a step at checkpoints all along; kept are the times."""

    seed: int = LIVE_SEED
    epochs: int = 8_000
    every: int = 1_000

    family: ClassVar[str] = "step-times"
    keeps_weights: ClassVar[bool] = False
    losses_every: ClassVar[int] = 1_000

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        _, objective, _ = type(self).problem([self], torch.device("cpu"))
        frame = step_times(snapshots, objective, repeats=REPEATS)
        return {name: torch.tensor(frame[name].to_numpy()) for name in frame}


def step_times_run(seed: int) -> TimedRun:
    """The timed run with this seed; the recorded one has the live run's."""
    return TimedRun(seed=seed)


def through_training() -> pd.DataFrame | None:
    """The recorded step times all along a training run, as ``step_times``; None when none is recorded."""
    found = shelf.recorded([TimedRun()])
    if not found:
        return None
    measures = found[0].measures
    return pd.DataFrame({name: measures[name].numpy() for name in ("epoch", "milliseconds", "flushing")})
