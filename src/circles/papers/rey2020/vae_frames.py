"""Tidy frames of the figures about trained nets, and the numbers that their claims ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import torch
from torch import Tensor

from circles.foundations import heat, manifolds
from circles.foundations.manifolds.names import WRITTEN
from circles.foundations.manifolds.ring_path import wrap
from circles.papers.rey2020 import digits, measures, shapes
from circles.papers.rey2020.grids import flat
from circles.training import runs
from circles.training.runs import Run

LAST_KL = 7.12  # S^2, epoch 100, in the released notebook
DATA = {
    "loop": "a clock hand", "torus": "a shifted picture", "coloured": "a coloured object, turned",
    "grey": "a grey object, turned",
}  # fmt: skip


HOLDS = {("loop", "euclidean2")}  # no shape of its own, but circles lie in it


def unexplained(found: Mapping[str, Mapping[str, Run]]) -> pd.DataFrame:
    """data, latent, fits, seed, unexplained: a row a seed, from the runs of each data set, the fitting first."""
    rows = [
        (DATA[data], WRITTEN[m], _fits(data, m, next(iter(by_latent))), seed, float(value))
        for data, by_latent in found.items()
        for m, run in by_latent.items()
        for seed, value in enumerate(run.measures["unexplained"])
    ]
    return pd.DataFrame(rows, columns=["data", "latent", "fits", "seed", "unexplained"])


def _fits(data: str, manifold: str, first: str) -> str:
    return "fits" if manifold == first else "has room" if (data, manifold) in HOLDS else "does not fit"


def medians(runs: Mapping[str, Run]) -> dict[str, float]:
    """The median over seeds of the share of variance not explained, by manifold."""
    return {m: float(run.measures["unexplained"].median()) for m, run in runs.items()}


def against_fit(runs: Mapping[str, Run]) -> dict[str, float]:
    """The medians of the manifolds that do not fit over that of the one that does."""
    first, *others = medians(runs).items()
    return {m: value / first[1] for m, value in others}


def loop_paths(run: Run) -> pd.DataFrame:
    """A row a seed: how often the encoded loop goes around S^1, its largest step (degrees), the share of variance lost.

    covered: the way from the one end of the unrolled path to the other, in degrees; 360 and more is all of the circle.
    """
    points = run.measures["latents"]
    angles = torch.atan2(points[..., 1], points[..., 0])
    steps = torch.rad2deg(wrap(angles.roll(-1, -1) - angles))
    path = steps[..., :-1].cumsum(-1)
    most, least = path.amax(-1).clamp_min(0), path.amin(-1).clamp_max(0)
    return pd.DataFrame({
        "seed": range(len(points)), "around": measures.loop_windings(run),
        "covered": [round(float(x)) for x in most - least],
        "largest_step": [round(float(x)) for x in steps.abs().amax(-1)],
        "variance_lost": [round(float(x), 2) for x in run.measures["unexplained"]],
    })  # fmt: skip


def kl_range(manifold: str, log_t: tuple[float, float] = shapes.AUTHORS) -> tuple[float, float]:
    """The smallest and the largest KL, in nats, that a range of log t, else the authors', allows on a manifold."""
    space = manifolds.by_name(manifold)
    at = space.uniform(1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    low, high = (float(heat.kl_expansion(space, at, math.exp(end))) for end in reversed(log_t))
    return low, high


def digit_maps(runs: Mapping[str, Run], most: int = 500) -> pd.DataFrame:
    """panel, across, up, label of the pictures held out."""
    labels = digits.pictures()[1][digits.TRAINED :][:most]
    parts = []
    for m, run in runs.items():
        at = flat(m, run.measures["latents"][digits.TRAINED :][:most])
        parts.append(pd.DataFrame({"panel": WRITTEN[m], "across": at[:, 0], "up": at[:, 1], "label": labels.numpy()}))
    return pd.concat(parts, ignore_index=True)


def tiles(grids: Mapping[str, Tensor]) -> pd.DataFrame:
    """panel, row, column, picture of decoded grids [rows, columns, pixels] by manifold."""
    rows = [
        (WRITTEN[m], i, j, picture.numpy())
        for m, grid in grids.items()
        for i, line in enumerate(grid)
        for j, picture in enumerate(line)
    ]
    return pd.DataFrame(rows, columns=["panel", "row", "column", "picture"])


def waves_shown() -> pd.DataFrame:
    """panel, row, column, picture: four shifted pictures by kind of waves, and what the first net makes of them."""
    panels = {}
    for name, config in {"once around": shapes.config("torus"), **shapes.waved()}.items():
        run = runs.get(config)
        panels |= {f"{name}: pictures": run.measures["shown"], f"{name}: decoded": run.measures["decoded"]}
    return _in_rows(panels)


def waves_varied() -> dict[str, dict[str, object]]:
    """By change beside the authors' waves: how many nets are whole, medians of loss and KL, the KL's least."""
    found: dict[str, dict[str, object]] = {}
    for name, config in shapes.waved_varied().items():
        run = runs.get(config)
        found[name] = {
            "whole": f"{measures.winds(run).count(1)} of {config.nets}",
            "variance lost": float(run.measures["unexplained"].median()),
            "KL, nats": float(run.measures["kl"].median()),
            "least KL": kl_range(config.manifold, config.spec.log_t)[0],
        }
    return found


def shown(runs: Mapping[str, Run]) -> pd.DataFrame:
    """panel, row, column, picture: four pictures of seed 0's data, then what each latent space makes of them."""
    pictures = next(iter(runs.values())).measures["shown"]
    panels = {"the pictures": pictures} | {WRITTEN[m]: r.measures["decoded"] for m, r in runs.items()}
    return _in_rows(panels)


def _in_rows(panels: Mapping[str, Tensor]) -> pd.DataFrame:
    """panel, row, column, picture: each panel's pictures [n, pixels] beside each other."""
    rows = [(name, 0, j, x.float().numpy()) for name, line in panels.items() for j, x in enumerate(line)]
    return pd.DataFrame(rows, columns=["panel", "row", "column", "picture"])
