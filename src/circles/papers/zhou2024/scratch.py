"""What a net makes of number embeddings that were random: trained with the rest, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from circles.papers.zhou2024.number_waves import NumberWaves
from circles.papers.zhou2024.rescue import RescueRun
from circles.training import runs
from circles.training.run_config import Weights

SEEDS = (0, 1, 2)
SMALL = {"addends": 51, "width": 96, "lr": 2e-3, "epochs": 50}  # the chapter's small setting, at its larger budget


@dataclass(frozen=True, kw_only=True)
class ScratchRun(RescueRun):
    """A rescue run from random embeddings of which the trained embeddings are kept, and nothing else."""

    embedding: str = "random"
    trained: bool = True

    family: ClassVar[str] = "rescue-scratch"

    def checkpoints(self) -> tuple[int, ...]:
        return (0, self.epochs)

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        """``W_E`` [numbers width] after the last epoch."""
        return {"W_E": snapshots[max(snapshots)]["W_E"][0]}


def config(seed: int) -> ScratchRun:
    return ScratchRun(seed=seed, **SMALL)


def learnt() -> list[NumberWaves]:
    """The trained embeddings of the recorded seeds."""
    return [NumberWaves(runs.get(config(seed)).measures["W_E"], f"from random, seed {seed}") for seed in SEEDS]


def of_the_paper(net: NumberWaves, level: float = 0.05) -> int:
    """How many of the paper's four periods stand out in these embeddings at this corrected level."""
    return sum(p <= level for p in net.p_values.values())
