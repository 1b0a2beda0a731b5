"""A net so small that its weights at every checkpoint are recorded: for exercises that follow it through training.

Modulo 31, with a quarter of the widths, 70% of the pairs and three times the weight decay of the paper's net, so that
it groks within a thousand epochs. It is no net of the paper's, and no claim rests on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.papers.nanda2023.training import NandaRun
from circles.training.runs import Weights

HELD = "weights/"


@dataclass(frozen=True, kw_only=True)
class SmallRun(NandaRun):
    """A small net that groks with two key frequencies; what is measured of it holds the weights of all checkpoints."""

    p: int = 31
    d_model: int = 32
    d_mlp: int = 128
    fraction: float = 0.7
    weight_decay: float = 3.0
    epochs: int = 1600
    every: int = 100
    seed: int = 3

    family: ClassVar[str] = "small-nets"

    def checkpoints(self) -> Sequence[int]:
        return range(0, self.epochs + 1, self.every)

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        """What ``NandaRun`` measures but the pictures of circles, and ``weights/NAME`` [checkpoints, ...]."""
        found = {name: x for name, x in super().measure(snapshots).items() if name != "circles"}
        held = {HELD + n: torch.stack([w[n][0] for w in snapshots.values()]) for n in next(iter(snapshots.values()))}
        return found | held


def config(seed: int = 3) -> SmallRun:
    """The recorded one; another seed for whoever wants to see another net."""
    return SmallRun(seed=seed)
