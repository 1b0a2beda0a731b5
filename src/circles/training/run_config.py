"""What a family of runs says of itself: its configuration, its problem, what it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor

from circles.foundations.config import Config
from circles.training.loop import Descent

Weights = dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class RunConfig(Config):
    """What a family of runs must say of itself.

    ``tier`` is "live" (trained anew by ``make reproduce``) or "recorded".
    """

    seed: int = 0
    epochs: int = 1
    tier: str = field(default="recorded", metadata={"digest": False})

    family: ClassVar[str]
    varies: ClassVar[tuple[str, ...]] = ("seed",)  # the fields that ``problem`` lets differ within a batch
    keeps_weights: ClassVar[bool] = True  # whether a finished run holds its final weights
    losses_every: ClassVar[int] = 1  # of the training losses before each step, each so-manieth is kept

    @property
    def name(self) -> str:
        """The family and what sets this run apart, for people; the digest tells runs apart."""
        raise NotImplementedError

    @classmethod
    def problem(cls, configs: Sequence[Any], device: torch.device) -> tuple[Weights, Any, Any]:
        """Initial weights, objective and optimiser of these runs side by side, one replicate a run.

        Objective and optimiser are those that ``descent`` takes: here ``Objective`` and ``AdamW``.
        """
        raise NotImplementedError

    @classmethod
    def descent(cls, weights: Weights, optimiser: Any) -> Any:
        """What trains these runs: it yields records, and gives and takes its state."""
        return Descent(weights, optimiser)

    def checkpoints(self) -> Sequence[int]:
        """The epochs whose weights ``measure`` will see; the last epoch is always among them."""
        raise NotImplementedError

    def finished(self, epoch: int, weights: Weights) -> bool:
        """Whether to stop at this checkpoint, before the last epoch."""
        return False

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        """What is kept of the run besides its losses and final weights (each weight with R = 1)."""
        raise NotImplementedError
