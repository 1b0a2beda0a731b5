"""Shifted pictures at the authors' size, 64 by 64, on the flat torus and on two latent spaces that do not fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from circles.experiments.rey2020 import pictures
from circles.experiments.rey2020.shapes import GRID, LATENTS, SEEDS, ShapeRun, circle
from circles.foundations.streams import streams
from circles.training import runs
from circles.training.runs import Run

SIDE = 64  # the authors'


@dataclass(frozen=True, kw_only=True)
class LargeRun(ShapeRun):
    """``ShapeRun`` on shifted pictures of 64 by 64 pixels: the same waves, drawn sixteen times as finely."""

    data: str = "torus"
    manifold: str = "flat_torus"
    tier: str = "recorded"

    family: ClassVar[str] = "rey2020-large"
    sources: ClassVar[tuple[str, ...]] = (*ShapeRun.sources, "circles.experiments.rey2020.large")

    @property
    def name(self) -> str:
        return f"torus-{SIDE}-{self.manifold}"

    @cached_property
    def pictures(self) -> Float[Tensor, "R n pixels"]:
        shifts = torch.cartesian_prod(circle(GRID), circle(GRID))
        draws = [streams(seed, "picture")["picture"] for seed in range(SEEDS)]
        return torch.stack([pictures.shifted(shifts, generator=g, size=SIDE) for g in draws])

    def _measured(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """As ``ShapeRun``, the shown pictures in half precision."""
        found = super()._measured(weights)
        return found | {k: found[k].half() for k in ("shown", "decoded")}


def every(seed: int = 0) -> list[LargeRun]:
    """The flat torus, S^2 and R^2."""
    return [LargeRun(seed=seed, manifold=m) for m in LATENTS["torus"]]


def found() -> dict[str, Run]:
    """The runs by manifold, the fitting one first."""
    return {c.manifold: runs.get(c) for c in every()}
