"""Denoising digits: two stacked module layers of our own and then a convolution, against the convolution alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from sklearn.datasets import load_digits
from torch import Tensor

from circles.foundations.streams import streams
from circles.models import convolution, rkhm_layers
from circles.training.computed import ComputedRun

REPLICATES = 10
WIDE = (1, 27, 1)  # about as many parameters as two module layers of circulants for 8 x 8 images
METHODS = ("nothing", "RKHM", "CNN", "RKHM then CNN", "CNN, two layers")


@dataclass(frozen=True, kw_only=True)
class DenoisingRun(ComputedRun):
    """Ten draws of training and test images, every method on each; the score is the mean Euclidean distance.

    Images are in [0, 1] and read as one circulant a row. The net's loss is the mean squared error.
    """

    n: int = 20  # script
    tests: int = 100  # script
    noise: float = 0.01  # script
    penalty: float = 10.0  # script
    b: float = 0.1  # script
    epochs: int = 1_000  # script
    lr: float = 1e-3  # script

    family: ClassVar[str] = "rkhm-denoising"

    @property
    def name(self) -> str:
        return f"n{self.n}-noise{self.noise:g}-ridge{self.penalty:g}"

    def compute(self) -> dict[str, Tensor]:
        digits = torch.from_numpy(load_digits().images / 16.0)
        side = digits.shape[-1]
        draws = [pairs(digits, self.seed * REPLICATES + r, self.n, self.tests, self.noise) for r in range(REPLICATES)]
        layers = [self.layers(x, y, new) for x, y, new, _ in draws]
        y, truth = (torch.stack([draw[i] for draw in draws], 1) for i in (1, 3))
        noisy = [torch.stack([draw[i] for draw in draws], 1) for i in (0, 2)]
        smooth = [torch.stack([layer[i] for layer in layers], 1) for i in (0, 1)]
        found = {"nothing": noisy[1], "RKHM": smooth[1]}
        for name, (near, far), channels in (
            ("CNN", noisy, (1, 1)), ("RKHM then CNN", smooth, (1, 1)), ("CNN, two layers", noisy, WIDE),
        ):  # fmt: skip
            found[name] = self.net(near, y, far, channels, side)
        return {name: (found[name] - truth).norm(dim=-1).mean(0) for name in METHODS}

    def layers(self, x: Tensor, y: Tensor, new: Tensor) -> tuple[Tensor, Tensor]:
        """The module layers after the script's twenty steps of Adam: predictions on training and new images."""
        first = rkhm_layers.first_parameters(x.shape[1], full=False)
        a = rkhm_layers.train(first, x, y, penalty=self.penalty, b=self.b)
        return rkhm_layers.forward(a, x, y, new, penalty=self.penalty, b=self.b)

    def net(self, near: Tensor, y: Tensor, far: Tensor, channels: Sequence[int], side: int) -> Tensor:
        """A net trained from ``near`` to ``y``, on ``far``; the same first weights for every input."""
        image = lambda z: z.reshape(*z.shape[:2], side, side).float()  # noqa: E731
        draw = streams(self.seed, "net")["net"]
        weights = convolution.first_weights(REPLICATES, channels, generator=draw)
        weights = convolution.train(weights, image(near), image(y), epochs=self.epochs, lr=self.lr)
        return convolution.forward(weights, image(far)).flatten(2).double()


def pairs(images: Tensor, seed: int, n: int, tests: int, noise: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Noisy and clean training images, noisy and clean test images, a row each, none twice."""
    draw = streams(seed, "images", "noise")
    chosen = torch.randperm(len(images), generator=draw["images"])[: n + tests]
    y = images[chosen].flatten(1).double()
    x = y + noise * torch.randn(y.shape, generator=draw["noise"], dtype=torch.float64)
    return x[:n], y[:n], x[n:], y[n:]


def authors() -> DenoisingRun:
    """The script's setting on 8 x 8 digits."""
    return DenoisingRun(tier="live")
