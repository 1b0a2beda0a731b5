"""How much noise an MNIST net takes while it is trained: where the KL lies in its range, checkpoint by checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.foundations import manifolds
from circles.models import vae
from circles.papers.rey2020 import mnist
from circles.papers.rey2020.mnist_resized import PAIRS, ResizedRun
from circles.papers.rey2020.mnist_training import MnistTraining
from circles.training import runs
from circles.training.binarised import binarised
from circles.training.computed import ComputedRun

PICTURES = 2000  # of the test half, the first


@dataclass(frozen=True, kw_only=True)
class NoiseRun(ComputedRun):
    """The training is that of ``mnist.MnistRun``, or with ``like`` that of ``mnist_resized.ResizedRun``."""

    manifold: str = "sphere2"
    like: str = ""

    family: ClassVar[str] = "rey2020-mnist-noise"

    @property
    def name(self) -> str:
        return f"{self.manifold}{f'-like-{self.like}' if self.like else ''}-seed{self.seed}"

    @property
    def training(self) -> MnistTraining:
        """The run whose checkpoints are looked at."""
        if self.like:
            return ResizedRun(manifold=self.manifold, like=self.like, seed=self.seed).training
        return MnistTraining(manifold=self.manifold, seed=self.seed, epochs=mnist.EPOCHS)

    def compute(self) -> dict[str, Tensor]:
        """``epoch`` of each checkpoint, and ``log_t``, its mean over the pictures, from 0 (least noise) to 1 (most)."""
        trained, spec = runs.get(self.training), self.training.spec
        low, high = spec.log_t
        x, found = binarised()["test"][:PICTURES].float()[None], []
        for epoch in self.training.checkpoints():
            early = {k.removeprefix(f"{epoch}/"): w for k, w in trained.measures.items() if k.startswith(f"{epoch}/")}
            with torch.no_grad():
                found.append((vae.encode(early or trained.weights, x, spec).log_t.mean() - low) / (high - low))
        return {"epoch": torch.tensor(self.training.checkpoints()), "log_t": torch.stack(found)}


def config(seed: int = 0) -> list[NoiseRun]:
    """Every closed manifold of ``mnist.MANIFOLDS`` and every resized pair, this seed."""
    closed = [m for m in mnist.MANIFOLDS if not isinstance(manifolds.by_name(m), manifolds.Euclidean)]
    plain = [NoiseRun(manifold=m, seed=seed) for m in closed]
    return plain + [NoiseRun(manifold=m, like=like, seed=seed) for m, like in PAIRS]
