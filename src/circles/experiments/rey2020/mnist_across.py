"""MNIST on every manifold of the paper and in flat space: what the test pictures cost, and how likely they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from circles.experiments.rey2020 import mnist
from circles.experiments.rey2020.mnist_frames import SEEDS, long_runs
from circles.experiments.rey2020.published import PUBLISHED, excess
from circles.experiments.rey2020.vae_frames import LABELS, kl_range
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


def costs(rows: pd.DataFrame) -> pd.DataFrame:
    """panel (the dimension), latent, measure (loss, or -log p where there is one), seed, nats, for the figure."""
    kinds = {"loss": rows["loss"], "−log p": -rows["log_likelihood"]}
    found = [rows[["dimension", "latent", "seed"]].assign(measure=name, nats=nats) for name, nats in kinds.items()]
    names = {2: "two dimensions", 3: "three dimensions"}
    return pd.concat(found).dropna().assign(panel=lambda all_: all_["dimension"].map(names))


def medians(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a space: medians over seeds of reconstruction, kl, loss and minus_log_p; then two columns of theory.

    used: how far the median KL lies from the least to the most that the range of log t allows, 0 to 1. reported: the
    loss as the released code counts it. NaN where there is none: in flat space, and where no formula is exact.
    """
    found = rows.assign(minus_log_p=-rows["log_likelihood"]).groupby(["dimension", "latent", "manifold"], sort=False)
    table = found[["reconstruction", "kl", "loss", "minus_log_p"]].median().reset_index()
    closed = {m: kl_range(m) for m in table["manifold"] if m in PUBLISHED and m != "torus"}
    ends = [closed.get(m, (math.nan, math.nan)) for m in table["manifold"]]
    return table.assign(
        used=[(kl - low) / (high - low) for kl, (low, high) in zip(table["kl"], ends, strict=True)],
        reported=[
            x + (excess(m) if m in PUBLISHED else math.nan)
            for x, m in zip(table["loss"], table["manifold"], strict=True)
        ],
    )


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
