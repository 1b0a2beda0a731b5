"""What the claims on random draws rest on: many seeds of each study, the chapter's own held against them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor

from circles.ledger import estimates
from circles.ledger.estimates import Estimate
from circles.papers.samareh2018 import data, measures, trends
from circles.papers.samareh2018.approximation import FeatureStudy
from circles.papers.samareh2018.gaps import GapStudy
from circles.papers.samareh2018.many import ManyFeatures, ManyGaps, ManyTwins, ManyWorst, by_pair
from circles.papers.samareh2018.twins import TwinStudy, WorstStudy
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.runs import Run

FIRST = 10  # the first unit's number: its seeds are far from the chapter's own
UNITS = {("moons", "steps", 256): 3, ("moons", "alpha", 256): 2, ("wine", "alpha", 256): 5}  # else one
SEEDS = {("digits", "D"): 24, ("breast cancer", "D"): 60, "digits": 60}  # of a unit of gaps, else 120
PAIRS, FEATURE_SEEDS, STUDIES = 64, 48, 12
OVER_BOUND = 1.01  # a hundredth keeps rounding out


def slope(found: Mapping[str, Run]) -> dict[str, Estimate]:
    """The exponent of the largest error against D, by variant."""
    kept = {name: [_slopes(m) for m in (many(run.config), run.measures)] for name, run in found.items()}
    return {name: estimates.mean(*pair) for name, pair in kept.items()}


def error_ratio(ours: Run, theirs: Run) -> Estimate:
    """The mean over seeds of the largest error, itself the geometric mean over D, of one study over the other's."""
    over, under = ([m["largest"].log().mean(1).exp() for m in (many(r.config), r.measures)] for r in (ours, theirs))
    return estimates.ratio_of_means(over[0], under[0], (over[1], under[1]))


def over_bound(found: Mapping[tuple[str, str], Run], loss: str) -> dict[str, Estimate]:
    """The share of pairs farther apart, at some moment, than the bound on every run allows: one loss, by data set."""
    kept = {d: (many(run.config)["path"], _pairs(run)["path"]) for (d, name), run in found.items() if name == loss}
    return {d: estimates.share(*(path > OVER_BOUND for path in pair), of="pairs") for d, pair in kept.items()}


def breaking(run: Run, times: float) -> Estimate:
    """The median over studies of the largest ratio of distance to bound on the made sample, at ``times`` / beta."""
    place = run.measures["times"] == times
    found, live = (m["path_ratio"].round(decimals=6)[..., place] for m in (many(run.config), run.measures))
    return estimates.median(found, live, of="studies")


def growth(found: Mapping[str, Run], measure: str, ends: tuple[float, float] | None = None) -> dict[str, Estimate]:
    """The mean gap at one value of the setting over that at another, by data set; ``measure`` is loss or error.

    The setting's least value stands below and its largest above, unless ``ends`` names two.
    """
    ratios = {}
    for name, run in found.items():
        below, above = ends or (float(run.measures["values"].min()), float(run.measures["values"].max()))
        (a, c), (b, d) = ([_gap(m, measure, at) for m in (many(run.config), run.measures)] for at in (above, below))
        ratios[name] = estimates.ratio_of_means(a, b, (c, d))
    return ratios


def of(config: ComputedRun) -> list[ComputedRun]:
    """The units of the same setting as this study of the chapter's; more of them where the value is near its band."""
    if isinstance(config, GapStudy):
        seeds = SEEDS.get((config.dataset, config.over), SEEDS.get(config.dataset, 120))
        same = {"dataset": config.dataset, "over": config.over, "n": config.n, "seeds": seeds}
        units = UNITS.get((config.dataset, config.over, config.n), 1)
        return [ManyGaps(seed=FIRST + unit, **same) for unit in range(units)]
    if isinstance(config, TwinStudy):
        return [ManyTwins(dataset=config.dataset, loss=config.loss, seed=FIRST, pairs=PAIRS)]
    if isinstance(config, WorstStudy):
        return [ManyWorst(hinge=config.hinge, seed=FIRST, studies=STUDIES)]
    assert isinstance(config, FeatureStudy)
    return [ManyFeatures(kernel=config.kernel, variant=config.variant, seed=FIRST, seeds=FEATURE_SEEDS)]


@cache
def many(config: ComputedRun) -> dict[str, Tensor]:
    """What was measured in all the units of this study's setting: rows are seeds, pairs or studies."""
    found, same = [runs.get(unit).measures for unit in of(config)], {"values", "times", "D"}
    return {k: v if k in same else torch.cat([m[k] for m in found]) for k, v in found[0].items()}


def units(seed: int = 0) -> list[ComputedRun]:
    """The units with this number, from 0: that has all studies, the others have more of some gaps."""
    studies = [
        *(GapStudy(dataset=d, over=over) for over in ("steps", "alpha", "n", "D") for d in data.NAMES),
        GapStudy(dataset="moons", n=32),
        *(TwinStudy(dataset=d, loss="hinge") for d in data.NAMES),
        *(WorstStudy(hinge=hinge) for hinge in (False, True)),
        *(FeatureStudy(kernel=k, variant=v) for k in ("gaussian", "laplace") for v in ("paired", "cosine")),
        FeatureStudy(variant="scikit-learn"),
    ]  # fmt: skip
    return [unit for study in studies for unit in of(study)[seed : seed + 1]]


def _slopes(m: dict[str, Tensor]) -> Tensor:
    return trends.slopes(m["D"], m["largest"])


def _pairs(run: Run) -> dict[str, Tensor]:
    return by_pair(run.measures)


def _gap(m: dict[str, Tensor], measure: str, at: float) -> Tensor:
    return measures.gap(m["measured"])[measure][:, m["values"] == at][:, 0]
