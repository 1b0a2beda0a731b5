"""The runs that the chapter asks for, by name."""

from __future__ import annotations

from circles.models.margin_losses import LOSSES
from circles.papers.samareh2018 import data
from circles.papers.samareh2018.approximation import FeatureStudy
from circles.papers.samareh2018.gaps import GapStudy
from circles.papers.samareh2018.small_sample import SmallSample
from circles.papers.samareh2018.twins import TwinStudy, WorstStudy
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.runs import Run

SETTINGS = ("steps", "alpha", "n", "D")
DECAY = 0.01


def feature_errors(kernel: str) -> dict[str, Run]:
    """The study of this kernel's features, by variant; ``kernel`` is gaussian or laplace."""
    variants = ("paired", "cosine", "scikit-learn") if kernel == "gaussian" else ("paired", "cosine")
    return {variant: runs.get(FeatureStudy(kernel=kernel, variant=variant)) for variant in variants}


def twins() -> dict[tuple[str, str], Run]:
    """The twin runs by data set and loss."""
    return {(d, loss): runs.get(TwinStudy(dataset=d, loss=loss)) for d in data.NAMES for loss in LOSSES}


def decayed_twins() -> dict[str, Run]:
    """The twin runs of the strongly convex loss, by data set."""
    return {d: runs.get(TwinStudy(dataset=d, decay=DECAY)) for d in data.NAMES}


def worst() -> dict[str, Run]:
    """The made sample, by loss."""
    return {name: runs.get(WorstStudy(hinge=name == "hinge")) for name in ("smoothed hinge", "hinge")}


def gaps(over: str) -> dict[str, Run]:
    """The gaps against one setting, by data set."""
    return {d: runs.get(GapStudy(dataset=d, over=over)) for d in data.NAMES}


def small_sample() -> Run:
    """The gap of the moons against the steps, on fewer training points."""
    return runs.get(SmallSample())


def studies(seed: int = 0) -> list[ComputedRun]:
    """Every unit of the chapter's studies, those of another seed on other splits, features and draws."""
    return [
        *(FeatureStudy(kernel=k, variant=v, seed=seed) for k in ("gaussian", "laplace") for v in ("paired", "cosine")),
        FeatureStudy(variant="scikit-learn", seed=seed),
        *(TwinStudy(dataset=d, loss=loss, seed=seed) for d in data.NAMES for loss in LOSSES),
        *(TwinStudy(dataset=d, decay=DECAY, seed=seed) for d in data.NAMES),
        *(WorstStudy(hinge=hinge, seed=seed) for hinge in (False, True)),
        *(GapStudy(dataset=d, over=over, seed=seed) for over in SETTINGS for d in data.NAMES),
        SmallSample(seed=seed),
    ]
