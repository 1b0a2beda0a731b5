"""Persistent homology of codes and of pictures: whether the loops of the data are there at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import homology
from circles.experiments.rey2020 import turned
from circles.experiments.rey2020.shapes import LATENTS, SEEDS, ShapeRun
from circles.foundations import manifolds
from circles.foundations.errors import ConfigError
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.runs import Run

PICTURES = "pictures"
# The rank of H_1 over the fields of two and of three elements: of S^1, of the torus, of SO(3).
EXPECTED = {"loop": {2: 1}, "torus": {2: 2}, "coloured": {2: 1, 3: 0}}
POINTS = {"loop": 128, "torus": 576, "coloured": 300}
KEPT = 60  # pairs a seed: the longest-lived


@dataclass(frozen=True, kw_only=True)
class HomologyRun(ComputedRun):
    """The codes of five recorded nets on one latent space; with ``pictures`` in its place, what they encode."""

    data: str = "torus"
    space: str = "flat_torus"
    tier: str = "live"

    family: ClassVar[str] = "rey2020-homology"

    def __post_init__(self) -> None:
        if self.data not in EXPECTED:
            raise ConfigError(f"data is {self.data!r}, expected one of {', '.join(EXPECTED)}")

    @property
    def name(self) -> str:
        return f"{self.data}-{self.space}"

    def encoded(self, manifold: str) -> ShapeRun:
        """The run whose codes these are."""
        if self.data == "coloured":
            return turned.ColouredRun(seed=self.seed, manifold=manifold)
        return ShapeRun(seed=self.seed, data=self.data, manifold=manifold)

    def distances(self, seed: int) -> Float[Tensor, "n n"]:
        """In the latent space along its shortest paths; between pictures, pixel by pixel."""
        if self.space == PICTURES:
            fitting = LATENTS["rotations" if self.data == "coloured" else self.data][0]
            x = self.encoded(fitting).pictures[seed, : POINTS[self.data]].double()
            return torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
        codes = runs.get(self.encoded(self.space)).measures["latents"][seed]
        return homology.distances(manifolds.by_name(self.space), codes)

    def compute(self) -> dict[str, Tensor]:
        """By field p: ``loops/p`` [R], how many last; ``pairs/p`` [R, KEPT, 2], births and deaths, NaN where none."""
        found: dict[str, Tensor] = {}
        for p in EXPECTED[self.data]:
            pairs = [homology.persistence(self.distances(seed), field=p) for seed in range(SEEDS)]
            found[f"loops/{p}"] = torch.tensor([homology.loops(each) for each in pairs])
            kept = torch.full((SEEDS, KEPT, 2), torch.nan)
            for row, each in zip(kept, pairs, strict=True):
                row[: len(each)] = each[:KEPT]
            found[f"pairs/{p}"] = kept
        return found


def spaces(data: str) -> tuple[str, ...]:
    """The pictures, the latent space that fits, the two that do not."""
    return (PICTURES, *LATENTS["rotations" if data == "coloured" else data])


def every(seed: int = 0) -> list[HomologyRun]:
    """All twelve."""
    return [HomologyRun(seed=seed, data=d, space=s) for d in EXPECTED for s in spaces(d)]


def found() -> dict[str, dict[str, Run]]:
    """The runs by data and space."""
    return {d: {s: runs.get(HomologyRun(data=d, space=s)) for s in spaces(d)} for d in EXPECTED}


def right(run: Run) -> list[bool]:
    """Whether the loops that last are as many as the data's, over each field; a seed each."""
    wanted = EXPECTED[run.config.data]
    return torch.stack([run.measures[f"loops/{p}"] == n for p, n in wanted.items()]).all(0).tolist()


def captured(by_space: Mapping[str, Run]) -> dict[str, int]:
    """In how many of the five seeds the data's loops are there and no other, by space."""
    return {s: sum(right(run)) for s, run in by_space.items()}
