"""One run of the diffusion VAE, whatever its pictures: the authors' recipe, its batches, its noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from circles.foundations.streams import streams
from circles.models import vae
from circles.models.vae import VaeSpec
from circles.training.minibatch import Adam, Epoch, MinibatchRun
from circles.training.run_config import Weights


@dataclass(frozen=True, kw_only=True)
class VaeRun(MinibatchRun):
    """A run of Perez Rey et al. 2020; every default is their code's.

    Mean of the batch's losses, Adam, the last batch of an epoch as long as what is left. A family says what its
    ``pictures`` are: numbers from 0 to 1, or whole 0 and 1.
    """

    manifold: str = "sphere2"
    hidden: tuple = (256, 128)
    steps: int = 10
    low: float = -7.5
    high: float = -5.0
    noise: str = "one"
    batch: int = 100
    lr: float = 1e-3
    epochs: int = 100

    varies: ClassVar[tuple[str, ...]] = ()  # the noise of a run is its own: each trains alone

    def pictures(self) -> Float[Tensor, "n pixels"] | UInt8[Tensor, "n pixels"]:
        """The training pictures."""
        raise NotImplementedError

    @property
    def spec(self) -> VaeSpec:
        pixels = self.pictures().shape[1]
        return VaeSpec(self.manifold, pixels, self.hidden, self.steps, (self.low, self.high), self.noise)

    @property
    def name(self) -> str:
        noise = "" if self.noise == "one" else f"-noise-{self.noise}"
        return f"{self.manifold}{noise}-{self.epochs}-seed{self.seed}"

    def checkpoints(self) -> Sequence[int]:
        return sorted({e for e in (1, 10, 25, 50, 75, self.epochs) if e <= self.epochs})

    @classmethod
    def problem(cls, configs: Sequence[VaeRun], device: torch.device) -> tuple[Weights, Epoch, Adam]:
        (config,) = configs
        pictures, spec = config.pictures().to(device), config.spec

        def epoch(weights: Weights, number: int) -> Iterator[Float[Tensor, " R"]]:
            draws = streams(config.seed, f"order/{number}", f"noise/{number}")
            order = torch.randperm(len(pictures), generator=draws[f"order/{number}"]).to(device)
            for chosen in order.split(config.batch):
                x = pictures[chosen].float().unsqueeze(0)
                found = vae.terms(weights, x, spec, generator=draws[f"noise/{number}"])
                yield (found.reconstruction + found.kl).mean(1)

        weights = {k: w.to(device) for k, w in vae.initial(spec, [config.seed]).items()}
        return weights, epoch, Adam(lr=config.lr, eps=1e-7)  # Keras' epsilon; torch's is 1e-8
