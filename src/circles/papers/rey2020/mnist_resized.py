"""MNIST with another space's room: times moved until the KL has the range that it has on a manifold ``like``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from circles.foundations import manifolds
from circles.foundations.errors import ConfigError
from circles.models.vae import VaeSpec
from circles.papers.rey2020.mnist_likelihood import LikelihoodRun
from circles.papers.rey2020.mnist_training import MnistTraining

# RP^3 is SO(3) with all lengths over 2 sqrt 2: with its room, one space in two coordinates.
PAIRS = (("projective3", "so3"),)


@dataclass(frozen=True, kw_only=True)
class ResizedRun(LikelihoodRun):
    """``LikelihoodRun`` with log t moved by (2/d) (log vol Z - log vol Z'), Z' being ``like``.

    The KL is log vol Z - (d/2) log(2 pi t) - d/2 up to curvature: moved so, it has on Z the range that it has on Z'.
    To scale Z until its volume is that of Z' would move t in the same way. Raises ConfigError when the dimensions
    differ, or one of the two has no volume.
    """

    manifold: str = "projective3"
    like: str = "so3"

    family: ClassVar[str] = "rey2020-mnist-resized"

    def __post_init__(self) -> None:
        super().__post_init__()
        here, there = manifolds.by_name(self.manifold), manifolds.by_name(self.like)
        if here.dim != there.dim or "euclidean" in self.manifold + self.like:
            raise ConfigError(f"like is {self.like!r}, expected a closed manifold of dimension {here.dim}")

    @property
    def log_t(self) -> tuple[float, float]:
        """The ends of the interval for log t."""
        here, there = manifolds.by_name(self.manifold), manifolds.by_name(self.like)
        moved = 2 / here.dim * (here.log_volume - there.log_volume)
        low, high = VaeSpec(self.manifold).log_t
        return low + moved, high + moved

    @property
    def training(self) -> MnistTraining:
        low, high = self.log_t
        return MnistTraining(manifold=self.manifold, seed=self.seed, epochs=self.epochs, low=low, high=high)

    @property
    def name(self) -> str:
        return f"{self.manifold}-like-{self.like}-{self.epochs}-seed{self.seed}"


def config(seed: int = 0) -> list[ResizedRun]:
    """Each pair, this seed."""
    return [ResizedRun(manifold=manifold, like=like, seed=seed) for manifold, like in PAIRS]
