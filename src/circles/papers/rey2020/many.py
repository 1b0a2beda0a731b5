"""Many nets of one setting, and of each only what the claims ask: a rate needs more nets than a chapter can train."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

import torch
from torch import Tensor

from circles.papers.rey2020 import digits, measures, shapes
from circles.papers.rey2020.digits import DigitsRun
from circles.papers.rey2020.shapes import ShapeRun
from circles.training import runs

FIRST = 1000  # seeds far from the chapter's own, so that its nets can be held against these


@dataclass(frozen=True, kw_only=True)
class ManyRun(ShapeRun):
    """``ShapeRun`` with twenty nets and seeds of its own; all else is the same, but codes and pictures are not kept."""

    nets: int = 20
    tier: str = "recorded"

    family: ClassVar[str] = "rey2020-many"

    def compute(self) -> dict[str, Tensor]:
        """``unexplained``, ``kl``, ``tear`` and ``loops/p`` [R]; on the space that fits ``winds`` [R]: ``measures``."""
        run = SimpleNamespace(config=self, measures=super().compute())
        found = {k: run.measures[k] for k in ("unexplained", "kl")} | {"tear": torch.tensor(measures.tears(run))}
        found |= {f"loops/{p}": torch.tensor(n) for p, n in measures.loops(run).items()}
        if self.manifold == self.setting.latents[0]:
            found["winds"] = torch.tensor(measures.winds(run))
        return found


@dataclass(frozen=True, kw_only=True)
class ManyDigitsRun(DigitsRun):
    """``DigitsRun`` with twenty nets and seeds of its own; of each only its ``accuracy`` and ``kl`` are kept."""

    nets: int = 20
    tier: str = "recorded"

    family: ClassVar[str] = "rey2020-many-digits"

    @property
    def name(self) -> str:
        return f"{self.manifold}-first-{self.first}"

    def compute(self) -> dict[str, Tensor]:
        found = super().compute()
        return {k: found[k] for k in ("accuracy", "kl")}


def of(config: ShapeRun | DigitsRun) -> list[ManyRun | ManyDigitsRun]:
    """The units, of twenty nets each, of the same setting as this run's: three, of the loop on its circle ten.

    Of digits there are ten. Where the steps were changed, which takes minutes a unit, there is one.
    """
    if isinstance(config, DigitsRun):
        return [ManyDigitsRun(manifold=config.manifold, **_seeds(unit)) for unit in range(10)]
    count = 1 if config.steps else 10 if config == shapes.config("loop") else 3
    same = {k: getattr(config, k) for k in ("data", "manifold", "log_t", "steps", "hidden", "waves", "fading")}
    return [ManyRun(**same, **_seeds(unit)) for unit in range(count)]


def _seeds(unit: int) -> dict[str, int]:
    return {"seed": FIRST + unit, "first": FIRST + ManyRun.nets * unit}


def every(seed: int = 0) -> list[ManyRun | ManyDigitsRun]:
    """One unit of each setting that has so many; ``seed`` is its number."""
    longer = [*shapes.longer().values(), shapes.longer_torus()]
    units = [of(config) for config in [*shapes.live(), *longer, *shapes.waved().values(), *digits.every()]]
    return [of_one[seed] for of_one in units if seed < len(of_one)]


def measured(config: ShapeRun | DigitsRun) -> dict[str, Tensor]:
    """What was measured of all the nets of this run's setting, one value a net."""
    found = [runs.get(unit).measures for unit in of(config)]
    return {k: torch.cat([m[k] for m in found]) for k in found[0]}
