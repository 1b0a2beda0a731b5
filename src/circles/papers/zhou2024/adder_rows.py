"""Which waves stand out in the number rows of a fine-tuned adder: does training on sums make them, and leave them?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from circles.analysis import number_spectrum, paper_waves
from circles.foundations.streams import streams
from circles.papers.zhou2024 import adder_runs
from circles.papers.zhou2024.adder_insides import AdderInside

PERMUTATIONS = 1000
# Training on sums draws the rows onto a smooth curve, whose energy falls over many orders: a wave is large or small
# beside those of nearly its period alone. With N = 200 so many are less than half of the way from period 10 to 5.
BESIDE = 8


@dataclass(frozen=True, kw_only=True)
class AdderRows(AdderInside):
    """The spectrum of the number rows of the same net."""

    family: ClassVar[str] = "adder-rows"

    def compute(self) -> dict[str, Tensor]:
        return waves(self.net()["W_E"][0, : 2 * self.largest + 1])


def waves(rows: Float[Tensor, "p d"]) -> dict[str, Tensor]:
    """On 0 ... N - 1, N = p - 1: ``exact_norms`` by component, and ``components`` of the high band with their sizes.

    ``size`` is the energy over the median of ``BESIDE`` components on each side, ``corrected`` its p-value against the
    largest of permuted rows, ``limit`` what that largest stays below in 95% of permutations.
    """
    N = len(rows) - 1
    generator = streams(0, "permuted rows")["permuted rows"]
    found = number_spectrum.spikes(
        rows[:N], paper_waves.high(N + 1), permutations=PERMUTATIONS, generator=generator, beside=BESIDE
    )
    return {
        "exact_norms": number_spectrum.norms(rows[:N]), "components": found.components, "size": found.size,
        "corrected": found.corrected, "limit": found.largest_controls.quantile(0.95),
    }  # fmt: skip


def either(seed: int, largest: int = 260) -> list[AdderRows]:
    """Of the nets told in either order: the paper's own pairs, or the sums to 200; pre-trained and random."""
    return [AdderRows.of(run) for run in adder_runs.either(seed, largest)]


NAMES = {
    "zhou2024-whisper-either-rows": either,
    "zhou2024-whisper-100-either-rows": partial(either, largest=100),
}
