"""MNIST on every manifold of the paper and in flat space: what pictures cost, how likely they are, and why so much."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import pandas as pd
import torch

from circles.foundations import manifolds
from circles.foundations.manifolds.names import WRITTEN
from circles.papers.rey2020 import digits, mnist, mnist_likelihood, mnist_noise, mnist_resized
from circles.papers.rey2020.mnist_frames import SEEDS
from circles.papers.rey2020.published import PUBLISHED, excess
from circles.papers.rey2020.vae_frames import kl_range
from circles.training import shelf
from circles.training.runs import Run

DIMENSIONS = {2: "two dimensions", 3: "three dimensions"}


def recorded() -> list[Run]:
    """The nets of 100 epochs that the package holds loss and likelihood of, manifold by manifold."""
    every = [mnist_likelihood.LikelihoodRun(manifold=m, seed=s) for m in mnist.MANIFOLDS for s in SEEDS]
    return shelf.recorded(every)


def table(found: Sequence[Run], side: str = "test") -> pd.DataFrame:
    """A row a run, in nats a picture of this side; spaces of fewer dimensions first, among these the flat one last.

    manifold, latent, dimension, seed, reconstruction, kl, loss (their sum), minus_log_p; training: the mean loss over
    the last epoch, as the authors' log has it.
    """
    rows = []
    for run in found:
        name = run.config.manifold
        fit, kl = run.measures[f"loss/{side}"].tolist()
        rows.append({
            "manifold": name, "latent": WRITTEN[name], "dimension": manifolds.by_name(name).dim,
            "seed": run.config.seed, "reconstruction": fit, "kl": kl, "loss": fit + kl,
            "minus_log_p": -float(run.measures[f"log_likelihood/{side}"]),
            "training": float(run.measures["history"].flatten()[-1]),
        })  # fmt: skip
    flat_last = sorted(rows, key=lambda row: (row["dimension"], row["manifold"].startswith("euclidean")))
    return pd.DataFrame(flat_last)


def costs(rows: pd.DataFrame) -> pd.DataFrame:
    """panel (the dimension), latent, measure (loss or -log p), seed, nats, for the figure."""
    kinds = {"loss": rows["loss"], "−log p": rows["minus_log_p"]}
    found = [rows[["dimension", "latent", "seed"]].assign(measure=name, nats=nats) for name, nats in kinds.items()]
    return pd.concat(found).assign(panel=lambda frame: frame["dimension"].map(DIMENSIONS))


def medians(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a space: medians over seeds of training, reconstruction, kl, loss, minus_log_p; then two columns of theory.

    used: where the median KL lies between the least and the most that the range of log t allows, 0 to 1. reported: the
    loss as the released code counts it. NaN where there is none: in flat space, and for ``used`` where the KL depends
    on the place.
    """
    found = rows.groupby(["dimension", "latent", "manifold"], sort=False)
    columns = found[["training", "reconstruction", "kl", "loss", "minus_log_p"]].median().reset_index()
    return columns.assign(
        used=[_used(m, kl) for m, kl in zip(columns["manifold"], columns["kl"], strict=True)],
        reported=[
            loss + (excess(m) if m in PUBLISHED else math.nan)
            for m, loss in zip(columns["manifold"], columns["loss"], strict=True)
        ],
    )


def gaps(rows: pd.DataFrame) -> dict[str, float]:
    """How far the loss lies above -log p of the same pictures, in nats, the median over seeds, by manifold."""
    above = (rows["loss"] - rows["minus_log_p"]).groupby(rows["manifold"], sort=False).median()
    return {str(name): float(value) for name, value in above.items()}


def by_heart(found: Sequence[Run]) -> dict[str, float]:
    """The loss on test pictures less that on pictures trained on, in nats, the median over seeds, by space."""
    test, train = table(found), table(found, "train")
    more = (test["loss"] - train["loss"]).groupby(test["latent"], sort=False).median()
    return {str(name): float(value) for name, value in more.items()}


