"""The chapter's studies with many more seeds, and of each only what the claims ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.analysis import stability
from circles.papers.samareh2018 import data
from circles.papers.samareh2018.approximation import FeatureStudy
from circles.papers.samareh2018.gaps import GapStudy
from circles.papers.samareh2018.twins import TwinStudy, WorstStudy


@dataclass(frozen=True, kw_only=True)
class ManyGaps(GapStudy):
    """``GapStudy`` with more seeds, at the least and the largest value of the setting, and at D = 256."""

    seeds: int = 120
    tier: str = "recorded"

    family: ClassVar[str] = "sgm-gaps-many"

    @property
    def name(self) -> str:
        return f"{self.dataset}-{self.over}-n{self.n}-s{self.seed}".replace(" ", "_")

    def compute(self) -> dict[str, Tensor]:
        """``values`` [k] and ``measured`` [seeds, k, 4], as the study has them there."""
        splits = [data.split(self.dataset, seed=seed) for seed in self._block]
        half = len(splits[0].x[0])
        n = min(self.n, half)
        if self.over == "steps":
            values = [100, self.longest]
            found = self._runs(splits, self.D, [(n, self.alpha)], values)
        elif self.over == "D":
            values = [8, 256, 1024]
            found = [m for D in values for m in self._runs(splits, D, [(n, self.alpha)], [self.steps])]
        else:
            values = [2.0**-6, 1.0] if self.over == "alpha" else [16, max(v for v in (64, 256, 512) if v <= half)]
            settings = [(n, v) if self.over == "alpha" else (v, self.alpha) for v in values]
            found = self._runs(splits, self.D, settings, [self.steps])
        return {"values": torch.tensor(values, dtype=torch.float64), "measured": torch.stack(found, 1)}


@dataclass(frozen=True, kw_only=True)
class ManyTwins(TwinStudy):
    """``TwinStudy`` with more pairs, and of each what ``by_pair`` keeps."""

    pairs: int = 160
    tier: str = "recorded"

    family: ClassVar[str] = "sgm-twins-many"

    def compute(self) -> dict[str, Tensor]:
        return by_pair(super().compute())


@dataclass(frozen=True, kw_only=True)
class ManyFeatures(FeatureStudy):
    """``FeatureStudy`` with more seeds."""

    seeds: int = 120
    tier: str = "recorded"

    family: ClassVar[str] = "feature-error-many"


@dataclass(frozen=True, kw_only=True)
class ManyWorst(WorstStudy):
    """``WorstStudy`` so many times, each with draws of its own: ``times`` and ``path_ratio`` [studies, times]."""

    studies: int = 60
    tier: str = "recorded"

    family: ClassVar[str] = "sgm-worst-many"

    def compute(self) -> dict[str, Tensor]:
        same = {"pairs": self.pairs, "n": self.n, "steps": self.steps, "largest": self.largest, "hinge": self.hinge}
        block = range(self.seed * self.studies, (self.seed + 1) * self.studies)
        found = [WorstStudy(seed=seed, **same).compute() for seed in block]
        return {"times": found[0]["times"], "path_ratio": torch.stack([one["path_ratio"] for one in found])}


def by_pair(measures: dict[str, Tensor]) -> dict[str, Tensor]:
    """``path`` and ``end`` [pairs], from what a ``TwinStudy`` keeps.

    ``path`` is the largest ratio of the distance to the bound on every run, over the moments; ``end`` is the loss gap
    at the end over the bound on its mean.
    """
    _, alpha, L, _ = measures["constants"].tolist()
    path = stability.path_ratios(measures["distance"], measures["hits"], L=L, alpha=alpha)
    return {"path": path, "end": measures["loss_gap"][-1] / measures["bound"][-1]}
