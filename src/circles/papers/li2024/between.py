"""From Chapter 2's net to this paper's, in full precision: which change brings the many frequencies?

Li's net drops the positions and the biases, scales the scores by another width, and has a norm before the
unembedding. That it has no mask changes nothing: the answer is read at the last token, which sees all in either net.
Each run makes one of the four changes, or all but the norm, to Chapter 2's net with the same data and start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from circles.analysis import generalisation, spectra
from circles.foundations.errors import ConfigError
from circles.models.modular import ModularSpec
from circles.training import tasks
from circles.training.grokking import GrokkingRun
from circles.training.run_config import Weights

EPOCHS = 10_000
SEEDS = (1, 2, 4)  # those whose net in Chapter 2 generalises within 10,000 epochs
NORM = "norm"
CHANGES: dict[str, dict[str, Any]] = {
    NORM: {"norm": True},
    "no positions": {"positions": False},
    "no biases": {"biases": False},
    "other scale": {"score_scale": 128**-0.5},
    "all but the norm": {"positions": False, "biases": False, "score_scale": 128**-0.5},
}


@dataclass(frozen=True, kw_only=True)
class BetweenRun(GrokkingRun):
    """Chapter 2's run with ``change``, one of CHANGES, made to its net. Kept are its curves and spectra."""

    change: str = NORM
    epochs: int = EPOCHS

    family: ClassVar[str] = "between"
    keeps_weights: ClassVar[bool] = False
    losses_every: ClassVar[int] = 50  # divides every checkpoint

    def __post_init__(self) -> None:
        if self.change not in CHANGES:
            raise ConfigError(f"change is {self.change!r}, expected one of {', '.join(CHANGES)}")

    @property
    def spec(self) -> ModularSpec:
        widths = {"p": self.p, "d_model": self.d_model, "n_heads": self.n_heads, "d_mlp": self.d_mlp}
        return ModularSpec(**widths, **CHANGES[self.change])

    @property
    def name(self) -> str:
        return f"{self.change.replace(' ', '_')}-p{self.p}-{self.epochs}-seed{self.seed}"

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        """Loss and accuracy of both sides, and ``spectrum_E`` [checkpoints, (p-1)/2] of the embedding."""
        found = generalisation.curves(snapshots, self.spec, *tasks.split(self.p, self.fraction, seed=self.seed))
        norms = [spectra.spectrum(weights["W_E"][0, :-1]) for weights in snapshots.values()]
        return found | {"spectrum_E": torch.stack(norms).float()}


def every(seed: int) -> list[BetweenRun]:
    """All the changes with this seed."""
    return [BetweenRun(change=change, seed=seed) for change in CHANGES]
