"""The coloured object's rotations for as long as the chapter trains, and for four times as long, as one tidy frame."""

from __future__ import annotations

import statistics

import pandas as pd

from circles.foundations import manifolds
from circles.foundations.manifolds.names import WRITTEN
from circles.papers.rey2020 import shapes
from circles.papers.rey2020.measures import tears
from circles.papers.rey2020.shapes import LONGER, SETTINGS
from circles.training import runs
from circles.training.runs import Run


def stretches() -> pd.DataFrame:
    """row (latent space and steps), seed, value: the largest stretch along a full turn over the median one."""
    long = {m: runs.get(config) for m, config in shapes.longer().items()}
    both = {SETTINGS["coloured"].steps: shapes.found("coloured"), LONGER: long}
    rows = [
        (f"{WRITTEN[m]}, {steps:,} steps", seed, value)
        for m in long
        for steps, found in both.items()
        for seed, value in enumerate(tears(found[m]))
    ]
    return pd.DataFrame(rows, columns=["row", "seed", "value"])


def long_steps(run: Run) -> tuple[int, int, float]:
    """Of the steps of a full turn, how many are over three times the median; of how many; their share of its length.

    Medians over the turns and the seeds; distances are geodesic.
    """
    space = manifolds.by_name(run.config.manifold)
    found = []
    for path in run.measures["paths"].flatten(0, 1):
        steps = space.distance(path, path.roll(-1, 0))
        long = steps > 3 * steps.median()
        found.append((float(long.sum()), float(steps[long].sum() / steps.sum())))
    count, share = (statistics.median(column) for column in zip(*found, strict=True))
    return round(count), run.measures["paths"].shape[2], share
