"""One run of the modular transformer, whatever the paper: its data, its optimiser, its checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch

from circles.models import modular
from circles.models.modular import ModularSpec
from circles.training import tasks
from circles.training.loop import AdamW, Objective
from circles.training.runs import RunConfig, Weights


@dataclass(frozen=True, kw_only=True)
class GrokkingRun(RunConfig):
    """The main run of Nanda et al. 2023; every default is theirs.

    Section 3: p, widths, fraction, learning rate, weight decay. Released code only: betas, warm-up.
    ``every`` is the distance of checkpoints; the first thousand epochs have four times as many.
    """

    p: int = 113
    d_model: int = 128
    n_heads: int = 4
    d_mlp: int = 512
    fraction: float = 0.3
    lr: float = 1e-3
    weight_decay: float = 1.0
    beta1: float = 0.9
    beta2: float = 0.98
    warmup: int = 10
    every: int = 200

    family: ClassVar[str] = "grokking"

    @property
    def spec(self) -> ModularSpec:
        return ModularSpec(p=self.p, d_model=self.d_model, n_heads=self.n_heads, d_mlp=self.d_mlp)

    @property
    def name(self) -> str:
        return f"p{self.p}-f{self.fraction:g}-wd{self.weight_decay:g}-{self.epochs}-seed{self.seed}"

    def checkpoints(self) -> Sequence[int]:
        early = range(0, 1000, max(self.every // 4, 1))
        return sorted({e for e in (*early, *range(0, self.epochs + 1, self.every)) if e <= self.epochs})

    @classmethod
    def initial(cls, configs: Sequence[GrokkingRun]) -> Weights:
        """The weights before the first step, a replicate for each configuration."""
        return modular.initial(configs[0].spec, [c.seed for c in configs])

    @classmethod
    def problem(
        cls, configs: Sequence[GrokkingRun], device: torch.device
    ) -> tuple[Weights, Objective, AdamW]:
        first = configs[0]
        pairs = [tasks.pairs_of(tasks.split(c.p, c.fraction, seed=c.seed)[0], c.p) for c in configs]
        a, b, answer = (
            torch.stack([getattr(x, part) for x in pairs]).to(device) for part in ("a", "b", "answer")
        )
        weights = cls.initial(configs)
        objective = modular.objective(a, b, answer, first.spec)
        decays = tuple(c.weight_decay for c in configs)
        optimiser = AdamW(first.lr, (first.beta1, first.beta2), decays, first.warmup)
        return {k: w.to(device) for k, w in weights.items()}, objective, optimiser
