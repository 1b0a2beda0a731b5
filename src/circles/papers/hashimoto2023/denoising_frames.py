"""The denoising study as tidy frames, and what its claims count: draws won, ratios of errors, their trend."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from scipy import stats

from circles.papers.hashimoto2023 import denoising, denoising_runs
from circles.papers.hashimoto2023.denoising_sweep import SCRIPT, DenoisingSweep, images
from circles.training import runs

OURS, PLAIN, LARGE = "RKHM then CNN", "CNN", "CNN, as many parameters"
NAMES = {"nothing": "nothing", "RKHM": "RKHM", PLAIN: PLAIN, OURS: OURS, "large": LARGE}


def table(configs: Sequence[DenoisingSweep]) -> pd.DataFrame:
    """A row a method, draw and ridge: method, family, panel (the noise), seed (the draw), n, noise, ridge, test.

    What has no ridge stands at each of them; what two units hold alike, once. Raises RunError for a missing run.
    """
    rows = []
    for config in configs:
        measures = runs.get(config).measures
        for name, method in NAMES.items():
            if name not in measures:
                continue
            for i, ridge in enumerate(config.ridges):
                errors = measures[name][i] if measures[name].ndim == 2 else measures[name]
                for r, test in enumerate(errors.tolist()):
                    draw = config.seed * config.draws + r
                    rows.append((method, method, f"noise {config.noise:g}", draw, config.n, config.noise, ridge, test))
    found = pd.DataFrame(rows, columns=["method", "family", "panel", "seed", "n", "noise", "ridge", "test"])
    return found.drop_duplicates(["method", "seed", "n", "noise", "ridge"], ignore_index=True)


def over_sizes() -> pd.DataFrame:
    """The rows of ``denoising_runs.sizes``, with the large net at 20 images from the older study: the same draws."""
    found, config = table(denoising_runs.sizes()), denoising.authors()
    like = found[(found["n"] == config.n) & (found["method"] == PLAIN)].sort_values("seed")
    known = runs.get(config).measures["CNN, two layers"]
    return pd.concat([found, like.assign(method=LARGE, family=LARGE, test=known.numpy())], ignore_index=True)


def only_relu(config: denoising.DenoisingRun) -> pd.Series:
    """By draw of the digits: the mean distance to the clean image when negative pixels are set to zero, no more."""
    found = {}
    for r in range(config.seed * denoising.REPLICATES, (config.seed + 1) * denoising.REPLICATES):
        _, _, noisy, clean = denoising.pairs(images("digits"), r, config.n, config.tests, config.noise)
        found[r] = float((noisy.relu() - clean).norm(dim=-1).mean())
    return pd.Series(found)


def at(frame: pd.DataFrame, ridge: float = SCRIPT) -> pd.DataFrame:
    """The rows of one ridge."""
    return frame[frame["ridge"] == ridge]


def won(frame: pd.DataFrame, other: str = PLAIN) -> pd.Series:
    """By draw: whether the module, with the convolution after it, is below the other net; one ridge and n.

    Draws that lack one of both are left out.
    """
    errors = frame.pivot(index="seed", columns="method", values="test")[[OURS, other]].dropna()
    return errors[OURS] < errors[other]


def best_ridge(frame: pd.DataFrame) -> float:
    """The ridge with the least median error of the module with the convolution after it."""
    return float(frame[frame["method"] == OURS].groupby("ridge")["test"].median().idxmin())


def most_wins(frame: pd.DataFrame) -> int:
    """Draws won at the ridge where they are most."""
    return max(int(won(one).sum()) for _, one in frame.groupby("ridge"))


def ratios(frame: pd.DataFrame) -> dict[str, float]:
    """By number of training images: mean error of the module with the convolution over that of the convolution."""
    means = frame.groupby(["n", "method"])["test"].mean().unstack()
    return {str(n): float(row[OURS] / row[PLAIN]) for n, row in means.iterrows()}


def trend(frame: pd.DataFrame) -> float:
    """The p-value of Page's test that the ratio of errors falls as the training images grow; a draw is a block."""
    errors = frame.pivot(index=["seed", "n"], columns="method", values="test")
    blocks = (errors[OURS] / errors[PLAIN]).unstack("n")
    return float(stats.page_trend_test(blocks[sorted(blocks, reverse=True)].to_numpy()).pvalue)
