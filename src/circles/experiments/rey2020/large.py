"""Shifted pictures at the authors' size, 64 by 64, on the flat torus and on two latent spaces that do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from circles.experiments.rey2020 import pictures
from circles.experiments.rey2020.shapes import GRID, LATENTS, SETTINGS, ShapeRun, circle
from circles.foundations.streams import streams
from circles.models import vae
from circles.training import runs
from circles.training.minibatch import Adam, MinibatchDescent
from circles.training.runs import Run

SIDE = 64  # the authors'


@dataclass(frozen=True, kw_only=True)
class LargeRun(ShapeRun):
    """One net, that of ``seed``, as ``ShapeRun`` has it, on 64 by 64 pixels: the same waves, drawn more finely."""

    data: str = "torus"
    manifold: str = "flat_torus"
    tier: str = "recorded"

    family: ClassVar[str] = "rey2020-large"

    @property
    def name(self) -> str:
        return f"torus-{SIDE}-{self.manifold}-seed{self.seed}"

    @cached_property
    def pictures(self) -> Float[Tensor, "1 n pixels"]:
        """The picture that ``ShapeRun`` gives the net of this seed."""
        shifts = torch.cartesian_prod(circle(GRID), circle(GRID))
        draw = streams(self.seed, "picture")["picture"]
        return pictures.shifted(shifts, generator=draw, size=SIDE)[None]

    def compute(self) -> dict[str, Tensor]:
        """What ``ShapeRun`` measures, with one replicate; the shown pictures in half precision."""
        steps, batch, *_ = SETTINGS[self.data]
        x, spec = self.pictures, self.spec
        draws = streams(self.seed, "batches", "noise")

        def epoch(weights: vae.Weights, _: int) -> Iterator[Tensor]:
            for _ in range(steps):
                chosen = torch.randint(x.shape[1], (batch,), generator=draws["batches"])
                found = vae.terms(weights, x[:, chosen], spec, generator=draws["noise"])
                yield (found.reconstruction + found.kl).mean(1)

        descent = MinibatchDescent(vae.initial(spec, [self.seed]), Adam(lr=self.lr, eps=1e-7, steps=steps))
        *_, last = descent.records(epoch, 1)
        with torch.no_grad():
            found = self._measured({k: w.detach() for k, w in last.weights.items()})
        return found | {k: found[k].half() for k in ("shown", "decoded")}


def every(seed: int = 0) -> list[LargeRun]:
    """The flat torus, S^2 and R^2."""
    return [LargeRun(seed=seed, manifold=m) for m in LATENTS["torus"]]


def found(seed: int = 0) -> dict[str, Run]:
    """The runs by manifold, the fitting one first."""
    return {c.manifold: runs.get(c) for c in every(seed)}
