"""One fine-tuned adder taken apart, as a recorded unit: measures only, no weights."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from circles.foundations.streams import streams
from circles.papers.zhou2024 import adder_patches, adder_runs, adder_table, adder_waves
from circles.papers.zhou2024.adder_opened import Opened
from circles.papers.zhou2024.adder_run import AdderRun
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.run_config import Weights

ENOUGH = 3_000  # validation pairs, of which the paper's table speaks; where there are fewer the test pairs join them


@dataclass(frozen=True, kw_only=True)
class AdderInside(ComputedRun):
    """The net of the ``AdderRun`` with these settings, on pairs that it was not trained on."""

    model: str = "whisper-tiny"
    mode: str = "pretrained"
    told: str = "either"
    layers: int = 0
    deviation: float = 0.0
    largest: int = 260
    epochs: int = 45
    batch: int = 64
    lr: float = 5e-4
    bfloat16: bool = True

    family: ClassVar[str] = "adder-insides"

    @classmethod
    def of(cls, run: AdderRun) -> AdderInside:
        """The look inside this run's net."""
        return cls(**{f.name: getattr(run, f.name) for f in fields(cls)})

    @property
    def trained(self) -> AdderRun:
        return AdderRun(**{f.name: getattr(self, f.name) for f in fields(self)})

    @property
    def name(self) -> str:
        return self.trained.name

    def net(self) -> Weights:
        """The net's weights; trained now unless they are in the cache."""
        if not self.trained.net_file().exists():
            runs.train([self.trained])
        return self.trained.net()

    def opened(self) -> Opened:
        """The net with the pairs that it was not trained on."""
        asked = self.trained.asked()
        sides = ["validation"] if len(asked.answers["validation"]) >= ENOUGH else ["validation", "test"]
        held = [torch.cat([of[side] for side in sides]) for of in (asked.prompts, asked.answers)]
        return Opened(self.net(), self.trained.spec(), *held)

    def compute(self) -> dict[str, Tensor]:
        net, draws = self.opened(), streams(self.seed, "controls", "turns", "patches")
        with torch.inference_mode():
            return {
                "answers": net.answers.short(),
                **adder_table.table(net),
                **adder_table.controls(net, generator=draws["controls"]),
                **adder_waves.lens(net),
                **adder_waves.modules(net, generator=draws["turns"]),
                **adder_waves.answers(net),
                **adder_patches.patches(net, generator=draws["patches"]),
            }


def either(seed: int, largest: int = 260) -> list[AdderInside]:
    """Each net of the paper's own pairs, or of the sums to 200: told in either order.

    At this width only the low band has a filter with the paper's pairs.
    """
    return [AdderInside.of(run) for run in adder_runs.either(seed, largest)]


def mpnet(seed: int) -> list[AdderInside]:
    """mpnet's nets: at their width both bands have a filter."""
    return [AdderInside.of(run) for run in adder_runs.mpnet(seed)]


def rows(seed: int) -> list[AdderInside]:
    """The nets of sums to 200 under Whisper's own rows, held fast, or random ones, at their loudest."""
    return [AdderInside.of(run) for run in adder_runs.loud(seed) if run.deviation == adder_runs.LOUD[-1]]


def held(seed: int) -> list[AdderInside]:
    """The nets of the paper's sums under Whisper's own rows, held fast, and under random ones."""
    return [AdderInside.of(run) for run in adder_runs.held(seed)]


NAMES = {
    "zhou2024-whisper-held-inside": held,
    "zhou2024-whisper-rows-inside": rows,
    "zhou2024-mpnet-inside": mpnet,
    "zhou2024-whisper-either-inside": either,
    "zhou2024-whisper-100-either-inside": partial(either, largest=100),
}
