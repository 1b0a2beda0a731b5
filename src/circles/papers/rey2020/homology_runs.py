"""Persistent homology of codes and of pictures: whether the loops of the data are there at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import homology
from circles.foundations import manifolds
from circles.foundations.errors import ConfigError
from circles.papers.rey2020.measures import EXPECTED
from circles.papers.rey2020.shapes import SEEDS, SETTINGS, ShapeRun
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.runs import Run

PICTURES = "pictures"
DATA = ("loop", "torus", "coloured")  # the grey object's pictures are not told apart by pixels
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
        if self.data not in DATA:
            raise ConfigError(f"data is {self.data!r}, expected one of {', '.join(DATA)}")

    @property
    def name(self) -> str:
        return f"{self.data}-{self.space}"

    def encoded(self, manifold: str) -> ShapeRun:
        """The run whose codes these are."""
        return ShapeRun(seed=self.seed, data=self.data, manifold=manifold)

    def distances(self, seed: int) -> Float[Tensor, "n n"]:
        """In the latent space along its shortest paths; between pictures, pixel by pixel."""
        if self.space == PICTURES:
            x = self.encoded(SETTINGS[self.data].latents[0]).pictures[seed, : POINTS[self.data]].double()
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
    return (PICTURES, *SETTINGS[data].latents)


def every(seed: int = 0) -> list[HomologyRun]:
    """All twelve."""
    return [HomologyRun(seed=seed, data=d, space=s) for d in DATA for s in spaces(d)]


def found() -> dict[str, dict[str, Run]]:
    """The runs by data and space."""
    return {d: {s: runs.get(HomologyRun(data=d, space=s)) for s in spaces(d)} for d in DATA}


def right(run: Run) -> list[bool]:
    """Whether the loops that last are as many as the data's, over each field; a seed each."""
    wanted = EXPECTED[run.config.data]
    return torch.stack([run.measures[f"loops/{p}"] == n for p, n in wanted.items()]).all(0).tolist()


def captured(by_space: Mapping[str, Run]) -> dict[str, int]:
    """In how many of the five seeds the data's loops are there and no other, by space."""
    return {s: sum(right(run)) for s, run in by_space.items()}
