"""What the claims on the synthetic data rest on: many draws, the chapter's own held against them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from circles.ledger import estimates
from circles.ledger.estimates import Estimate
from circles.papers.hashimoto2023 import found
from circles.papers.hashimoto2023.many import ManyMixing, ManySynthetic
from circles.papers.hashimoto2023.synthetic import BASELINES, LARGEST, METHODS
from circles.training import runs
from circles.training.computed import ComputedRun

RELEASED, MENDED = range(50, 51), range(50, 51)  # the units' numbers: draws from 1000 on, far from the chapter's own
WEAK = "0.01"


@cache
def errors(*, released: bool) -> pd.DataFrame:
    """Test errors: a row a draw, a column a method."""
    return pd.DataFrame(_measured("test", released=released), columns=list(METHODS))


def best(*, released: bool) -> str:
    """The vector-valued kernel with the least mean error over the many draws."""
    return str(errors(released=released)[list(BASELINES)].mean().idxmin())


def ratio(one: str, other: str | None = None, *, released: bool) -> Estimate:
    """The mean error of one method over that of another, or of the best baseline."""
    other = other or best(released=released)
    many, live = errors(released=released), _live("test", released=released)
    return estimates.ratio_of_means(many[one], many[other], (live[one], live[other]))


def ratios(one: str, other: str | None = None) -> dict[str, Estimate]:
    """``ratio`` on the data as released and mended."""
    return {name: ratio(one, other, released=r) for name, r in (("released", True), ("mended", False))}


def lower(one: str, other: str, *, released: bool) -> Estimate:
    """The share of draws on which one method has a lower error than another."""
    many, live = errors(released=released), _live("test", released=released)
    return estimates.share(many[one] < many[other], live[one] < live[other], of="draws")


def weak_ratio() -> Estimate:
    """The mean error with a weak interaction over that of the best baseline, both on the same mended draws."""
    weak = [x for s in MENDED for x in runs.get(ManyMixing(seed=s)).measures["test"][:, 0].tolist()]
    rival = best(released=False)
    live = found.mixing().pivot(index="seed", columns="weight", values="test")[WEAK]
    beside = _live("test", released=False)[rival]
    return estimates.ratio_of_means(weak, errors(released=False)[rival], (live, beside))


def vacuous() -> Estimate:
    """The share of draws, of both selections, on which the least bound of any method is over the largest distance
    between two values of the target."""
    many = [_measured("bound", released=r).min(1) for r in (True, False)]
    live = [_live("bound", released=r).min(axis=1) for r in (True, False)]
    return estimates.share(*(np.concatenate(x) > 2 * LARGEST for x in (many, live)), of="draws")


def mean_errors() -> pd.DataFrame:
    """Mean errors over the many draws: a row a method, the columns released and mended."""
    return pd.DataFrame({name: errors(released=r).mean() for name, r in (("released", True), ("mended", False))})


def units(seed: int = 0) -> list[ComputedRun]:
    """One unit of each study; ``seed`` is its number, from 0."""
    every: list[ComputedRun] = [ManySynthetic(seed=RELEASED[seed])] if seed < len(RELEASED) else []
    if seed < len(MENDED):
        every += [ManySynthetic(seed=MENDED[seed], released=False), ManyMixing(seed=MENDED[seed])]
    return every


def _measured(what: str, *, released: bool) -> np.ndarray:
    units = [ManySynthetic(seed=s, released=released) for s in (RELEASED if released else MENDED)]
    return np.concatenate([runs.get(unit).measures[what].numpy() for unit in units])


def _live(what: str, *, released: bool) -> pd.DataFrame:
    return found.errors(released=released).pivot(index="seed", columns="method", values=what)