def in_the_plane() -> pd.DataFrame:
    """Nats a test picture in the plane, medians over seeds: a row a noise, one number of ours, each of the code's.

    loss, minus_log_p, and by_heart, the loss less that on pictures trained on; seeds, how many are recorded.
    """
    rows = {}
    for noise in ("one", "each"):
        found = shelf.recorded([mnist_likelihood.in_the_plane(seed, noise) for seed in SEEDS])
        here = table(found)[["loss", "minus_log_p"]].median().to_dict()
        rows[noise] = here | {"by_heart": by_heart(found)[WRITTEN["euclidean2"]], "seeds": len(found)}
    return pd.DataFrame(rows).T.astype({"seeds": int})


def apart(rows: pd.DataFrame) -> tuple[float, ...]:
    """What ``ledger.check`` is given beside mnist-manifolds: nothing until each manifold has all its seeds.

    The largest median -log p less the smallest, among manifolds of one dimension; of the two dimensions the larger
    such distance.
    """
    if rows.empty:
        return ()
    seeds = rows.groupby("manifold")["seed"].nunique()
    if any(seeds.get(m, 0) < len(SEEDS) for m in mnist.MANIFOLDS):
        return ()
    middle = rows.groupby(["dimension", "manifold"])["minus_log_p"].median().groupby("dimension")
    return (float((middle.max() - middle.min()).max()),)


def placed() -> list[Run]:
    """The recorded nets with two latent dimensions, with the places of 2,000 test pictures."""
    flat = [m for m in mnist.MANIFOLDS if manifolds.by_name(m).dim == 2]
    return shelf.recorded([mnist.MnistRun(manifold=m, seed=s) for m in flat for s in SEEDS])


def classes(found: Sequence[Run]) -> dict[str, float]:
    """The share of pictures whose five nearest, itself left out, name its class: the median over seeds, by manifold.

    Near is near in R^m; on RP^d -z stands for the same point as z, so the nearer of the two counts.
    """
    from sklearn.neighbors import KNeighborsClassifier

    shares: dict[str, list[float]] = {}
    for run in found:
        z, labels = run.measures["placed"], run.measures["labels"].numpy()
        apart = torch.cdist(z, z)
        if run.config.spec.projective:
            apart = torch.minimum(apart, torch.cdist(z, -z))
        apart.fill_diagonal_(torch.finfo(apart.dtype).max)
        near = KNeighborsClassifier(digits.NEIGHBOURS, metric="precomputed").fit(apart.numpy(), labels)
        shares.setdefault(run.config.manifold, []).append(float(near.score(apart.numpy(), labels)))
    return {name: statistics.median(values) for name, values in shares.items()}


def resized() -> list[Run]:
    """The recorded nets on RP^3 with SO(3)'s room."""
    return shelf.recorded([c for s in SEEDS for c in mnist_resized.config(s)])


def closed(rows: pd.DataFrame, moved: pd.DataFrame) -> tuple[float, ...]:
    """What ``ledger.check`` is given beside mnist-room: nothing until all its seeds are there.

    The share of the distance between the median losses of RP^3 and SO(3) that ``moved`` closes, RP^3 with SO(3)'s room.
    """
    if moved.empty or moved["seed"].nunique() < len(SEEDS):
        return ()
    middle = rows.groupby("manifold")["loss"].median()
    gap = middle["projective3"] - middle["so3"]
    return (float((middle["projective3"] - moved["loss"].median()) / gap),)


def noise(found: Sequence[Run]) -> pd.DataFrame:
    """latent, seed, epoch, log_t: its mean place in its range, from 0 (the least noise) to 1 (the most)."""
    rows = []
    for run in found:
        room = f", {WRITTEN[run.config.like]}'s room" if run.config.like else ""
        for epoch, place in zip(run.measures["epoch"].tolist(), run.measures["log_t"].tolist(), strict=True):
            rows.append((WRITTEN[run.config.manifold] + room, run.config.seed, epoch, place))
    return pd.DataFrame(rows, columns=["latent", "seed", "epoch", "log_t"])


def noisy() -> list[Run]:
    """The recorded places of log t, space by space."""
    every = [mnist_noise.config(s) for s in SEEDS]
    return shelf.recorded([config for same in zip(*every, strict=True) for config in same])


def _used(manifold: str, kl: float) -> float:
    if manifold not in PUBLISHED or manifold == "torus":
        return math.nan
    least, most = kl_range(manifold)
    return (kl - least) / (most - least)
