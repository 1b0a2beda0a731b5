"""Nanda et al. 2023: the runs of the chapter."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from circles.analysis.trajectory import trajectory
from circles.training import runs, shelf, tasks
from circles.training.grokking import GrokkingRun
from circles.training.runs import Run, Weights

EPOCHS = 10_000  # ours: past cleanup in the live run; the paper trains for 40,000
LONG_EPOCHS = 40_000  # the paper's
SEEDS = (0, 1, 2, 3, 4)  # as many as figure 2 of the paper
LIVE_SEED = 1  # one that groks soon, so that the live run takes minutes


@dataclass(frozen=True, kw_only=True)
class NandaRun(GrokkingRun):
    """A run of the main experiment with its progress measures at every checkpoint."""


    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        train, test = tasks.split(self.p, self.fraction, seed=self.seed)
        return trajectory(snapshots, self.spec, train, test)


def config(seed: int = LIVE_SEED) -> NandaRun:
    """The main run with this seed; the live one is trained anew by ``make reproduce``."""
    return NandaRun(seed=seed, epochs=EPOCHS, tier="live" if seed == LIVE_SEED else "recorded")


def main_run() -> Run:
    """The live run."""
    return runs.get(config())


def long_config(seed: int) -> NandaRun:
    """The main run with this seed, for as many epochs as the paper's."""
    return NandaRun(seed=seed, epochs=LONG_EPOCHS)


def recorded_long() -> dict[int, Run]:
    """The runs of the paper's length that the package holds, by seed."""
    return {run.config.seed: run for run in shelf.recorded(long_config(seed) for seed in SEEDS)}


def recorded_seeds() -> dict[int, Run]:
    """The runs of all seeds that the package holds, by seed: the live seed's too, as it was recorded."""
    held = shelf.recorded(replace(config(seed), tier="recorded") for seed in SEEDS)
    return {run.config.seed: run for run in held}
