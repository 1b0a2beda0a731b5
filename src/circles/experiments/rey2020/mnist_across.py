"""MNIST on every manifold of the paper and in flat space: what the test pictures cost, and how likely they are."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from circles.experiments.rey2020 import mnist
from circles.experiments.rey2020.mnist_frames import SEEDS, long_runs
from circles.experiments.rey2020.vae_frames import LABELS
from circles.foundations import manifolds
from circles.training.runs import Run


def recorded() -> list[Run]:
    """The runs of 100 epochs that the package holds, manifold by manifold."""
    return [run for m in mnist.MANIFOLDS for run in long_runs(m).values()]


def table(found: Sequence[Run]) -> pd.DataFrame:
    """A row a run, in nats a test picture, spaces of fewer dimensions first.

    latent, dimension, seed, reconstruction, kl, loss (their sum), log_likelihood (NaN on the torus in R^3).
    """
    rows = []
    for run in found:
        name = run.config.manifold
        fit, kl = run.measures["test"].tolist()
        scored = run.measures.get("log_likelihood")
        rows.append({
            "manifold": name, "latent": LABELS[name], "dimension": manifolds.by_name(name).dim, "seed": run.config.seed,
            "reconstruction": fit, "kl": kl, "loss": fit + kl,
            "log_likelihood": float("nan") if scored is None else float(scored[0]),
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values("dimension", kind="stable").reset_index(drop=True)


def apart(rows: pd.DataFrame) -> tuple[float, ...]:
    """What ``ledger.check`` is given beside mnist-manifolds: nothing until each manifold has all its seeds.

    The largest median log-likelihood less the smallest, among manifolds of one dimension; of the two dimensions the
    larger such distance. The torus in R^3 has no log-likelihood (NaN) and takes no part.
    """
    seeds = rows.groupby("manifold")["seed"].nunique()
    if any(seeds.get(m, 0) < len(SEEDS) for m in mnist.MANIFOLDS):
        return ()
    medians = rows.groupby(["dimension", "manifold"])["log_likelihood"].median().groupby("dimension")
    return (float((medians.max() - medians.min()).max()),)
