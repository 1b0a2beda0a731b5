"""What the claims ask of the studies: ratios to bounds, p-values of trends."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from circles.experiments.samareh2018 import trends
from circles.experiments.samareh2018.gaps import LOSS, GapStudy
from circles.training.runs import Run

COVERED = ("smoothed hinge", "logistic")  # the losses that have a beta


def slope(found: Mapping[str, Run]) -> dict[str, float]:
    """The exponent of the largest error against D, mean over seeds, by variant."""
    return {name: float(trends.slopes(r.measures["D"], r.measures["largest"]).mean()) for name, r in found.items()}


def error_ratio(ours: Run, theirs: Run) -> float:
    """The mean largest error of one study over the other's, the geometric mean over the values of D."""
    means = [run.measures["largest"].mean(0).log() for run in (ours, theirs)]
    return float((means[0] - means[1]).mean().exp())


def by_loss(found: Mapping[tuple[str, str], Run], ratio: str) -> dict[str, float]:
    """The largest ratio over data sets, of each loss that the theory covers; ``ratio`` is path, mean or loss."""
    place = ("path", "mean", "loss").index(ratio)
    return {
        name: max(float(run.measures["ratios"][place]) for (_, loss), run in found.items() if loss == name)
        for name in COVERED
    }


def by_dataset(found: Mapping[tuple[str, str], Run], wanted: str) -> dict[str, float]:
    """The largest ratio of distance to its bound on every run, of one loss, by data set."""
    return {dataset: float(run.measures["ratios"][0]) for (dataset, loss), run in found.items() if loss == wanted}


def under_bound(found: Mapping[tuple[str, str], Run]) -> dict[str, float]:
    """The share of all pairs whose loss gap at the end is under the bound on the mean, of each loss covered."""
    shares = {}
    for name in COVERED:
        kept = [run.measures for (_, loss), run in found.items() if loss == name]
        shares[name] = float(torch.cat([m["loss_gap"][-1] <= m["bound"][-1] for m in kept]).double().mean())
    return shares


def gap(run: Run) -> dict[str, Tensor]:
    """|test - training| of the loss and of the share of wrong answers, each [seeds, k]."""
    m = run.measures["measured"].double()
    return {"loss": (m[..., 1] - m[..., 0]).abs(), "error": (m[..., 3] - m[..., 2]).abs()}


def exponent(run: Run) -> float:
    """The exponent of the mean gap in loss against the setting."""
    return float(trends.slopes(run.measures["values"], gap(run)["loss"].mean(0, keepdim=True)))


def trend(found: Mapping[str, Run], measure: str, *, falling: bool = False) -> dict[str, float]:
    """The p-value of the gap's trend on each data set; ``measure`` is loss or error."""
    return {name: trends.page(gap(run)[measure], falling=falling) for name, run in found.items()}


def bound_over_gap(found: Mapping[str, Run]) -> float:
    """The least ratio of (2 L^2 / n) sum alpha_t, with L = 1, to |mean test loss - mean training loss|, over
    settings."""
    ratios = []
    for run in found.values():
        config, m = run.config, run.measures
        assert isinstance(config, GapStudy)
        bound = 2 * LOSS.steepest**2 * m["steps"] * m["alpha"] / m["n"]
        apart = (m["measured"][..., 1] - m["measured"][..., 0]).double().mean(0).abs()
        ratios.append(float((bound / apart).min()))
    return min(ratios)


def levels_off(found: Mapping[str, Run], low: int, high: int) -> dict[str, float]:
    """The mean gap in loss at one D over that at another, on each data set."""
    ratios = {}
    for name, run in found.items():
        at = {int(D): float(g) for D, g in zip(run.measures["values"], gap(run)["loss"].mean(0), strict=True)}
        ratios[name] = at[high] / at[low]
    return ratios


def breaking(run: Run, times: float) -> float:
    """The largest ratio of distance to bound on the made sample at the step ``times`` / beta."""
    return float(run.measures["path_ratio"][run.measures["times"] == times])
