"""The rescue in nets of other shapes: fewer principal components of MiniLM, other widths, other depths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.papers.zhou2024 import embeddings
from circles.papers.zhou2024.rescue import RescueRun
from circles.training.minibatch import Adam, Epoch
from circles.training.run_config import Weights


@dataclass(frozen=True, kw_only=True)
class ShapeRun(RescueRun):
    """A rescue run whose embedding fills only the first ``components`` coordinates of the net; the others are zero.

    So a net can be wider than the embedding has dimensions, and see fewer of them than it is wide. 0: as many as the
    net is wide. Random embeddings fill all coordinates whatever is asked, since they are trained.
    """

    components: int = 0

    family: ClassVar[str] = "rescue-shapes"

    @property
    def name(self) -> str:
        filled = f"-c{self.components}" if self.components else ""
        return super().name.replace(f"-d{self.width}-", f"{filled}-d{self.width}-")

    def checkpoints(self) -> Sequence[int]:
        return range(0, self.epochs + 1, max(self.epochs // 7, 1))

    def table(self) -> Float[Tensor, "count width"]:
        """The embeddings that the net begins with, as loud as if they filled the width.

        Raises ConfigError for more components than the net is wide.
        """
        filled = self.components or self.width
        if self.embedding == "random":
            filled = self.width
        if not 1 <= filled <= self.width:
            raise ConfigError(f"components is {self.components}, expected 1 to width = {self.width}, or 0 for all")
        found = embeddings.table(self.embedding, filled, count=self.numbers, seed=self.seed, std=1.0).double()
        found = F.pad(found, (0, self.width - filled))
        return (self.std * found / found.std()).float()

    @classmethod
    def problem(cls, configs: Sequence[ShapeRun], device: torch.device) -> tuple[Weights, Epoch, Adam]:
        tables = torch.stack([c.table() for c in configs])  # first: it refuses what cannot be
        weights, epoch, optimiser = super().problem([replace(c, embedding="random") for c in configs], device)
        return {**weights, "W_E": tables.to(device)}, epoch, optimiser
