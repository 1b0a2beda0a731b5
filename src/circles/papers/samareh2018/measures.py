"""What the claims ask of the studies: ratios to bounds, gaps."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from circles.analysis import stability
from circles.papers.samareh2018 import trends
from circles.papers.samareh2018.gaps import LOSS, GapStudy
from circles.training.runs import Run

COVERED = ("smoothed hinge", "logistic")  # the losses that have a beta


def by_loss(found: Mapping[tuple[str, str], Run], ratio: str) -> dict[str, float]:
    """The largest ratio over data sets, of each loss that the theory covers; ``ratio`` is path, mean or loss."""
    place = ("path", "mean", "loss").index(ratio)
    return {
        name: max(float(run.measures["ratios"][place]) for (_, loss), run in found.items() if loss == name)
        for name in COVERED
    }


def under_bound(found: Mapping[tuple[str, str], Run]) -> dict[str, float]:
    """The share of all pairs whose loss gap at the end is under the bound on the mean, of each loss covered."""
    shares = {}
    for name in COVERED:
        kept = [run.measures for (_, loss), run in found.items() if loss == name]
        shares[name] = float(torch.cat([m["loss_gap"][-1] <= m["bound"][-1] for m in kept]).double().mean())
    return shares


def gap(measured: Tensor) -> dict[str, Tensor]:
    """|test - training| of the loss and of the share of wrong answers, each [seeds, k], from what a study measured."""
    m = measured.double()
    return {"loss": (m[..., 1] - m[..., 0]).abs(), "error": (m[..., 3] - m[..., 2]).abs()}


def exponent(run: Run) -> float:
    """The exponent of the mean gap in loss against the setting."""
    return float(trends.slopes(run.measures["values"], gap(run.measures["measured"])["loss"].mean(0, keepdim=True)))


def bound_over_gap(found: Mapping[str, Run]) -> float:
    """The least ratio of (2 L^2 / n) sum alpha_t, with L = 1, to |mean test loss - mean training loss|, over
    settings."""
    ratios = []
    for run in found.values():
        config, m = run.config, run.measures
        assert isinstance(config, GapStudy)
        bound = stability.convex(LOSS.steepest, m["n"], m["steps"] * m["alpha"])
        apart = (m["measured"][..., 1] - m["measured"][..., 0]).double().mean(0).abs()
        ratios.append(float((bound / apart).min()))
    return min(ratios)
