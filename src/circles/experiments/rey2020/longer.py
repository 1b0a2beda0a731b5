"""The coloured object on the spaces that do not fit it, with as many steps as mend the tears on SO(3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from circles.experiments.rey2020.shapes import LATENTS
from circles.experiments.rey2020.varied import LONGER, VariedRun, varied
from circles.training import runs
from circles.training.runs import Run


@dataclass(frozen=True, kw_only=True)
class LongerRun(VariedRun):
    """``VariedRun`` with four times the steps on another latent space; all else is the same."""

    manifold: str = "sphere3"
    steps: int = LONGER

    family: ClassVar[str] = "rey2020-longer"

    @property
    def name(self) -> str:
        return f"{self.manifold}-{self.steps}-steps"


def every(seed: int = 0) -> list[LongerRun]:
    """R^3 and S^3."""
    return [LongerRun(seed=seed, manifold=m) for m in LATENTS["rotations"] if m != "so3"]


def found() -> dict[str, Run]:
    """SO(3), R^3 and S^3 with four times the steps, by manifold."""
    return {"so3": runs.get(varied()["four times the steps"])} | {c.manifold: runs.get(c) for c in every()}
