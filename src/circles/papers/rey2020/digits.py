"""The 8 x 8 digits of scikit-learn on S^2, the flat torus and R^2: live, three nets side by side in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from circles.foundations.streams import streams
from circles.models import vae
from circles.models.vae import VaeSpec
from circles.papers.rey2020.grids import grid
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.minibatch import Adam, MinibatchDescent
from circles.training.runs import Run

MANIFOLDS = ("sphere2", "flat_torus", "euclidean2")
SEEDS = 3
TRAINED, NEIGHBOURS = 1297, 5  # the other 500 pictures ask for the class of their five nearest


@dataclass(frozen=True, kw_only=True)
class DigitsRun(ComputedRun):
    """Nets on one latent manifold, the seed of the first one ``first``; grey values are taken as chances.

    Sizes are ours. ``seed`` draws batches and noise, which all nets share.
    """

    manifold: str = "sphere2"
    first: int = 0
    nets: int = SEEDS
    steps: int = 1200
    batch: int = 64
    lr: float = 3e-3
    tier: str = "live"

    family: ClassVar[str] = "rey2020-digits"

    @property
    def name(self) -> str:
        return self.manifold

    @property
    def spec(self) -> VaeSpec:
        return VaeSpec(self.manifold, 64, (128, 64))

    def compute(self) -> dict[str, Tensor]:
        """Of each net, on the pictures held out: ``reconstruction``, ``kl`` (nats a picture) and ``accuracy``.

        Of the first: ``latents`` of all pictures, ``decoded`` at the mu of those held out, and ``grid``, the decoded
        manifold.
        """
        weights, noise = self.trained()
        with torch.no_grad():
            return self._measured(weights, noise)

    def trained(self) -> tuple[vae.Weights, torch.Generator]:
        """Trains the nets; their weights, and the generator of their noise as they leave it."""
        x, spec, draws = pictures()[0], self.spec, streams(self.seed, "batches", "noise")

        def epoch(weights: vae.Weights, _: int) -> Iterator[Tensor]:
            for _ in range(self.steps):
                chosen = torch.randint(TRAINED, (self.batch,), generator=draws["batches"])
                found = vae.terms(weights, x[chosen].expand(self.nets, -1, -1), spec, generator=draws["noise"])
                yield (found.reconstruction + found.kl).mean(1)

        optimiser = Adam(lr=self.lr, eps=1e-7, steps=self.steps)
        seeds = range(self.first, self.first + self.nets)
        *_, last = MinibatchDescent(vae.initial(spec, seeds), optimiser).records(epoch, 1)
        return {k: w.detach() for k, w in last.weights.items()}, draws["noise"]

    def _measured(self, weights: vae.Weights, generator: torch.Generator) -> dict[str, Tensor]:
        x, labels = pictures()
        every = x.expand(self.nets, -1, -1)
        mu = vae.encode(weights, every, self.spec).mu
        found = vae.terms(weights, every[:, TRAINED:], self.spec, generator=generator)
        first = {k: w[:1] for k, w in weights.items()}
        points = grid(self.manifold, 12, 16)
        return {
            "reconstruction": found.reconstruction.mean(1), "kl": found.kl.mean(1),
            "accuracy": torch.tensor([accuracy(z, labels) for z in mu]), "latents": mu[0].clone(),
            "decoded": vae.decode(first, mu[:1, TRAINED:], self.spec).sigmoid()[0],
            "grid": vae.decode(first, points.flatten(0, 1)[None], self.spec).sigmoid().reshape(12, 16, 64),
        }  # fmt: skip


@cache
def pictures() -> tuple[Float[Tensor, "1797 64"], Int64[Tensor, " 1797"]]:
    """Grey values from 0 to 1, and the digit of each picture."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return torch.tensor(found.data, dtype=torch.float32) / 16, torch.tensor(found.target)


def accuracy(z: Float[Tensor, "n m"], labels: Int64[Tensor, " n"]) -> float:
    """The share of the held-out pictures whose five nearest training pictures, in the space of z, name its class."""
    from sklearn.neighbors import KNeighborsClassifier

    near = KNeighborsClassifier(NEIGHBOURS).fit(z[:TRAINED].numpy(), labels[:TRAINED].numpy())
    return float(near.score(z[TRAINED:].numpy(), labels[TRAINED:].numpy()))


def config(manifold: str) -> DigitsRun:
    """The live run on this manifold."""
    return DigitsRun(manifold=manifold)


def every(seed: int = 0) -> list[DigitsRun]:
    """All three."""
    return [DigitsRun(seed=seed, manifold=m) for m in MANIFOLDS]


def found() -> dict[str, Run]:
    """The runs by manifold."""
    return {m: runs.get(config(m)) for m in MANIFOLDS}
