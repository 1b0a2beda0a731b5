"""The small net at each checkpoint of its training, taken apart and as a page computes it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from torch import Tensor

from circles.analysis import losses
from circles.analysis.clusters import drop_frequencies, keep_frequencies
from circles.analysis.tabled import tabled
from circles.foundations.errors import RunError
from circles.papers import net_frames
from circles.papers.nanda2023.net import Net
from circles.papers.nanda2023.small import HELD
from circles.training.runs import Run

NAME = "small-grokking"  # of the net on its page
KNOWN = "known"


def at(run: Run, epoch: int) -> Net:
    """The net of a ``SmallRun`` at a checkpoint, in float64, with the ``keys`` and ``curves`` of the whole run.

    Raises RunError when ``epoch`` is no checkpoint.
    """
    epochs = run.measures["epoch"].tolist()
    if epoch not in epochs:
        raise RunError(f"epoch {epoch} is no checkpoint, expected one of {', '.join(map(str, epochs))}")
    i = epochs.index(epoch)
    held = {name.removeprefix(HELD): x[i : i + 1].double() for name, x in run.measures.items() if name.startswith(HELD)}
    return Net(run, held)


def tables(run: Run) -> dict[str, np.ndarray]:
    """The tables (``analysis.tabled``) of all checkpoints, each named "epoch/table", and ``known`` [p p]."""
    nets = {epoch: at(run, epoch) for epoch in run.measures["epoch"].tolist()}
    found = {f"{e}/{name}": x.numpy() for e, net in nets.items() for name, x in tabled(net.weights, net.spec).items()}
    return found | {KNOWN: known(next(iter(nets.values()))).astype(float)}


def known(net: Net) -> np.ndarray:
    """[p, p]: whether (a, b) is a training pair."""
    found = np.zeros(net.p**2, dtype=bool)
    found[net.train.numpy()] = True
    return found.reshape(net.p, net.p)


def curves(run: Run) -> pd.DataFrame:
    """epoch, measure (train, test), value: the losses at the checkpoints (nats)."""
    found = {measure: run.measures[f"{measure}_loss"] for measure in ("train", "test")}
    parts = [pd.DataFrame({"epoch": run.measures["epoch"], "measure": m, "value": x}) for m, x in found.items()]
    return pd.concat(parts, ignore_index=True)


def answered(net: Net, a: int, b: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """The logits of one sum (c, logit), which of all pairs [p p] are right, and which are training pairs."""
    logits, right, _ = net_frames.answered(net.logits, a, b)
    return logits, right, known(net)


def parted(run: Run, epochs: Iterable[int]) -> pd.DataFrame:
    """epoch, neurons, train, test: losses (nats) of the net, of what its key frequencies do alone, and of all else."""
    rows = []
    for epoch in epochs:
        net = at(run, epoch)
        written = net.mlp @ net.W_L.mT
        kept = {
            "as they are": written,
            "keys alone": keep_frequencies(written, net.keys),
            "all else alone": drop_frequencies(written, net.keys),
        }
        rows += [(epoch, name, *_losses(net, net.skip_logits + x)) for name, x in kept.items()]
    return pd.DataFrame(rows, columns=["epoch", "neurons", "train", "test"])


def _losses(net: Net, logits: Tensor) -> tuple[float, float]:
    return losses.loss(logits, net.train), losses.loss(logits, net.test)
