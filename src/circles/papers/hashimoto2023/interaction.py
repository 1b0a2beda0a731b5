"""Where the larger algebra pays: linear maps whose Fourier components are alone, or hear their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.models.rkhm_kernels import Modulated, Polynomial
from circles.models.rkhm_vector import Maker, Separable
from circles.papers.hashimoto2023 import data
from circles.papers.hashimoto2023.selection import evaluate
from circles.training.computed import ComputedRun

P, SIZES, SEEDS = 16, (10, 20, 40, 80), tuple(range(10))
EVERYTHING = (1.0, *[2.0] * (P // 2 - 1), 1.0)  # all modulations alike
METHODS: dict[str, Maker] = {
    "circulant parameters": lambda c: Polynomial(c, 1),
    "with two modulations": lambda c: Modulated(Polynomial(c, 1), (1.0, 1.0)),
    "with all modulations": lambda c: Modulated(Polynomial(c, 1), EVERYTHING),
    "separable": lambda c: Separable("polynomial", c, 1),
}
CS = (1.0,)  # the penalty alone sets the scale of a linear kernel


@dataclass(frozen=True, kw_only=True)
class InteractionRun(ComputedRun):
    """Linear kernels with more and more modulations on one draw of one map, for every number of points."""

    which: str = "gain"

    family: ClassVar[str] = "rkhm-interaction"

    @property
    def name(self) -> str:
        return f"{self.which}-s{self.seed}"

    def compute(self) -> dict[str, Tensor]:
        errors = torch.zeros(len(SIZES), len(METHODS), dtype=torch.float64)
        for i, n in enumerate(SIZES):
            split = data.mapped(self.seed, self.which, n=n, p=P)
            for j, make in enumerate(METHODS.values()):
                errors[i, j] = evaluate(make, split, whole=False, cs=CS).test
        return {"n": torch.tensor(SIZES), "test": errors}


def study(seeds: Sequence[int] = SEEDS) -> list[InteractionRun]:
    """The runs of both maps."""
    return [InteractionRun(seed=s, which=which) for which in data.MAPS for s in seeds]
