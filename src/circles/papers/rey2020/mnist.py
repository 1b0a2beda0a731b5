"""What an MNIST run gives: losses, their parts, log-likelihood, where test pictures lie, the decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.foundations.streams import streams
from circles.models import vae
from circles.models.likelihood import log_likelihood
from circles.models.vae import VaeSpec, Weights
from circles.papers.rey2020.mnist_training import MnistTraining
from circles.training import mnist, runs
from circles.training.binarised import binarised
from circles.training.computed import ComputedRun
from circles.training.runs import Run

MANIFOLDS = (
    "sphere2", "euclidean2", "flat_torus", "projective2", "torus", "sphere3", "projective3", "so3", "o3", "euclidean3",
)  # fmt: skip
EPOCHS = 100  # the authors'
SHORT = 10  # for a first look
DRAWS, SCORED, PLACED = 50, 1000, 2000
KEPT = ("sphere2", "flat_torus")  # their decoders are recorded, from seed 0


@dataclass(frozen=True, kw_only=True)
class MnistRun(ComputedRun):
    """Training (cached, resumable), then the measures, which alone are recorded."""

    manifold: str = "sphere2"
    epochs: int = EPOCHS
    noise: str = "one"

    family: ClassVar[str] = "rey2020-mnist"

    @property
    def training(self) -> MnistTraining:
        return MnistTraining(manifold=self.manifold, seed=self.seed, epochs=self.epochs, noise=self.noise)

    @property
    def spec(self) -> VaeSpec:
        return VaeSpec(self.manifold, noise=self.noise)

    @property
    def name(self) -> str:
        return self.training.name

    def compute(self) -> dict[str, Tensor]:
        """``history``: the mean loss of each epoch's batches, each before its step, as Keras prints it.

        ``train``, ``test``: (reconstruction, kl) at the end, one walk a picture, nats a picture; the same after
        epoch 1 as ``train/1``. ``log_likelihood``: the mean over 1,000 test pictures, 50 draws each (not on the
        torus in R^3). ``placed``: mu of 2,000 test pictures, ``labels`` theirs. ``decoder/...``: float16.
        """
        trained = runs.get(self.training)
        data, labels = binarised(), mnist.load("test").labels
        draws = streams(self.seed, "train", "test", "first", "importance")
        first = {k[2:]: w for k, w in trained.measures.items() if k.startswith("1/")} or trained.weights
        test = data["test"][:PLACED].float()[None]
        found = {
            "history": trained.losses[1:],
            "train": self._parts(trained.weights, data["train"], draws["train"]),
            "test": self._parts(trained.weights, data["test"], draws["test"]),
            "train/1": self._parts(first, data["train"], draws["first"]),
            "placed": vae.encode(trained.weights, test, self.spec).mu[0].detach(),
            "labels": labels[:PLACED].to(torch.uint8),
            "seconds": torch.tensor(trained.provenance["seconds"]),
        }  # fmt: skip
        if self.manifold != "torus":
            scored = log_likelihood(trained.weights, test[:, :SCORED], self.spec, DRAWS, generator=draws["importance"])
            found["log_likelihood"] = scored.mean(1)
        if self.manifold in KEPT and self.seed == 0:
            decoder = {k: w for k, w in trained.weights.items() if k.startswith("decode")}
            found |= {f"decoder/{k}": w.half() for k, w in decoder.items()}
        return {k: v.contiguous() for k, v in found.items()}

    @torch.no_grad()
    def _parts(self, weights: Weights, pictures: Tensor, generator: torch.Generator) -> Tensor:
        total = torch.zeros(2, dtype=torch.float64)
        for x in pictures.split(1000):
            found = vae.terms(weights, x.float()[None], self.spec, generator=generator)
            total += torch.stack([found.reconstruction.sum(), found.kl.sum()]).double()
        return total / len(pictures)


def config(seed: int = 0) -> list[MnistRun]:
    """All manifolds at the authors' setting, this seed."""
    return [MnistRun(manifold=m, seed=seed) for m in MANIFOLDS]


def short(seed: int = 0) -> list[MnistRun]:
    """S^2, R^2 and the flat torus for ten epochs."""
    return [MnistRun(manifold=m, seed=seed, epochs=SHORT) for m in MANIFOLDS[:3]]


def first(seed: int = 0) -> MnistRun:
    """S^2 for one epoch, the first line of the authors' log."""
    return MnistRun(seed=seed, epochs=1)


def recorded(chosen: list[MnistRun]) -> dict[str, Run]:
    """Those of these runs that the package holds, by name."""
    held = [c for c in chosen if (runs.folder_of(c, runs.recordings()) / "run.json").exists()]
    return {c.name: runs.get(c) for c in held}


def decoded(run: Run, rows: int = 12, columns: int = 16) -> Tensor:
    """Pictures over the whole manifold from a recorded decoder: rows, columns, 784 chances."""
    from circles.papers.rey2020.grids import grid

    weights = {k.removeprefix("decoder/"): w.float() for k, w in run.measures.items() if k.startswith("decoder/")}
    points = grid(run.config.manifold, rows, columns)
    logits = vae.decode(weights, points.flatten(0, 1)[None], run.config.spec)
    return logits.sigmoid().reshape(rows, columns, -1)
