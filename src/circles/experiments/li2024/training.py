"""Li 2024: the runs of the chapter."""

from __future__ import annotations

from circles.experiments.li2024.run import LiRun
from circles.training import runs
from circles.training.runs import Run

EPOCHS = 10_000  # the paper's
LIVE_EPOCHS = {"binary": 3_000, "ternary": 4_500}  # enough to grok, so that they train in minutes
SEEDS = (0, 1, 2, 3, 4)
LIVE_SEED = 0
KINDS = ("full", "binary", "ternary")


def config(kind: str, seed: int, *, ends: bool = False) -> LiRun:
    """A recorded run of the paper's length."""
    return LiRun(kind=kind, seed=seed, ends=ends, epochs=EPOCHS)


def live_config(kind: str) -> LiRun:
    """The shorter run that ``make reproduce`` trains anew; KeyError unless binary or ternary."""
    return LiRun(kind=kind, seed=LIVE_SEED, epochs=LIVE_EPOCHS[kind], tier="live")


def recorded(kind: str, *, ends: bool = False) -> dict[int, Run]:
    """The runs of this kind that the package holds, by seed."""
    wanted = {seed: config(kind, seed, ends=ends) for seed in SEEDS}
    return {
        seed: runs.get(c)
        for seed, c in wanted.items()
        if (runs.folder_of(c, runs.recordings()) / "run.json").exists()
    }
