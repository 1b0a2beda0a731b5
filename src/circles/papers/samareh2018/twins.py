"""Twin runs on samples that differ in one point: on real data, and on a sample made to drive them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.analysis import stability
from circles.foundations.streams import streams
from circles.models.margin_losses import LOSSES
from circles.papers.samareh2018 import data
from circles.papers.samareh2018.worst_case import worst_case
from circles.training import sgm
from circles.training.computed import ComputedRun


@dataclass(frozen=True, kw_only=True)
class TwinStudy(ComputedRun):
    """``pairs`` of twin runs on one data set, each pair with its own split, features, differing point and draws."""

    dataset: str = "digits"
    loss: str = "smoothed hinge"
    pairs: int = 32
    steps: int = 10_000
    alpha: float = 0.25
    n: int = 256
    D: int = 256
    decay: float = 0.0
    variant: str = "paired"
    tier: str = "live"

    family: ClassVar[str] = "sgm-twins"

    @property
    def name(self) -> str:
        end = f"-decay{self.decay:g}" if self.decay else ""
        return f"{self.dataset}-{self.loss}-{self.variant}{end}".replace(" ", "_")

    @property
    def _block(self) -> range:
        """The seeds of the pairs: another ``seed`` of the study has others."""
        return range(self.seed * self.pairs, (self.seed + 1) * self.pairs)

    def compute(self) -> dict[str, Tensor]:
        signed = [data.split(self.dataset, seed=s).signed(self.D, seed=s, variant=self.variant) for s in self._block]
        n = min(self.n, len(signed[0].train) - 1)  # one more point takes the place of another
        draws = torch.cat([
            sgm.uniform(self.steps, 1, n, generator=streams(s, "twins")["twins"]) for s in self._block
        ], 1)  # fmt: skip
        twins = stability.twins(
            torch.stack([s.train[:n] for s in signed]), torch.stack([s.train[n] for s in signed]),
            torch.stack([s.test for s in signed]), draws, at=moments(self.steps), alpha=self.alpha,
            loss=LOSSES[self.loss], norm=signed[0].norm, decay=self.decay,
        )  # fmt: skip
        return kept(twins)


@dataclass(frozen=True, kw_only=True)
class WorstStudy(ComputedRun):
    """The sample that is made to drive twins apart, at step sizes from 1 / beta to ``largest`` / beta."""

    pairs: int = 128
    n: int = 128
    steps: int = 64
    largest: int = 128
    hinge: bool = False
    tier: str = "live"

    family: ClassVar[str] = "sgm-worst"

    @property
    def name(self) -> str:
        return "hinge" if self.hinge else "smoothed_hinge"

    def compute(self) -> dict[str, Tensor]:
        draws = sgm.uniform(self.steps, self.pairs, self.n, generator=streams(self.seed, "worst")["worst"])
        times = [2.0**i for i in range(self.largest.bit_length())]
        found = [worst_case(draws, self.n, t, hinge=self.hinge) for t in times]
        return {
            "times": torch.tensor(times, dtype=torch.float64),
            "path_ratio": torch.tensor([t.path_ratio for t in found], dtype=torch.float64),
            "mean_ratio": torch.tensor([t.mean_ratio for t in found], dtype=torch.float64),
        }


def moments(steps: int, count: int = 24) -> list[int]:
    """About ``count`` steps from 1 to ``steps``, evenly spaced in their logarithm."""
    return sorted({round(steps ** (i / (count - 1))) for i in range(count)})


def kept(twins: stability.Twins) -> dict[str, Tensor]:
    """What is recorded of twin runs: float32 is enough for a chart, and the ratios are taken before rounding."""
    return {
        "steps": twins.steps, "distance": twins.distance.float(), "loss_gap": twins.loss_gap.float(),
        "hits": twins.hits.int(), "bound": twins.bound,
        "ratios": torch.tensor([twins.path_ratio, twins.mean_ratio, twins.loss_ratio], dtype=torch.float64),
        "constants": torch.tensor([twins.n, twins.alpha, twins.L, twins.beta], dtype=torch.float64),
    }  # fmt: skip
