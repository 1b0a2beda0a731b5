"""The authors' training on binarised MNIST, for any manifold; long, so its weights stay in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from circles.training.autoencoder import VaeRun
from circles.training.binarised import binarised
from circles.training.run_config import Weights


@dataclass(frozen=True, kw_only=True)
class MnistTraining(VaeRun):
    """100 epochs on the 60,000 binarised training pictures. Source: the released code."""

    family: ClassVar[str] = "rey2020-training"

    def pictures(self) -> Tensor:
        return binarised()["train"]

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        """The weights of all checkpoints but the last; what they do is measured by ``mnist.MnistRun``."""
        early = sorted(snapshots)[:-1]
        return {f"{epoch}/{name}": w for epoch in early for name, w in snapshots[epoch].items()}
