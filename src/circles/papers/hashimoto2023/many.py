"""The comparison on many draws of the data, and of each only what the claims ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.papers.hashimoto2023.synthetic import MixingRun, SyntheticRun


@dataclass(frozen=True, kw_only=True)
class ManySynthetic(SyntheticRun):
    """``SyntheticRun`` on the draws ``seed * draws`` to ``(seed + 1) * draws - 1``.

    Kept: ``test``, ``bound`` (complexity and confidence) and ``gap``, each [draws, methods].
    """

    draws: int = 20
    tier: str = "recorded"

    family: ClassVar[str] = "rkhm-many"

    def compute(self) -> dict[str, Tensor]:
        same = {"released": self.released, "n": self.n, "tests": self.tests, "noise": self.noise}
        found = [SyntheticRun(seed=seed, **same).compute() for seed in _draws(self)]
        kept = {name: torch.stack([one[name] for one in found]) for name in ("test", "gap", "complexity", "confidence")}
        return {"test": kept["test"], "gap": kept["gap"], "bound": kept["complexity"] + kept["confidence"]}


@dataclass(frozen=True, kw_only=True)
class ManyMixing(MixingRun):
    """``MixingRun`` at one weak weight on such draws: ``w`` and ``test`` [draws, weights]."""

    draws: int = 20
    weights: tuple[float, ...] = (0.01,)
    tier: str = "recorded"

    family: ClassVar[str] = "rkhm-many-mixing"

    def compute(self) -> dict[str, Tensor]:
        found = [MixingRun(seed=seed, weights=self.weights).compute()["test"] for seed in _draws(self)]
        return {"w": torch.tensor(self.weights), "test": torch.stack(found)}


def _draws(unit: ManySynthetic | ManyMixing) -> range:
    return range(unit.seed * unit.draws, (unit.seed + 1) * unit.draws)
