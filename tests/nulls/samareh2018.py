"""Features that see nothing, twins that disagree in every label, settings exchanged within each seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from circles.analysis import stability
from circles.foundations import features
from circles.ledger import estimates
from circles.papers.samareh2018 import approximation, evidence, found, frames, gaps, measures
from circles.papers.samareh2018.approximation import FeatureStudy
from circles.papers.samareh2018.gaps import GapStudy
from circles.papers.samareh2018.twins import TwinStudy
from circles.training.runs import Run

BLIND = "features whose frequencies are all 0"
LAPLACE = "features of the Laplace kernel, held against the Gaussian one"
REVERSED = "twins whose samples disagree in every label"
MIXED = "the recorded gaps, in every other seed those at the least and the largest value exchanged"
EXCHANGED = "the recorded gaps, the least and the largest value of the setting exchanged"
SEEDS, PAIRS = 4, 4
SOON = 100  # steps after which the bound is no larger than losses are


def _blind(study: FeatureStudy, kernel: features.Kernel, x: Tensor, D: int, seed: int) -> Tensor:
    draws = torch.Generator().manual_seed(seed)
    turns = 2 * torch.pi * torch.rand(D, generator=draws, dtype=torch.float64)
    omega = x.new_zeros(D // 2 if study.variant == "paired" else D, x.shape[1])
    return features.Features(omega, None if study.variant == "paired" else turns)(x)


def _laplace(study: FeatureStudy, kernel: features.Kernel, x: Tensor, D: int, seed: int) -> Tensor:
    return features.sample(features.Laplace(), 2, D, generator=torch.Generator().manual_seed(seed))(x)


@cache
def _features(drawn: Callable[..., Tensor], variant: str) -> SimpleNamespace:
    config = FeatureStudy(variant=variant, seeds=SEEDS)
    with patch.object(approximation.FeatureStudy, "_features", drawn):
        return SimpleNamespace(config=config, measures=config.compute())


def _slopes() -> Any:
    blind = {variant: _features(_blind, variant) for variant in ("paired", "cosine", "scikit-learn")}
    by_config = {run.config: run.measures for run in blind.values()}
    with patch.object(evidence, "many", by_config.__getitem__):
        return estimates.plain(evidence.slope(blind))


def _bound(drawn: Callable[..., Tensor]) -> float:
    run = _features(drawn, "paired")
    return float((frames.uniform_bound(run)["error"] / frames.feature_error({"paired": run})["high"]).min())


@cache
def _reversed(loss: str = "smoothed hinge", **settings: Any) -> dict[tuple[str, str], SimpleNamespace]:
    """Twin runs by data set and loss. Reversing all labels reverses the weights, so the twin of w is -w."""
    apart, runs = stability._apart, {}
    with patch.object(stability, "_apart", lambda w, twin, *rest: apart(w, -w, *rest)):
        for name in found.data.NAMES:
            config = TwinStudy(dataset=name, loss=loss, pairs=PAIRS, **settings)
            runs[name, loss] = SimpleNamespace(config=config, measures=config.compute())
    return runs


def _both(**settings: Any) -> dict[tuple[str, str], SimpleNamespace]:
    return {k: run for loss in measures.COVERED for k, run in _reversed(loss, **settings).items()}


def _decayed() -> float:
    return max(float(run.measures["ratios"][1]) for run in _reversed(decay=found.DECAY).values())


def _reversed_test() -> float:
    """The gap to test points whose labels are reversed: they are no draw from where the sample came from."""
    whole, runs = gaps._measures, {}
    with patch.object(gaps, "_measures", lambda w, train, test: whole(w, train, -test)):
        for name in found.data.NAMES:
            config = GapStudy(dataset=name, seeds=SEEDS, longest=SOON)
            runs[name] = SimpleNamespace(config=config, measures=config.compute())
    return measures.bound_over_gap(runs)


def _mixed(m: Mapping[str, Tensor]) -> dict[str, Tensor]:
    kept, odd = m["measured"], torch.arange(len(m["measured"])) % 2 == 1
    return dict(m) | {"measured": torch.where(odd[:, None, None], _exchanged(m)["measured"], kept)}


def _exchanged(m: Mapping[str, Tensor]) -> dict[str, Tensor]:
    order = m["values"].argsort()
    kept = m["measured"].clone()
    kept[:, order[[0, -1]]] = m["measured"][:, order[[-1, 0]]]
    return dict(m) | {"measured": kept}


def _growth(over: str, measure: str, changed: Callable[[Mapping[str, Tensor]], dict[str, Tensor]]) -> Any:
    studies: dict[str, Run] = {n: replace(r, measures=changed(r.measures)) for n, r in found.gaps(over).items()}
    recorded = evidence.many
    with patch.object(evidence, "many", lambda config: changed(recorded(config))):
        return estimates.plain(evidence.growth(studies, measure))


def _gaps(over: str, measure: str) -> tuple[str, Callable[[], Any]]:
    return MIXED, lambda: _growth(over, measure, _mixed)


NULLS = {
    "rff-slope": (BLIND, _slopes),
    "rff-bound": (BLIND, lambda: _bound(_blind)),
    "stable-every-run": (REVERSED, lambda: measures.by_loss(_both(steps=SOON), "path")),
    "stable-mean": (REVERSED, lambda: measures.by_loss(_both(), "mean")),
    "stable-high-probability": (f"{REVERSED}, after {SOON} steps",
                                lambda: measures.under_bound(_both(steps=SOON))),
    "stable-strongly-convex": (REVERSED, _decayed),
    "gap-under-bound": ("test points whose labels are reversed", _reversed_test),
    "gap-steps": _gaps("steps", "loss"),
    "gap-steps-error": _gaps("steps", "error"),
    "gap-step-size": _gaps("alpha", "loss"),
    "gap-step-size-error": _gaps("alpha", "error"),
    "gap-n": _gaps("n", "loss"),
    "gap-n-error": _gaps("n", "error"),
    "gap-D": ("the gap against the steps, with which it grows", lambda: _growth("steps", "loss", dict)),
}  # fmt: skip

NONE: dict[str, str] = {}

ANY = {
    "rff-bound": (LAPLACE, lambda: _bound(_laplace), "the bound is so loose that features of another kernel pass it"),
    "stable-high-probability": (
        REVERSED, lambda: measures.under_bound(_both()),
        "after so many steps the bound is above any difference of losses that occurs: it holds, and says nothing",
    ),
    "gap-D": (
        EXCHANGED, lambda: _growth("D", "loss", _exchanged),
        "with two of the four sets enough for 'partly', the opposite of the claim is 'partly' too",
    ),
}  # fmt: skip
