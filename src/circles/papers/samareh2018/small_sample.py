"""Why one data set shows no trend: the same study on fewer training points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from circles.papers.samareh2018.gaps import GapStudy


@dataclass(frozen=True, kw_only=True)
class SmallSample(GapStudy):
    """The moons against the number of steps, with 32 training points in place of 256; nothing else is varied."""

    dataset: str = "moons"
    n: int = 32

    family: ClassVar[str] = "sgm-gaps-small"
