"""The studies of the chapter, each a unit that is computed in seconds and kept like a run."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor

from circles.analysis import stability
from circles.experiments.samareh2018 import data
from circles.experiments.samareh2018.worst_case import worst_case
from circles.foundations import features
from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.models.margin_losses import LOSSES, SmoothedHinge
from circles.training import sgm
from circles.training.computed import ComputedRun

SEEDS = 24
STEPS = 10_000
LOSS = SmoothedHinge()  # gamma = 0.5: with features of norm 1, L = 1, beta = 2, so steps up to 1 are covered
WHERE = "circles.experiments.samareh2018"
SGM = (
    "circles.foundations.features", "circles.foundations.streams", "circles.models.margin_losses",
    "circles.training.sgm", f"{WHERE}.data", f"{WHERE}.studies",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class GapStudy(ComputedRun):
    """Train and test loss and error of ``SEEDS`` runs at every value of one setting, the others at their defaults.

    Kept: ``values`` [k], and ``measured`` [SEEDS, k, 4]: train loss, test loss, train error, test error. A seed has
    one split, one set of frequencies and one order of draws for all values, so that values are compared within seeds.
    """

    dataset: str = "digits"
    over: str = "steps"
    seeds: int = SEEDS
    steps: int = STEPS
    alpha: float = 0.25
    n: int = 256  # or the training half, where that is smaller
    D: int = 256
    tier: str = "live"

    family: ClassVar[str] = "sgm-gaps"
    sources: ClassVar[tuple[str, ...]] = SGM

    @property
    def name(self) -> str:
        return f"{self.dataset}-{self.over}".replace(" ", "_")

    def compute(self) -> dict[str, Tensor]:
        splits = [data.split(self.dataset, seed=seed) for seed in range(self.seeds)]
        half = len(splits[0].x[0])
        default = [(min(self.n, half), self.alpha)]
        if self.over == "steps":
            values = [100 * 2**i for i in range(9)]
            return _result(values, self._runs(splits, self.D, default, values))
        if self.over == "alpha":
            values = [2.0**-i for i in range(6, -1, -1)]
            return _result(
                values, self._runs(splits, self.D, [(n, v) for n, _ in default for v in values], [self.steps])
            )
        if self.over == "n":
            values = [v for v in (16, 32, 64, 128, 256, 512) if v <= half]
            return _result(values, self._runs(splits, self.D, [(v, self.alpha) for v in values], [self.steps]))
        if self.over == "D":
            values = [8 * 2**i for i in range(8)]
            return _result(values, [m for D in values for m in self._runs(splits, D, default, [self.steps])])
        raise ConfigError(f"over is {self.over!r}, expected steps, alpha, n or D")

    def _runs(
        self, splits: list[data.Split], D: int, settings: list[tuple[int, float]], moments: list[int]
    ) -> list[Tensor]:
        """[seeds, 4] for each (n, alpha) side by side; of a single one at each moment, of several at the last."""
        signed = [s.signed(D, seed=seed) for seed, s in enumerate(splits)]
        largest = max(n for n, _ in settings)
        train, test = torch.stack([s.train[:largest] for s in signed]), torch.stack([s.test for s in signed])
        draws = [
            sgm.uniform(moments[-1], 1, n, generator=streams(seed, "draws")["draws"])
            for n, _ in settings for seed in range(self.seeds)
        ]  # fmt: skip
        runs = torch.arange(self.seeds).repeat(len(settings))
        rows = torch.cat(draws, 1) + largest * runs
        alpha = torch.tensor([a for _, a in settings]).repeat_interleave(self.seeds)
        w, found = torch.zeros(len(alpha), D), []
        for begin, end in pairwise([0, *moments]):
            w = sgm.advance(w, train.flatten(0, 1), rows[begin:end], alpha, LOSS)
            found.append(w)
        if len(settings) == 1:
            return [_measures(w, train, test) for w in found]
        return [_measures(w, train[:, :n], test) for w, (n, _) in zip(w.split(self.seeds), settings, strict=True)]


@dataclass(frozen=True, kw_only=True)
class TwinStudy(ComputedRun):
    """``pairs`` of twin runs on one data set, each pair with its own split, features, differing point and draws."""

    dataset: str = "digits"
    loss: str = "smoothed hinge"
    pairs: int = 32
    steps: int = STEPS
    alpha: float = 0.25
    n: int = 256
    D: int = 256
    decay: float = 0.0
    variant: str = "paired"
    tier: str = "live"

    family: ClassVar[str] = "sgm-twins"
    sources: ClassVar[tuple[str, ...]] = (*SGM, "circles.analysis.stability")

    @property
    def name(self) -> str:
        end = f"-decay{self.decay:g}" if self.decay else ""
        return f"{self.dataset}-{self.loss}-{self.variant}{end}".replace(" ", "_")

    def compute(self) -> dict[str, Tensor]:
        signed = [
            data.split(self.dataset, seed=s).signed(self.D, seed=s, variant=self.variant) for s in range(self.pairs)
        ]
        n = min(self.n, len(signed[0].train) - 1)  # one more point takes the place of another
        draws = torch.cat([
            sgm.uniform(self.steps, 1, n, generator=streams(s, "twins")["twins"]) for s in range(self.pairs)
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
    sources: ClassVar[tuple[str, ...]] = (*SGM, "circles.analysis.stability", f"{WHERE}.worst_case")

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


@dataclass(frozen=True, kw_only=True)
class FeatureStudy(ComputedRun):
    """The largest error of random features over all pairs of points of a grid on the square [0, 3]^2."""

    kernel: str = "gaussian"
    variant: str = "paired"
    seeds: int = SEEDS
    side: int = 15
    tier: str = "live"

    family: ClassVar[str] = "feature-error"
    sources: ClassVar[tuple[str, ...]] = (
        "circles.foundations.features", "circles.foundations.streams", f"{WHERE}.studies",
    )  # fmt: skip
    width: ClassVar[float] = 3.0

    @property
    def name(self) -> str:
        return f"{self.kernel}-{self.variant}"

    def compute(self) -> dict[str, Tensor]:
        kernel = features.Gaussian() if self.kernel == "gaussian" else features.Laplace()
        axis = torch.linspace(0, self.width, self.side, dtype=torch.float64)
        x = torch.cartesian_prod(axis, axis)
        exact = kernel.exact(x, x)
        sizes = [16 * 2**i for i in range(8)]
        worst = torch.zeros(self.seeds, len(sizes), dtype=torch.float64)
        for seed in range(self.seeds):
            for i, D in enumerate(sizes):
                draw = streams(seed, f"grid/{D}")[f"grid/{D}"]
                z = features.sample(kernel, 2, D, variant=self.variant, generator=draw)(x)
                worst[seed, i] = (z @ z.T - exact).abs().max()
        return {"D": torch.tensor(sizes), "largest": worst}


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


def _result(values: list, measured: list[Tensor]) -> dict[str, Tensor]:
    return {"values": torch.tensor(values, dtype=torch.float64), "measured": torch.stack(measured, 1)}


def _measures(w: Tensor, train: Tensor, test: Tensor) -> Tensor:
    margins = [(part @ w[:, :, None])[:, :, 0] for part in (train, test)]
    losses = [LOSS.value(m).mean(1) for m in margins]
    errors = [(m <= 0).float().mean(1) for m in margins]
    return torch.stack([*losses, *errors], 1)
