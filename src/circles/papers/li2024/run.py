"""Li 2024: one run of the quantised modular transformer, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.analysis.trajectory import trajectory
from circles.foundations.errors import ConfigError
from circles.models import modular, quantized
from circles.models.modular import ModularSpec
from circles.training import tasks
from circles.training.grokking import GrokkingRun
from circles.training.loop import AdamW, Objective
from circles.training.run_config import Weights

FRAMES = 12  # pictures of one neuron kept, evenly through training


@dataclass(frozen=True, kw_only=True)
class LiRun(GrokkingRun):
    """The net of Li 2024's released code: no positions, no biases, scores times d_model^-0.5, RMSNorm at the end.

    ``kind`` names the map of the matrices between embedding and unembedding: "full", "binary", "ternary",
    or "2bit", "4bit", "8bit" of our own. ``ends`` maps embedding and unembedding too. No warm-up (code).

    The start is that of Nanda's released code, which is not Li's: ``embedding`` 1 and ``linear`` "uniform" give Li's
    (``modular.initial``).
    """

    kind: str = "full"
    ends: bool = False
    warmup: int = 0
    embedding: float | None = None
    linear: str = "normal"

    family: ClassVar[str] = "quantized"

    def __post_init__(self) -> None:
        if self.kind not in quantized.BITS:
            raise ConfigError(f"kind is {self.kind!r}, expected one of {', '.join(quantized.BITS)}")

    @property
    def spec(self) -> ModularSpec:
        return ModularSpec(
            p=self.p, d_model=self.d_model, n_heads=self.n_heads, d_mlp=self.d_mlp,
            positions=False, norm=True, biases=False, score_scale=self.d_model**-0.5,
        )  # fmt: skip

    @property
    def name(self) -> str:
        ends = "-ends" if self.ends else ""
        return f"{self.kind}{ends}{self.start}-p{self.p}-{self.epochs}-seed{self.seed}"

    @property
    def start(self) -> str:
        """The start in a name: nothing for Nanda's, "-released" for Li's, else what differs."""
        if (self.embedding, self.linear) == (1.0, "uniform"):
            return "-released"
        embedding = "" if self.embedding is None else f"-E{self.embedding:g}"
        return embedding + ("" if self.linear == "normal" else f"-{self.linear}")

    @classmethod
    def initial(cls, configs: Sequence[LiRun]) -> Weights:
        first = configs[0]
        seeds = [c.seed for c in configs]
        return modular.initial(first.spec, seeds, embedding=first.embedding, linear=first.linear)

    @classmethod
    def problem(cls, configs: Sequence[LiRun], device: torch.device) -> tuple[Weights, Objective, AdamW]:
        first = configs[0]
        weights, full, optimiser = super().problem(configs, device)

        def objective(latent: Weights) -> Tensor:
            return full(quantized.effective(latent, first.kind, ends=first.ends))

        return weights, objective, optimiser

    def effective(self, latent: Weights) -> Weights:
        """The weights this net computes with."""
        return {n: W.detach() for n, W in quantized.effective(latent, self.kind, ends=self.ends).items()}

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        """The progress measures of the effective weights, and one neuron through training.

        ``neuron``: the one whose activation varies most at the end. ``neuron_epoch``; ``neuron_latent`` and
        ``neuron_effective`` [frames, d_model]: its row of W_in before and after the map; ``neuron_map``
        [frames, p, p]: its activation over (a, b).
        """
        mapped = {epoch: self.effective(weights) for epoch, weights in snapshots.items()}
        train, test = tasks.split(self.p, self.fraction, seed=self.seed)
        last = modular.activations(mapped[max(mapped)], self.spec)["mlp"][0]
        neuron = int(last.var(0).argmax())
        epochs = sorted(snapshots)
        shown = [epochs[round(i * (len(epochs) - 1) / (FRAMES - 1))] for i in range(FRAMES)]
        maps = [modular.activations(mapped[e], self.spec)["mlp"][0, :, neuron] for e in shown]
        return trajectory(mapped, self.spec, train, test) | {
            "neuron": torch.tensor(neuron),
            "neuron_epoch": torch.tensor(shown),
            "neuron_latent": torch.stack([snapshots[e]["W_in"][0, :, neuron] for e in shown]),
            "neuron_effective": torch.stack([mapped[e]["W_in"][0, :, neuron] for e in shown]),
            "neuron_map": torch.stack(maps).reshape(FRAMES, self.p, self.p).half(),
        }
