"""How many frequencies each change brings, from the recorded runs of ``between``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from circles.analysis import spectra
from circles.papers.li2024.between import CHANGES, NORM, SEEDS, BetweenRun
from circles.training import shelf
from circles.training.runs import Run


def recorded() -> list[Run]:
    """The runs that the package holds, change by change."""
    return shelf.recorded(BetweenRun(change=change, seed=seed) for change in CHANGES for seed in SEEDS)


def table(before: Mapping[int, Run], found: Sequence[Run]) -> pd.DataFrame:
    """A row a run: change, seed, accuracy, frequencies, and how many ``more`` than Chapter 2's net of that seed.

    ``before``: the runs of Chapter 2's net, by seed. Accuracy is that on the test pairs at the last epoch; frequencies
    are the prominent ones in the embedding there (``spectra.prominent``).
    """
    without = {seed: len(spectra.embedding_frequencies(run.weights["W_E"][0, :-1])) for seed, run in before.items()}
    rows = []
    for run in found:
        config = run.config
        assert isinstance(config, BetweenRun)
        number = len(spectra.prominent(run.measures["spectrum_E"][-1].double()))
        rows.append({
            "change": config.change, "seed": config.seed, "accuracy": float(run.measures["test_accuracy"][-1]),
            "frequencies": number, "more": number - without[config.seed],
        })  # fmt: skip
    return pd.DataFrame(rows, columns=["change", "seed", "accuracy", "frequencies", "more"])


def norm(rows: pd.DataFrame) -> tuple[list[int], ...]:
    """What ``ledger.check`` is given beside norm-brings-frequencies: how many more, a seed each, once all are there."""
    more = rows[rows["change"] == NORM].sort_values("seed")["more"].tolist()
    return (more,) if len(more) == len(SEEDS) else ()


def others(rows: pd.DataFrame) -> tuple[dict[str, int], ...]:
    """The same beside others-bring-none: the most of each other change, once each has a seed."""
    rest = rows[rows["change"] != NORM]
    most = {str(change): int(more) for change, more in rest.groupby("change", sort=False)["more"].max().items()}
    return (most,) if len(most) == len(CHANGES) - 1 else ()
