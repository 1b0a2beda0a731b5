"""Four data sets with two classes that scikit-learn holds itself: nothing is downloaded."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from sklearn import datasets
from torch import Tensor

from circles.foundations import features
from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams


def _bundled(
    load: Callable, positive: Callable[[np.ndarray], np.ndarray]
) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    def read() -> tuple[np.ndarray, np.ndarray]:
        x, y = load(return_X_y=True)
        return x, positive(y)

    return read


NAMES: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
    "breast cancer": _bundled(datasets.load_breast_cancer, lambda y: y == 1),  # malignant or benign
    "digits": _bundled(datasets.load_digits, lambda y: y % 2 == 0),  # even or odd
    "wine": _bundled(datasets.load_wine, lambda y: y == 1),  # the middle cultivar or not: the harder question
    "moons": lambda: datasets.make_moons(1000, noise=0.3, random_state=0),
}


@functools.cache
def _read(name: str) -> tuple[Tensor, Tensor]:
    x, label = NAMES[name]()
    return torch.from_numpy(np.asarray(x, dtype=np.float64)), torch.from_numpy(np.asarray(label, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class Signed:
    """A split of one data set, as features with their sign: rows y z(x), y being -1 or 1."""

    train: Tensor  # [n, D]
    test: Tensor  # [m, D]
    norm: float  # the bound on the rows' length


@dataclass(frozen=True, eq=False)
class Split:
    """Half a data set to train on and half to test, standardised by the former; ``scale``: the kernel's width."""

    x: tuple[Tensor, Tensor]
    y: tuple[Tensor, Tensor]
    scale: float

    def signed(self, D: int, *, seed: int, variant: features.Variant = "paired") -> Signed:
        """Random features of both halves for the Gaussian kernel, times the labels, in float32."""
        kernel, d = features.Gaussian(self.scale), self.x[0].shape[1]
        z = features.sample(kernel, d, D, variant=variant, generator=streams(seed, f"features/{D}")[f"features/{D}"])
        return Signed(*((y[:, None] * z(x)).float() for x, y in zip(self.x, self.y, strict=True)), z.norm)


def split(name: str, *, seed: int) -> Split:
    """The halves of the data set ``name`` for this seed. Raises ConfigError, offering the names.

    The width of the kernel is the median distance of two training points.
    """
    if name not in NAMES:
        raise ConfigError(f"data set is {name!r}, expected one of {', '.join(NAMES)}")
    x, label = _read(name)
    order = torch.randperm(len(x), generator=streams(seed, f"split/{name}")[f"split/{name}"])
    half = len(x) // 2
    train, test = order[:half], order[half:]
    mean, std = x[train].mean(0), x[train].std(0)
    x = (x - mean) / torch.where(std > 0, std, 1.0)
    scale = float(torch.pdist(x[train]).median())
    y = 2 * label - 1
    return Split((x[train], x[test]), (y[train], y[test]), scale)
