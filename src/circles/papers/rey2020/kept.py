"""Nets that a page computes with: the first of the chapter's nets on a clock hand and on digits, and their weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from circles.papers.rey2020 import shapes
from circles.papers.rey2020.digits import DigitsRun
from circles.papers.rey2020.shapes import ShapeRun

TURNED = ("sphere2", "flat_torus")  # the digits' spaces that a reader turns


@dataclass(frozen=True, kw_only=True)
class KeptShape(ShapeRun):
    """``ShapeRun``, trained as it is, of which only the first net's weights are kept."""

    data: str = "loop"
    manifold: str = "sphere1"
    tier: str = "recorded"

    family: ClassVar[str] = "rey2020-kept-shapes"

    def compute(self) -> dict[str, Tensor]:
        """All weights, in half precision, without the axis of replicates."""
        return _first(self.trained()[0])


@dataclass(frozen=True, kw_only=True)
class KeptDigits(DigitsRun):
    """``DigitsRun``, trained as it is, of which only the first net's decoder is kept."""

    tier: str = "recorded"

    family: ClassVar[str] = "rey2020-kept-digits"

    def compute(self) -> dict[str, Tensor]:
        """The decoder's weights, in half precision, without the axis of replicates."""
        return _first({k: w for k, w in self.trained()[0].items() if k.startswith("decode")})


def _first(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k: w[0].half().contiguous() for k, w in weights.items()}


def hands() -> list[KeptShape]:
    """The clock hand's nets: on the circle, the same with the authors' range of log t, on the line, in the plane."""
    chosen = shapes.latents("loop")
    order = [chosen["sphere1"], shapes.little_noise(), chosen["euclidean1"], chosen["euclidean2"]]
    return [KeptShape(manifold=run.manifold, log_t=run.log_t) for run in order]


def digits() -> list[KeptDigits]:
    """The digits' nets on the sphere and on the flat torus."""
    return [KeptDigits(manifold=m) for m in TURNED]


def every(seed: int = 0) -> list[KeptShape | KeptDigits]:
    """All of them."""
    return [*hands(), *digits()]
