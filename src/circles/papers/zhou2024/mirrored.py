"""Held-out sums whose mirror image b + a was trained on, and those of which neither order was."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import torch
from jaxtyping import Bool
from torch import Tensor

from circles.papers.zhou2024.rescue import RescueRun
from circles.training import addition
from circles.training.runs import Run


def turned(config: RescueRun) -> tuple[Bool[Tensor, " n"], Bool[Tensor, " n"]]:
    """Of each held-out pair of this run: b + a is a training pair; a + b and b + a are two sums, and neither is one.

    A pair a + a has no mirror image and is in neither.
    """
    a, b = (part[0] for part in config.held_out())
    seen = torch.isin(b * config.addends + a, addition.split(config.addends, seed=config.seed)["train"])
    return seen, ~seen & (a != b)


def share(config: RescueRun) -> float:
    """The share of the held-out pairs whose mirror image is a training pair."""
    return float(turned(config)[0].double().mean())


def accuracy(found: Sequence[Run]) -> pd.DataFrame:
    """A row a run, at its end, shares from 0 to 1 but for the last column.

    embedding, trained, width, epochs, seed; held_out: right of all held-out pairs; mirrored: of those whose mirror
    image was trained on; new: of those of which neither order was; new_within_2: of these, off by at most two; pairs:
    how many these are.
    """
    rows = []
    for run in found:
        config, errors = run.config, run.measures["errors"]
        assert isinstance(config, RescueRun)
        seen, new = turned(config)
        right = (errors == 0).double()
        rows.append({
            "embedding": config.embedding, "trained": config.trained, "width": config.width, "epochs": config.epochs,
            "seed": config.seed, "held_out": float(right.mean()), "mirrored": float(right[seen].mean()),
            "new": float(right[new].mean()), "new_within_2": float((errors[new].abs() <= 2).double().mean()),
            "pairs": int(new.sum()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def medians(found: Sequence[Run]) -> pd.DataFrame:
    """``accuracy``'s shares, medians over the seeds: a row a width, budget and table of numbers, frozen or trained."""
    by = ["width", "epochs", "embedding", "trained"]
    shares = ["held_out", "mirrored", "new", "new_within_2"]
    rows = accuracy(found).groupby(by, sort=False)[shares].median().reset_index()
    rows["embedding"] += rows["trained"].map({True: ", trained", False: ", frozen"})
    titles = {"embedding": "table", "held_out": "held out", "new": "neither", "new_within_2": "near"}
    return rows.drop(columns="trained").rename(columns=titles).set_index(["width", "epochs", "table"])
