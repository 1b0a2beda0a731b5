"""Denoising with one thing varied: the ridge, the number of training images, the noise, the pictures.

A unit trains the nets without the module once and the module's layers, with the convolution after them, at each ridge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from sklearn.datasets import load_digits
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.models import convolution, convolution_stack, rkhm_layers
from circles.papers.hashimoto2023.denoising import WIDE, pairs
from circles.training import mnist
from circles.training.computed import ComputedRun
from circles.training.loop import flushing

SCRIPT = 10.0  # the script's ridge
RIDGES = (SCRIPT, 1.0, 0.1, 0.01, 0.001, 0.0001)
SIZES = (5, 10, 20, 50, 100, 200, 500)
NOISES = (0.01, 0.3)  # the script's, and thirty times as much
DEEP = (1, 32, 20, 1)  # 6,281 parameters: two module layers for 28 x 28 images and the convolution after have 6,282
DRAWS = 10
TOGETHER = 2  # replicates of a net that fit the processor's cache
PICTURES = ("digits", "mnist")


@dataclass(frozen=True, kw_only=True)
class DenoisingSweep(ComputedRun):
    """Every method on ``draws`` draws of training and test images; the score is the mean Euclidean distance.

    Draw r has the seed ``seed * draws + r`` for its images and their noise. Images are in [0, 1], read as one
    circulant a row. ``large`` has the channels of the net with many parameters; empty, it is left out. MNIST's
    images come from its 60,000 training pictures, no picture twice in a draw.
    """

    pictures: str = "digits"
    n: int = 20  # script
    tests: int = 100  # script
    noise: float = 0.01  # script
    ridges: tuple[float, ...] = RIDGES
    b: float = 0.1  # script
    epochs: int = 1_000  # script
    lr: float = 1e-3  # script
    draws: int = DRAWS
    large: tuple[int, ...] = WIDE

    family: ClassVar[str] = "rkhm-denoising-sweep"

    @property
    def name(self) -> str:
        large = "" if self.large else "-small"
        return f"{self.pictures}-n{self.n}-noise{self.noise:g}-{len(self.ridges)}ridges{large}-s{self.seed}"

    def compute(self) -> dict[str, Tensor]:
        """[draws] for "nothing", "CNN" and "large"; [ridges, draws] for "RKHM" and "RKHM then CNN"."""
        pictures = images(self.pictures)
        drawn = [pairs(pictures, self.seed * self.draws + r, self.n, self.tests, self.noise) for r in range(self.draws)]
        x, y, new, truth = (torch.stack(part, 1) for part in zip(*drawn, strict=True))
        score = lambda z: (z - truth).norm(dim=-1).mean(0)  # noqa: E731
        with flushing(True):
            found = {"nothing": score(new), "CNN": score(self.net(x, y, new, (1, 1)))}
            if self.large:
                found["large"] = score(self.net(x, y, new, self.large))
            smooth = [self.layers(x, y, new, ridge) for ridge in self.ridges]
            found["RKHM"] = torch.stack([score(far) for _, far in smooth])
            found["RKHM then CNN"] = torch.stack([score(self.net(near, y, far, (1, 1))) for near, far in smooth])
        return found

    def layers(self, x: Tensor, y: Tensor, new: Tensor, ridge: float) -> tuple[Tensor, Tensor]:
        """[n, draws, p] and [tests, draws, p]: the module layers' output after the script's twenty steps of Adam."""
        found = []
        for r in range(self.draws):
            first = rkhm_layers.first_parameters(x.shape[-1], full=False)
            a = rkhm_layers.train(first, x[:, r], y[:, r], penalty=ridge, b=self.b)
            found.append(rkhm_layers.forward(a, x[:, r], y[:, r], new[:, r], penalty=ridge, b=self.b))
        near, far = zip(*found, strict=True)
        return torch.stack(near, 1), torch.stack(far, 1)

    def net(self, near: Tensor, y: Tensor, far: Tensor, channels: Sequence[int]) -> Tensor:
        """A net trained from ``near`` to ``y``, on ``far``; the same first weights for every input."""
        side = round(near.shape[-1] ** 0.5)
        near, y, far = (z.reshape(*z.shape[:2], side, side).float() for z in (near, y, far))
        weights = convolution.first_weights(self.draws, channels, generator=streams(self.seed, "net")["net"])
        found, one = [], len(channels) > 3
        for r in range(0, self.draws, 1 if one else TOGETHER):
            some = slice(r, r + (1 if one else TOGETHER))
            own = [w.unflatten(0, (self.draws, -1))[some].flatten(0, 1) for w in weights]
            net = _Single if one else convolution
            own = net.train(own, near[:, some], y[:, some], epochs=self.epochs, lr=self.lr)
            found.append(net.forward(own, far[:, some]))
        return torch.cat(found, 1).flatten(2).double()


class _Single:
    """``convolution_stack`` with the axis of replicates that ``convolution`` has, of length one."""

    @staticmethod
    def train(weights: list[Tensor], x: Tensor, y: Tensor, **setting: float) -> list[Tensor]:
        return convolution_stack.train(weights, x[:, 0], y[:, 0], **setting)

    @staticmethod
    def forward(weights: list[Tensor], x: Tensor) -> Tensor:
        return convolution_stack.forward(weights, x[:, 0]).unsqueeze(1)


def images(which: str) -> Tensor:
    """[count, side, side] in [0, 1]: scikit-learn's digits or MNIST's training pictures.

    Raises ConfigError for another name, DataError when MNIST is not at hand.
    """
    if which not in PICTURES:
        raise ConfigError(f"pictures is {which!r}, expected one of {', '.join(PICTURES)}")
    if which == "digits":
        return torch.from_numpy(load_digits().images / 16.0)
    return mnist.load("train").pictures.reshape(-1, 28, 28).double() / 255


def on_mnist(noise: float = 0.01, seeds: Sequence[int] = range(DRAWS), *, large: bool = True) -> list[DenoisingSweep]:
    """MNIST at 20 training images, one draw a unit."""
    channels = DEEP if large else ()
    return [DenoisingSweep(pictures="mnist", noise=noise, seed=s, draws=1, large=channels) for s in seeds]


def over_ridges(noise: float, seed: int = 0) -> DenoisingSweep:
    """The digits at 20 training images with the ridge varied; seed 1 has ten draws that seed 0 has not."""
    return DenoisingSweep(noise=noise, seed=seed, large=())


def over_sizes(noise: float, ridges: tuple[float, ...], sizes: Sequence[int] = SIZES) -> list[DenoisingSweep]:
    """The digits with the number of training images varied."""
    return [DenoisingSweep(n=n, noise=noise, ridges=ridges) for n in sizes]
