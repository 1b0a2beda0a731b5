"""Pictures with a known shape, encoded on the manifold that fits and on two that do not; five seeds side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from circles.experiments.rey2020 import pictures
from circles.foundations import manifolds
from circles.foundations.manifolds.rotations import matrix
from circles.foundations.streams import streams
from circles.models import vae
from circles.models.vae import VaeSpec
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.minibatch import Adam, MinibatchDescent
from circles.training.runs import Run

SEEDS = 5
GRID = 24  # pictures along each angle of the torus
LATENTS = {  # data -> the manifold that fits, then two that do not
    "loop": ("sphere1", "euclidean1", "euclidean2"),
    "torus": ("flat_torus", "sphere2", "euclidean2"),
    "rotations": ("so3", "euclidean3", "sphere3"),
}
SETTINGS = {  # data -> steps, batch, hidden widths, the range of log t
    "loop": (1000, 32, (64, 32), (-6.0, 0.0)),
    "torus": (2000, 48, (128, 64), (-7.0, -3.0)),
    "rotations": (1500, 32, (128, 64), (-7.0, -3.0)),
}
AUTHORS = (-7.5, -5.0)  # their range of log t


@dataclass(frozen=True, kw_only=True)
class ShapeRun(ComputedRun):
    """Five nets, seeds 0 to 4, on one data set and one latent manifold; sizes and steps are ours, made for minutes.

    The walk is the authors'. Their range of log t, -7.5 to -5, is for MNIST; here it starts higher unless
    ``narrow``: with little noise fewer nets found the loop. The learning rate falls linearly to 0.
    """

    data: str = "torus"
    manifold: str = "flat_torus"
    narrow: bool = False
    lr: float = 5e-3
    tier: str = "live"

    family: ClassVar[str] = "rey2020-shapes"

    @property
    def name(self) -> str:
        return f"{self.data}-{self.manifold}" + ("-narrow" if self.narrow else "")

    @cached_property
    def pictures(self) -> Float[Tensor, "R n pixels"]:
        """Training pictures of each seed: of the torus, each seed has a random picture of its own."""
        if self.data == "loop":
            return pictures.clock_hand(circle(128)).expand(SEEDS, -1, -1)
        if self.data == "torus":
            shifts = torch.cartesian_prod(circle(GRID), circle(GRID))
            draws = [streams(seed, "picture")["picture"] for seed in range(SEEDS)]
            return torch.stack([pictures.shifted(shifts, generator=g) for g in draws])
        generator = streams(self.seed, "rotations")["rotations"]
        turns = manifolds.by_name("so3").uniform(1500, generator=generator)
        return pictures.object_turned(turns).expand(SEEDS, -1, -1)

    @property
    def paths(self) -> Float[Tensor, "paths n pixels"]:
        """Closed paths of pictures that training did not see as such: full turns of the object about three axes."""
        return torch.stack([pictures.object_turned(turn(axis, circle(72)).flatten(1)) for axis in range(3)])

    @property
    def spec(self) -> VaeSpec:
        _, _, hidden, log_t = SETTINGS[self.data]
        return VaeSpec(self.manifold, self.pictures.shape[-1], hidden, log_t=AUTHORS if self.narrow else log_t)

    def compute(self) -> dict[str, Tensor]:
        """``unexplained`` [R], the share of the pictures' variance that decode(mu) misses; ``latents`` [R, n, m].

        Also ``decoded`` and ``shown``, four pictures of seed 0 and what became of them; of the rotations, the
        latents of ``paths`` [R, paths, n, m].
        """
        steps, batch, *_ = SETTINGS[self.data]
        x, spec = self.pictures, self.spec
        draws = streams(self.seed, "batches", "noise")

        def epoch(weights: vae.Weights, _: int) -> Iterator[Tensor]:
            for _ in range(steps):
                chosen = torch.randint(x.shape[1], (batch,), generator=draws["batches"])
                found = vae.terms(weights, x[:, chosen], spec, generator=draws["noise"])
                yield (found.reconstruction + found.kl).mean(1)

        descent = MinibatchDescent(vae.initial(spec, range(SEEDS)), Adam(lr=self.lr, eps=1e-7, steps=steps))
        *_, last = descent.records(epoch, 1)
        with torch.no_grad():
            return self._measured({k: w.detach() for k, w in last.weights.items()})

    def _measured(self, weights: vae.Weights) -> dict[str, Tensor]:
        x, spec = self.pictures, self.spec
        mu = vae.encode(weights, x, spec).mu
        decoded = vae.decode(weights, mu, spec).sigmoid()
        spread = (x - x.mean(1, keepdim=True)).square().sum((1, 2))
        some = torch.linspace(0, x.shape[1] - 1, 4).long() if self.data != "rotations" else torch.arange(4)
        found = {
            "unexplained": (decoded - x).square().sum((1, 2)) / spread,
            "latents": mu, "shown": x[0, some], "decoded": decoded[0, some],
        }  # fmt: skip
        if self.data == "rotations":
            found["latents"] = mu[:, :300]
            paths = self.paths
            flat = paths.flatten(0, 1).expand(SEEDS, -1, -1)
            found["paths"] = vae.encode(weights, flat, spec).mu.unflatten(1, paths.shape[:2])
        return {k: v.contiguous() for k, v in found.items()}


def circle(n: int) -> Float[Tensor, " {n}"]:
    """n angles evenly around the circle, in radians."""
    return 2 * math.pi * torch.arange(n) / n


def turn(axis: int, angles: Float[Tensor, " n"]) -> Float[Tensor, "n 3 3"]:
    """The rotations by these angles about a coordinate axis, from a tilted start that no axis favours."""
    found = torch.eye(3).repeat(len(angles), 1, 1)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    found[:, i, i] = found[:, j, j] = angles.cos()
    found[:, j, i], found[:, i, j] = angles.sin(), -angles.sin()
    start = manifolds.by_name("so3").project(torch.tensor([0.8, -0.4, 0.4, 0.5, 0.8, -0.3, -0.2, 0.5, 0.8]))
    return found @ matrix(start)


def config(data: str, manifold: str) -> ShapeRun:
    """The live run of this data set on this manifold."""
    return ShapeRun(data=data, manifold=manifold)


def narrow() -> ShapeRun:
    """The loop on the circle with the authors' range of log t."""
    return ShapeRun(data="loop", manifold="sphere1", narrow=True)


def every(seed: int = 0) -> list[ShapeRun]:
    """All nine, and the loop with little noise."""
    return [*(ShapeRun(seed=seed, data=d, manifold=m) for d, names in LATENTS.items() for m in names), narrow()]


def found(data: str) -> dict[str, Run]:
    """The runs on one data set by manifold, the fitting one first."""
    return {m: runs.get(config(data, m)) for m in LATENTS[data]}
