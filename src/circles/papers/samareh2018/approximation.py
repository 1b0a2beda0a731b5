"""How well random features approximate their kernel, over a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from sklearn.kernel_approximation import RBFSampler
from torch import Tensor

from circles.foundations import features
from circles.foundations.streams import streams
from circles.training.computed import ComputedRun


@dataclass(frozen=True, kw_only=True)
class FeatureStudy(ComputedRun):
    """The largest error of random features over all pairs of points of a grid on the square [0, 3]^2."""

    kernel: str = "gaussian"
    variant: str = "paired"  # or cosine, or scikit-learn, which has the Gaussian kernel only
    seeds: int = 24
    side: int = 15
    tier: str = "live"

    family: ClassVar[str] = "feature-error"
    width: ClassVar[float] = 3.0

    @property
    def name(self) -> str:
        return f"{self.kernel}-{self.variant}"

    def compute(self) -> dict[str, Tensor]:
        kernel = features.Gaussian() if self.kernel == "gaussian" else features.Laplace()
        axis = torch.linspace(0, self.width, self.side, dtype=torch.float64)
        x = torch.cartesian_prod(axis, axis)
        exact = kernel.exact(x, x)
        sizes = [16 * 2**i for i in range(8)]
        worst = torch.zeros(self.seeds, len(sizes), dtype=torch.float64)
        for row, seed in enumerate(range(self.seed * self.seeds, (self.seed + 1) * self.seeds)):
            for i, D in enumerate(sizes):
                z = self._features(kernel, x, D, seed)
                worst[row, i] = (z @ z.T - exact).abs().max()
        return {"D": torch.tensor(sizes), "largest": worst}

    def _features(self, kernel: features.Kernel, x: Tensor, D: int, seed: int) -> Tensor:
        if self.variant == "scikit-learn":  # its cosine features of exp(-gamma |x - y|^2), with its own draws
            return torch.from_numpy(RBFSampler(gamma=0.5, n_components=D, random_state=seed).fit_transform(x.numpy()))
        stream = f"grid/{D}"
        draw = streams(seed, stream)[stream]
        return features.sample(kernel, 2, D, variant=self.variant, generator=draw)(x)
