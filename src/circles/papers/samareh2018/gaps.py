"""The gap between test and training after SGM on random features, against one setting at a time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.models.margin_losses import SmoothedHinge
from circles.papers.samareh2018 import data
from circles.training import sgm
from circles.training.computed import ComputedRun

LOSS = SmoothedHinge()  # gamma = 0.5: with features of norm 1, L = 1 and beta = 2, so steps up to 1 are covered


@dataclass(frozen=True, kw_only=True)
class GapStudy(ComputedRun):
    """Train and test loss and error of ``seeds`` runs at every value of one setting, the others at their defaults.

    Kept: ``steps alpha n D`` [k] and, of them, the one that varies as ``values``; and ``measured`` [seeds, k, 4]:
    train loss, test loss, train error, test error. A seed has one split, one set of frequencies and one order of
    draws for all values, so that values are compared within seeds.
    """

    dataset: str = "digits"
    over: str = "steps"
    seeds: int = 24
    steps: int = 10_000
    alpha: float = 0.25
    n: int = 256  # or the training half, where that is smaller
    D: int = 256
    longest: int = 25_600  # where it is the steps that vary: from 100 to this many
    tier: str = "live"

    family: ClassVar[str] = "sgm-gaps"

    @property
    def name(self) -> str:
        return f"{self.dataset}-{self.over}".replace(" ", "_")

    @property
    def _block(self) -> range:
        """The seeds of the runs: another ``seed`` of the study has others."""
        return range(self.seed * self.seeds, (self.seed + 1) * self.seeds)

    def compute(self) -> dict[str, Tensor]:
        splits = [data.split(self.dataset, seed=seed) for seed in self._block]
        half = len(splits[0].x[0])
        n, steps = min(self.n, half), [self.steps]
        if self.over == "steps":
            values = [100 * 2**i for i in range(20) if 100 * 2**i <= self.longest]
            found = self._runs(splits, self.D, [(n, self.alpha)], values)
        elif self.over == "alpha":
            values = [2.0**-i for i in range(6, -1, -1)]
            found = self._runs(splits, self.D, [(n, v) for v in values], steps)
        elif self.over == "n":
            values = [v for v in (16, 32, 64, 128, 256, 512) if v <= half]
            found = self._runs(splits, self.D, [(v, self.alpha) for v in values], steps)
        elif self.over == "D":
            values = [8 * 2**i for i in range(8)]
            found = [m for D in values for m in self._runs(splits, D, [(n, self.alpha)], steps)]
        else:
            raise ConfigError(f"over is {self.over!r}, expected steps, alpha, n or D")
        at = {"steps": self.steps, "alpha": self.alpha, "n": n, "D": self.D} | {self.over: values}
        columns = {name: torch.as_tensor(v, dtype=torch.float64).expand(len(values)) for name, v in at.items()}
        return columns | {"values": columns[self.over].clone(), "measured": torch.stack(found, 1)}

    def _runs(
        self, splits: list[data.Split], D: int, settings: list[tuple[int, float]], moments: list[int]
    ) -> list[Tensor]:
        """[seeds, 4] for each (n, alpha) side by side; of a single one at each moment, of several at the last."""
        signed = [s.signed(D, seed=seed) for seed, s in zip(self._block, splits, strict=True)]
        largest = max(n for n, _ in settings)
        train, test = torch.stack([s.train[:largest] for s in signed]), torch.stack([s.test for s in signed])
        draws = [
            sgm.uniform(moments[-1], 1, n, generator=streams(seed, "draws")["draws"])
            for n, _ in settings for seed in self._block
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


def _measures(w: Tensor, train: Tensor, test: Tensor) -> Tensor:
    margins = [(part @ w[:, :, None])[:, :, 0] for part in (train, test)]
    losses = [LOSS.value(m).mean(1) for m in margins]
    errors = [(m <= 0).float().mean(1) for m in margins]
    return torch.stack([*losses, *errors], 1)
