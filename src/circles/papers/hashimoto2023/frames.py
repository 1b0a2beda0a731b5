"""The tidy frame of the comparison on the authors' data."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from circles.papers.hashimoto2023.synthetic import FAMILY, METHODS
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
