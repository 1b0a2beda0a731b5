"""What helps a net on the rotations: the coloured object once more, one thing varied at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from circles.experiments.rey2020 import turned
from circles.experiments.rey2020.shapes import AUTHORS, SEEDS, SETTINGS
from circles.experiments.rey2020.turned import ColouredRun
from circles.foundations.streams import streams
from circles.models import vae
from circles.models.vae import VaeSpec
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.minibatch import Adam, MinibatchDescent
from circles.training.runs import Run

STEPS, BATCH, HIDDEN, RANGE = SETTINGS["rotations"]
LOOP_RANGE = SETTINGS["loop"][3]  # the range of log t that the loop has


@dataclass(frozen=True, kw_only=True)
class VariedRun(ColouredRun):
    """``ColouredRun`` on SO(3) with its number of steps and its range of log t as settings; all else is the same."""

    steps: int = STEPS
    low: float = RANGE[0]
    high: float = RANGE[1]
    tier: str = "recorded"

    family: ClassVar[str] = "rey2020-varied"

    @property
    def name(self) -> str:
        return f"{self.steps}-steps-log-t-{self.low:g}-{self.high:g}"

    @property
    def spec(self) -> VaeSpec:
        return replace(super().spec, log_t=(self.low, self.high))

    def compute(self) -> dict[str, Tensor]:
        """What ``ShapeRun`` measures, and ``kl`` [R], the mean KL of the last hundred steps in nats."""
        x, spec, last_kl = self.pictures, self.spec, []
        draws = streams(self.seed, "batches", "noise")

        def epoch(weights: vae.Weights, _: int) -> Iterator[Tensor]:
            for step in range(self.steps):
                chosen = torch.randint(x.shape[1], (BATCH,), generator=draws["batches"])
                found = vae.terms(weights, x[:, chosen], spec, generator=draws["noise"])
                if step >= self.steps - 100:
                    last_kl.append(found.kl.detach().mean(1))
                yield (found.reconstruction + found.kl).mean(1)

        descent = MinibatchDescent(vae.initial(spec, range(SEEDS)), Adam(lr=self.lr, eps=1e-7, steps=self.steps))
        *_, last = descent.records(epoch, 1)
        with torch.no_grad():
            found = self._measured({k: w.detach() for k, w in last.weights.items()})
        return found | {"kl": torch.stack(last_kl).mean(0)}


LONGER = 4 * STEPS


def varied(seed: int = 0) -> dict[str, ComputedRun]:
    """The runs by what was varied, the chapter's own first."""
    return {
        "as above": ColouredRun(seed=seed),
        "more noise": VariedRun(seed=seed, low=LOOP_RANGE[0], high=LOOP_RANGE[1]),
        "less noise": VariedRun(seed=seed, low=AUTHORS[0], high=AUTHORS[1]),
        "four times the steps": VariedRun(seed=seed, steps=LONGER),
    }


def every(seed: int = 0) -> list[VariedRun]:
    """All but the chapter's own."""
    return [c for c in varied(seed).values() if isinstance(c, VariedRun)]


def found() -> dict[str, Run]:
    """The runs by what was varied."""
    return {"as above": turned.found()["so3"]} | {k: runs.get(c) for k, c in list(varied().items())[1:]}
