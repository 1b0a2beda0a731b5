"""Frozen circles of other periods: does it matter that they divide ten?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.papers.zhou2024 import rescue_runs
from circles.papers.zhou2024.rescue import RescueRun
from circles.training.minibatch import Adam, Epoch
from circles.training.run_config import Weights

SLOW = (100, 1000)
NO_TENS = (3, 7, 11)  # prime to ten; together with the slow ones they name every number, as 2, 5 and 10 do
SEEDS = (0, 1, 2)


@dataclass(frozen=True, kw_only=True)
class CircleRun(RescueRun):
    """A rescue run whose frozen table holds the cosines and sines of these periods, turned at random, and no more."""

    embedding: str = "circles"
    periods: tuple[int, ...] = SLOW

    family: ClassVar[str] = "rescue-circles"

    @property
    def name(self) -> str:
        return super().name.replace("circles-", f"circles-{'.'.join(map(str, self.periods))}-")

    def table(self) -> Float[Tensor, "count width"]:
        """The centred waves of 0 ... N with standard deviation ``std`` over all entries, without sines that are zero.

        Raises ConfigError for a period below 2, or for more waves than the net is wide.
        """
        if low := [period for period in self.periods if period < 2]:
            raise ConfigError(f"periods holds {low[0]}, expected whole numbers from 2")
        n = torch.arange(self.numbers, dtype=torch.float64)
        angles = [2 * math.pi * n / period for period in self.periods]
        waves = [x.cos() for x in angles] + [
            x.sin() for x, period in zip(angles, self.periods, strict=True) if period > 2
        ]
        if len(waves) > self.width:
            raise ConfigError(f"periods has {len(waves)} waves, expected at most width = {self.width}")
        noise = streams(self.seed, "embedding")["embedding"]
        turn, _ = torch.linalg.qr(torch.randn(self.width, len(waves), generator=noise, dtype=torch.float64))
        rows = torch.stack(waves, 1)
        found = (rows - rows.mean(0)) @ turn.mT
        return (self.std * found / found.std()).float()

    @classmethod
    def problem(cls, configs: Sequence[CircleRun], device: torch.device) -> tuple[Weights, Epoch, Adam]:
        tables = torch.stack([c.table() for c in configs])
        weights, epoch, optimiser = super().problem(configs, device)
        return {**weights, "W_E": tables.to(device)}, epoch, optimiser


def config(periods: tuple[int, ...], seed: int) -> CircleRun:
    """Circles of these periods at the chapter's small setting and its smaller budget."""
    return CircleRun(periods=periods, seed=seed, epochs=rescue_runs.BUDGETS[0], **rescue_runs.SMALL)


def every(seed: int) -> list[CircleRun]:
    """Slow circles alone, and with three whose periods are prime to ten."""
    return [config(periods, seed) for periods in (SLOW, (*NO_TENS, *SLOW))]
