"""What the chapter reads: each study as one tidy frame, from recorded or new runs."""

from __future__ import annotations

from functools import cache

import pandas as pd
import torch

from circles.foundations import circulant
from circles.papers.hashimoto2023 import data, denoising, frames, interaction, synthetic
from circles.training.computed import ComputedRun


@cache
def errors(*, released: bool) -> pd.DataFrame:
    """The comparison on the authors' data, as ``frames.table``."""
    return frames.table(synthetic.gather(synthetic.study(released=released)))


def mixing() -> pd.DataFrame:
    """The commutative kernel with its neighbours mixed in, on the mended data: method, panel, seed, weight, test."""
    rows = [
        ("modulated Gaussian", "mended data", run.config.seed, f"{float(w):g}", float(test))
        for run in synthetic.gather(synthetic.mixing())
        for w, test in zip(run.measures["w"], run.measures["test"], strict=True)
    ]
    return pd.DataFrame(rows, columns=["method", "panel", "seed", "weight", "test"])


def interactions() -> pd.DataFrame:
    """Linear maps: method, panel (the map), seed, n, test."""
    rows = [
        (method, NAMES[run.config.which], run.config.seed, int(n), float(run.measures["test"][i, j]))
        for run in synthetic.gather(interaction.study())
        for i, n in enumerate(run.measures["n"])
        for j, method in enumerate(interaction.METHODS)
    ]
    return pd.DataFrame(rows, columns=["method", "panel", "seed", "n", "test"])


NAMES = {"filter": "each frequency alone", "gain": "neighbours interact"}


def denoised(configs: list[denoising.DenoisingRun]) -> pd.DataFrame:
    """Denoising runs: method, family, panel (the noise), seed (the draw), n, ridge, test."""
    rows = []
    for run in synthetic.gather(configs):
        c = run.config
        for method in denoising.METHODS:
            for r, test in enumerate(run.measures[method]):
                rows.append((method, method, f"noise {c.noise:g}", r, c.n, f"{c.penalty:g}", float(test)))
    return pd.DataFrame(rows, columns=["method", "family", "panel", "seed", "n", "ridge", "test"])


def picture(p: int = 16) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A circulant of a bump and a wave, kept up to each frequency; and its spectrum."""
    place = torch.arange(p, dtype=torch.float64)
    x = torch.exp(-((place - 3) ** 2) / 3) + 0.4 * torch.cos(2 * torch.pi * 5 * place / p)
    values = circulant.spectrum(x)
    fold = torch.minimum(torch.arange(p), p - torch.arange(p))
    cells = []
    for kept in range(p // 2 + 1):
        X = circulant.dense(circulant.from_spectrum(values * (fold <= kept), real=True))
        cells += [(kept, i, j, float(X[i, j])) for i in range(p) for j in range(p)]
    matrix = pd.DataFrame(cells, columns=["kept", "row", "column", "value"])
    spectrum = pd.DataFrame({"frequency": range(p // 2 + 1), "size": values.abs()[: p // 2 + 1].tolist()})
    return matrix, spectrum


def studies(seed: int) -> list[ComputedRun]:
    """Every unit with this seed, for ``python -m circles run``."""
    one = [
        synthetic.SyntheticRun(seed=seed), synthetic.SyntheticRun(seed=seed, released=False),
        synthetic.MixingRun(seed=seed), *(interaction.InteractionRun(seed=seed, which=w) for w in data.MAPS),
    ]  # fmt: skip
    return [*one, denoising.DenoisingRun(seed=seed)]
