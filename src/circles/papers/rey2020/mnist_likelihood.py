"""Loss and log-likelihood of a trained MNIST net on the same pictures, those it was trained on and others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.foundations.streams import streams
from circles.models import likelihood, ring_likelihood, vae
from circles.papers.rey2020 import mnist
from circles.papers.rey2020.mnist_training import MnistTraining
from circles.training import runs
from circles.training.binarised import binarised
from circles.training.computed import ComputedRun

SIDES = ("train", "test")
SCORED = 10_000  # all the test pictures, and as many of the others
DRAWS = 50
TOGETHER = 1000  # pictures at a time


@dataclass(frozen=True, kw_only=True)
class LikelihoodRun(ComputedRun):
    """The training is that of ``mnist.MnistRun``, from the cache when it is there."""

    manifold: str = "sphere2"
    epochs: int = mnist.EPOCHS
    noise: str = "one"

    family: ClassVar[str] = "rey2020-mnist-likelihood"

    @property
    def training(self) -> MnistTraining:
        """The run whose weights are scored."""
        return MnistTraining(manifold=self.manifold, seed=self.seed, epochs=self.epochs, noise=self.noise)

    @property
    def name(self) -> str:
        return self.training.name

    def compute(self) -> dict[str, Tensor]:
        """``history``: the training's mean losses. For each side, all over the same pictures, in nats a picture:

        ``loss/...``, reconstruction and KL by one walk a picture; ``log_likelihood/...``, by 50 draws each.
        """
        trained, spec, data = runs.get(self.training), self.training.spec, binarised()
        score = (ring_likelihood if self.manifold == "torus" else likelihood).log_likelihood
        draws, order = streams(self.seed, *SIDES), streams(0, *(f"chosen/{side}" for side in SIDES))
        found = {"history": trained.losses[1:].contiguous()}
        for side in SIDES:
            parts, likelihoods = [], []
            # the same for every net, at random: of MNIST's training pictures those at even places are the harder ones
            chosen = torch.randperm(len(data[side]), generator=order[f"chosen/{side}"])[:SCORED]
            for some in chosen.split(TOGETHER):
                x = data[side][some].float()[None]
                with torch.no_grad():
                    terms = vae.terms(trained.weights, x, spec, generator=draws[side])
                parts.append(torch.stack([terms.reconstruction.mean(), terms.kl.mean()]))
                likelihoods.append(score(trained.weights, x, spec, DRAWS, generator=draws[side]).mean())
            found |= {
                f"loss/{side}": torch.stack(parts).mean(0),
                f"log_likelihood/{side}": torch.stack(likelihoods).mean(),
            }
        return found


def config(seed: int = 0) -> list[LikelihoodRun]:
    """All manifolds at the authors' setting, and the plane with the code's noise there; this seed."""
    return [*(LikelihoodRun(manifold=m, seed=seed) for m in mnist.MANIFOLDS), in_the_plane(seed)]


def in_the_plane(seed: int = 0, noise: str = "each") -> LikelihoodRun:
    """The plane with this noise, else the code's: a variance for each dimension."""
    return LikelihoodRun(manifold="euclidean2", noise=noise, seed=seed)
