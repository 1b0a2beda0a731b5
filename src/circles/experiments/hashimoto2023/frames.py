"""Tidy frames of the chapter's first half, and its paired tests."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from scipy import stats

from circles.experiments.hashimoto2023.synthetic import BASELINES, FAMILY, METHODS
from circles.training.runs import Run


def table(found: Sequence[Run]) -> pd.DataFrame:
    """A row a seed and method: method, family, seed, c, penalty, train, test, bound, gap."""
    rows = []
    for run in found:
        m = run.measures
        for i, method in enumerate(METHODS):
            bound = float(m["complexity"][i] + m["confidence"][i])
            rows.append(
                (method, FAMILY[method], run.config.seed, *(float(m[k][i]) for k in ("c", "penalty", "train", "test")),
                 bound, float(m["gap"][i]))
            )  # fmt: skip
    columns = ["method", "family", "seed", "c", "penalty", "train", "test", "bound", "gap"]
    return pd.DataFrame(rows, columns=columns)


def against(frame: pd.DataFrame, one: str, other: str) -> tuple[float, float]:
    """The mean of error(one) - error(other) over the seeds, and the p-value of a two-sided paired Wilcoxon test."""
    errors = frame.pivot(index="seed", columns="method", values="test")
    return paired(errors[one], errors[other])


def paired(one: pd.Series, other: pd.Series) -> tuple[float, float]:
    """The mean difference of two errors over the seeds, and the p-value of a two-sided paired Wilcoxon test."""
    difference = one - other
    if not difference.abs().max() > 1e-12:
        return 0.0, 1.0
    return float(difference.mean()), float(stats.wilcoxon(difference).pvalue)


def best_baseline(frame: pd.DataFrame) -> str:
    """The vector-valued kernel with the least mean error."""
    means = frame.groupby("method")["test"].mean()
    return str(means[list(BASELINES)].idxmin())
