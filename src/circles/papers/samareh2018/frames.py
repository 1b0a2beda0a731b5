"""Tidy frames of the chapter's figures, from the studies."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import torch

from circles.foundations import features
from circles.foundations.streams import streams
from circles.papers.samareh2018.approximation import FeatureStudy
from circles.papers.samareh2018.measures import gap
from circles.training.runs import Run

KERNELS = {"Gaussian": features.Gaussian(), "Laplace": features.Laplace()}
SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)
LINE = torch.linspace(-5, 5, 101, dtype=torch.float64)[:, None]


def line_features(name: str, D: int, draw: int) -> features.Features:
    """Paired features on the line for a kernel of ``KERNELS``: each D and draw has frequencies of its own."""
    stream = f"line/{D}"
    return features.sample(KERNELS[name], 1, D, generator=streams(draw, stream)[stream])


def kernels(*, draws: int = 5) -> pd.DataFrame:
    """Both kernels on a line and what paired features make of them: kernel, D (missing: itself), draw, difference,
    value."""
    origin, parts = torch.zeros(1, 1, dtype=torch.float64), []
    for name, kernel in KERNELS.items():
        parts.append((name, None, 0, kernel.exact(LINE, origin)))
        for seed in range(draws):
            for D in SIZES:
                z = line_features(name, D, seed)
                parts.append((name, D, seed, z(LINE) @ z(origin).T))
    x = LINE[:, 0]
    return pd.concat([
        pd.DataFrame({"kernel": n, "D": D, "draw": s, "difference": x, "value": v[:, 0]}).astype({"D": "Float64"})
        for n, D, s, v in parts
    ])  # fmt: skip


def feature_error(found: Mapping[str, Run]) -> pd.DataFrame:
    """Mean, least and most over seeds of the largest error: features (the mapping's name), D, error, low, high."""
    rows = [
        (name, int(D), float(e.mean()), float(e.min()), float(e.max()))
        for name, run in found.items()
        for D, e in zip(run.measures["D"], run.measures["largest"].T, strict=True)
    ]
    return pd.DataFrame(rows, columns=["features", "D", "error", "low", "high"])


def uniform_bound(run: Run) -> pd.DataFrame:
    """Rahimi and Recht's bound at probability 0.05 for the study's square and kernel: D, error."""
    config = run.config
    assert isinstance(config, FeatureStudy)
    diameter = math.sqrt(2) * config.width
    sizes = [int(D) for D in run.measures["D"]]
    rows = [(D, features.uniform_error(D, 2, features.Gaussian().spread(2), diameter)) for D in sizes]
    return pd.DataFrame(rows, columns=["D", "error"])


def twins(found: Mapping[tuple[str, str], Run], *, bound: str) -> pd.DataFrame:
    """The mean loss gap of twin runs by data set and loss, and the bound, which they share: dataset, line, step, value.

    From the step n / 8 on: before it so few pairs have met their point that a mean over them says little.
    """
    parts = []
    for (dataset, loss), run in found.items():
        m = run.measures
        late = m["steps"] >= m["constants"][0] / 8
        at = {"dataset": dataset, "step": m["steps"][late]}
        parts.append(pd.DataFrame(at | {"line": loss, "value": m["loss_gap"].mean(1)[late]}))
        if loss == "smoothed hinge":
            parts.append(pd.DataFrame(at | {"line": bound, "value": m["bound"][late]}))
    return pd.concat(parts, ignore_index=True)


def gaps(found: Mapping[str, Run]) -> pd.DataFrame:
    """|test - training| by data set: dataset, measure, value (of the setting), gap, low, high (a standard error)."""
    rows = []
    for dataset, run in found.items():
        for measure, apart in gap(run.measures["measured"]).items():
            spread = apart.std(0) / apart.shape[0] ** 0.5
            for v, mean, s in zip(
                run.measures["values"].tolist(), apart.mean(0).tolist(), spread.tolist(), strict=True
            ):
                rows.append((dataset, measure, v, mean, mean - s, mean + s))
    return pd.DataFrame(rows, columns=["dataset", "measure", "value", "gap", "low", "high"])


def breaking(found: Mapping[str, Run]) -> pd.DataFrame:
    """The largest ratio of distance to bound on the made sample: loss, times (the step, in 1 / beta), ratio."""
    return pd.concat([
        pd.DataFrame({"loss": name, "times": run.measures["times"], "ratio": run.measures["path_ratio"]})
        for name, run in found.items()
    ])  # fmt: skip
