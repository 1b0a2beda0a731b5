"""The long MNIST runs beside the authors' log: curves, the last line's parts, what is left between the two."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

import pandas as pd

from circles.papers.rey2020 import mnist
from circles.training.runs import Run

# S^2 in the released notebook: the first and the last of the log's lines that are known here, loss in nats.
LOG = pd.DataFrame({"epoch": [1, 100], "loss": [190.06, 133.51]})
LAST_LOSS = float(LOG["loss"].iloc[-1])
SEEDS = range(3)


def long_runs(manifold: str = "sphere2") -> dict[int, Run]:
    """The recorded runs of 100 epochs on a manifold, by seed."""
    chosen = [mnist.MnistRun(manifold=manifold, seed=s) for s in SEEDS]
    return {run.config.seed: run for run in mnist.recorded(chosen).values()}


def curves(runs: Mapping[int, Run]) -> pd.DataFrame:
    """seed, epoch, loss: the mean loss of each epoch's batches, as the log has it."""
    rows = [(s, e, float(v)) for s, run in runs.items() for e, v in enumerate(run.measures["history"].flatten(), 1)]
    return pd.DataFrame(rows, columns=["seed", "epoch", "loss"])


def last_line(runs: Mapping[int, Run]) -> dict[str, float]:
    """Medians over seeds of the last epoch's ``loss``, of the ``kl`` at its end, and of the rest.

    The loss is the mean over the epoch's batches; the KL is taken over all training pictures once the epoch is over.
    """
    losses = {s: float(run.measures["history"].flatten()[-1]) for s, run in runs.items()}
    kl = {s: float(run.measures["train"][1]) for s, run in runs.items()}
    rest = [losses[s] - kl[s] for s in runs]
    return {
        "loss": statistics.median(losses.values()),
        "kl": statistics.median(kl.values()),
        "reconstruction": statistics.median(rest),
        "spread": max(losses.values()) - min(losses.values()),
    }


def late_changes(runs: Mapping[int, Run], since: int) -> pd.DataFrame:
    """seed; changes of the loss from an epoch to the next, in nats, from epoch ``since`` on.

    typical: the median of their sizes; largest_rise; last: the change to the last epoch, a rise positive.
    """
    rows = []
    for seed, run in runs.items():
        changes = run.measures["history"].flatten()[since - 1 :].diff()
        rows.append((seed, float(changes.abs().median()), float(changes.max()), float(changes[-1])))
    return pd.DataFrame(rows, columns=["seed", "typical", "largest_rise", "last"])
