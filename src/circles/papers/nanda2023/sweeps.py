"""Sweeps over weight decay, training fraction and prime: does the net grok, and when?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd
from torch import Tensor

from circles.analysis import generalisation
from circles.papers.nanda2023.net import Net
from circles.training import shelf, tasks
from circles.training.grokking import GrokkingRun
from circles.training.runs import Run, Weights

SEEDS = (0, 1, 2)

WEIGHT_DECAYS = (0.0, 0.3, 1.0, 3.0, 5.0)
FRACTIONS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
PRIMES = ((53, 1.0), (53, 5.0), (97, 1.0), (109, 1.0), (113, 1.0), (401, 1.0))  # with its weight decay


@dataclass(frozen=True, kw_only=True)
class SweepRun(GrokkingRun):
    """A run that is asked only whether and when it groks; 40,000 epochs are the paper's.

    It stops at the first checkpoint whose test accuracy, over all pairs not trained on, is at least
    ``grokked``: one checkpoint is enough. Kept are loss and accuracy of both sides at every checkpoint, so
    the last of them says when it stopped.
    """

    epochs: int = 40_000
    every: int = 500
    grokked: float = 0.99

    family: ClassVar[str] = "sweeps"
    varies: ClassVar[tuple[str, ...]] = ("seed", "weight_decay")
    keeps_weights: ClassVar[bool] = False
    losses_every: ClassVar[int] = 125  # divides every checkpoint

    def finished(self, epoch: int, weights: Weights) -> bool:
        _, test = tasks.split(self.p, self.fraction, seed=self.seed)
        return generalisation.side(weights, self.spec, test)[1] >= self.grokked

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        return generalisation.curves(snapshots, self.spec, *tasks.split(self.p, self.fraction, seed=self.seed))


def no_weight_decay(seed: int) -> list[SweepRun]:
    """The main run without weight decay."""
    return [SweepRun(seed=seed, weight_decay=0.0)]


def weight_decay(seed: int) -> list[SweepRun]:
    """The main run at every weight decay of the sweep."""
    return [SweepRun(seed=seed, weight_decay=decay) for decay in WEIGHT_DECAYS]


def fraction(seed: int) -> list[SweepRun]:
    """The main run at every training fraction of the sweep."""
    return [SweepRun(seed=seed, fraction=share) for share in FRACTIONS]


def primes(seed: int) -> list[SweepRun]:
    """The main run for every prime of the sweep; 53 at weight decay 1 and at 5."""
    return [SweepRun(seed=seed, p=p, weight_decay=decay) for p, decay in PRIMES]


def recorded(sweep: Callable[[int], list[SweepRun]]) -> list[Run]:
    """The runs of this sweep that the package holds, in the sweep's order, all seeds of it."""
    return shelf.recorded(config for seed in SEEDS for config in sweep(seed))


def usual(nets: Mapping[int, Net]) -> pd.DataFrame:
    """The rows of ``table`` for nets of the main run, which belong to every sweep but stopped for none; by seed."""
    return pd.DataFrame([_row(net.run.config, net.curves, SweepRun.grokked) for _, net in sorted(nets.items())])


def table(found: Sequence[Run]) -> pd.DataFrame:
    """A row a run: its setting, when it had learnt its training pairs and when it grokked, both at 99%.

    p, fraction, weight_decay, seed, budget (epochs); epochs_to_learn and epochs_to_grok (missing: not within
    the budget), final_test_accuracy (0 to 1).
    """
    rows = []
    for run in found:
        assert isinstance(run.config, SweepRun)
        rows.append(_row(run.config, run.measures, run.config.grokked))
    return pd.DataFrame(rows)


def _row(config: GrokkingRun, curves: Mapping[str, Any], grokked: float) -> dict[str, Any]:
    """The row of one run, from its accuracies by ``epoch``."""
    first = {
        side: next((int(e) for e in curves["epoch"][curves[f"{side}_accuracy"] >= grokked]), None)
        for side in ("train", "test")
    }
    return {
        "p": config.p, "fraction": config.fraction, "weight_decay": config.weight_decay, "seed": config.seed,
        "budget": config.epochs, "epochs_to_learn": first["train"], "epochs_to_grok": first["test"],
        "final_test_accuracy": float(curves["test_accuracy"][-1]),
    }  # fmt: skip
