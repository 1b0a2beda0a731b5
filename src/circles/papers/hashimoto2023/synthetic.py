"""The paper's comparison on synthetic data: the module's kernels against vector-valued ones, one seed a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.analysis.rkhm_bound import Domain
from circles.models.rkhm_kernels import Gaussian, Modulated, Polynomial
from circles.models.rkhm_vector import AuthorsQR, Maker, NonSeparable, Separable, WithConstant
from circles.papers.hashimoto2023 import data
from circles.papers.hashimoto2023.selection import evaluate
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.runs import Run

SEEDS = tuple(range(20))
LARGEST = 5**0.5  # |f| <= |(1, 2)|
DOMAIN = Domain(torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64), LARGEST)

METHODS: dict[str, Maker] = {
    "QR, LAPACK signs": lambda c: AuthorsQR(c),
    "QR, positive diagonal": lambda c: AuthorsQR(c, signs="positive"),
    "QR, rotations": lambda c: AuthorsQR(c, signs="rotation"),
    "QR, positive, constant": lambda c: WithConstant(AuthorsQR(c, signs="positive")),
    "QR, positive, one column": lambda c: AuthorsQR(c, signs="positive"),
    "commutative polynomial": lambda c: Polynomial(c),
    "commutative Gaussian": lambda c: Gaussian(c),
    "separable polynomial": lambda c: Separable("polynomial", c),
    "separable Gaussian": lambda c: Separable("gaussian", c),
    "non-separable": lambda c: NonSeparable(c),
    "modulated polynomial": lambda c: Modulated(Polynomial(c), (1.0, 1.0)),
    "modulated Gaussian": lambda c: Modulated(Gaussian(c), (1.0, 1.0)),
}
FAMILY = {name: "RKHM, authors" if "QR" in name else "RKHM, ours" if "mod" in name else "vvRKHS" for name in METHODS}
AUTHORS, ROUND_QR = "QR, LAPACK signs", "QR, positive diagonal"
BASELINES = tuple(name for name, family in FAMILY.items() if family == "vvRKHS")


@dataclass(frozen=True, kw_only=True)
class SyntheticRun(ComputedRun):
    """All kernels on one draw of the data.

    ``released`` keeps two slips of the script: noisy test targets, and four of the five folds.
    """

    released: bool = True
    n: int = 30  # script
    tests: int = 100  # script
    noise: float = 0.1  # script

    family: ClassVar[str] = "rkhm-synthetic"

    @property
    def name(self) -> str:
        noise = "" if self.noise else "-clean"
        return f"{'released' if self.released else 'mended'}-n{self.n}{noise}-s{self.seed}"

    def compute(self) -> dict[str, Tensor]:
        split = data.authors(self.seed, n=self.n, tests=self.tests, noise=self.noise, noisy_test=self.released)
        visited = 4 if self.released else 5
        found = [
            evaluate(make, split, visited=visited, domain=DOMAIN, whole="QR" in name and "column" not in name)
            for name, make in METHODS.items()
        ]
        columns = {
            "c": [f.c for f in found], "penalty": [f.penalty for f in found],
            "train": [f.train for f in found], "test": [f.test for f in found],
            "complexity": [f.bound.complexity for f in found], "confidence": [f.bound.confidence for f in found],
            "gap": [f.bound.gap for f in found],
        }  # fmt: skip
        return {name: torch.tensor(values, dtype=torch.float64) for name, values in columns.items()}


@dataclass(frozen=True, kw_only=True)
class MixingRun(ComputedRun):
    """The commutative Gaussian kernel with its neighbours mixed in by a weight w, from none to as much as its own."""

    family: ClassVar[str] = "rkhm-mixing"
    weights: tuple[float, ...] = (0.0, 0.001, 0.01, 0.1, 1.0)

    @property
    def name(self) -> str:
        return f"s{self.seed}"

    def compute(self) -> dict[str, Tensor]:
        split = data.authors(self.seed)
        found = [
            evaluate(lambda c, w=w: Modulated(Gaussian(c), (1.0, w)), split, whole=False).test
            for w in self.weights
        ]
        return {"w": torch.tensor(self.weights), "test": torch.tensor(found, dtype=torch.float64)}


def study(*, released: bool, seeds: Sequence[int] = SEEDS) -> list[SyntheticRun]:
    """The comparison's runs: the data as released, or mended."""
    return [SyntheticRun(seed=s, released=released, tier="live") for s in seeds]


def mixing(seeds: Sequence[int] = SEEDS) -> list[MixingRun]:
    """The ablation's runs."""
    return [MixingRun(seed=s, tier="live") for s in seeds]


def gather(configs: Sequence[ComputedRun]) -> list[Run]:
    """The runs of these units."""
    return [runs.get(config) for config in configs]
