"""The turned object once more, with a colour for each ball, so that no two rotations look alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from circles.experiments.rey2020.shapes import LATENTS, SEEDS, ShapeRun, circle, turn
from circles.foundations import manifolds
from circles.foundations.manifolds.rotations import matrix
from circles.foundations.streams import streams
from circles.training import runs
from circles.training.runs import Run


def coloured(rotations: Float[Tensor, "n 9"], size: int = 10) -> Float[Tensor, "n pixels"]:
    """Three balls on three axes, each in a colour channel of its own; nearer ones are larger and brighter."""
    placed = 0.65 * matrix(rotations).mT  # ball i is column i of the rotation
    depth = placed[..., 2, None]
    side = torch.linspace(-1, 1, size)
    distance = (torch.cartesian_prod(side, side) - placed[..., None, :2]).square().sum(-1)
    width = 0.35 * (1 + 0.4 * depth)
    return ((0.6 + 0.6 * depth) * torch.exp(-distance / (2 * width.square()))).flatten(1)


@dataclass(frozen=True, kw_only=True)
class ColouredRun(ShapeRun):
    """``ShapeRun`` on the rotations with another object; all else is the same."""

    data: str = "rotations"
    manifold: str = "so3"

    family: ClassVar[str] = "rey2020-coloured"

    @property
    def name(self) -> str:
        return f"coloured-{self.manifold}"

    @cached_property
    def pictures(self) -> Float[Tensor, "R n pixels"]:
        generator = streams(self.seed, "rotations")["rotations"]
        return coloured(manifolds.by_name("so3").uniform(1500, generator=generator)).expand(SEEDS, -1, -1)

    @property
    def paths(self) -> Float[Tensor, "paths n pixels"]:
        return torch.stack([coloured(turn(axis, circle(72)).flatten(1)) for axis in range(3)])


def every(seed: int = 0) -> list[ColouredRun]:
    """SO(3), R^3 and S^3."""
    return [ColouredRun(seed=seed, manifold=m) for m in LATENTS["rotations"]]


def found() -> dict[str, Run]:
    """The runs by manifold."""
    return {c.manifold: runs.get(c) for c in every()}
