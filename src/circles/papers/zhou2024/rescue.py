"""The rescue: a small GPT-2 that learns to add, with MiniLM's number embeddings held fast or with others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.analysis import addition_errors
from circles.models import decoder, decoder_spec
from circles.models.decoder_spec import DecoderSpec
from circles.models.primitives import answer_loss
from circles.papers.zhou2024 import embeddings
from circles.training import addition
from circles.training.minibatch import Adam, Epoch, MinibatchRun
from circles.training.run_config import Weights


@dataclass(frozen=True, kw_only=True)
class RescueRun(MinibatchRun):
    """One net that learns a + b for a, b from 0 to ``addends`` - 1.

    ``embedding`` is one of ``embeddings.KINDS``, with standard deviation ``std``; unless ``trained`` it stays as it is,
    and so does the unembedding, which is the same table. The learning rate falls linearly to 0 over the ``epochs``.
    """

    embedding: str = "minilm"
    trained: bool = False
    width: int = 336
    depth: int = 2
    heads: int = 6
    addends: int = 171
    std: float = 0.5
    batch: int = 256
    lr: float = 5e-4
    weight_decay: float = 0.01

    family: ClassVar[str] = "rescue"
    keeps_weights: ClassVar[bool] = False

    @property
    def numbers(self) -> int:
        """0 to the largest sum."""
        return 2 * self.addends - 1

    @property
    def spec(self) -> DecoderSpec:
        return DecoderSpec(self.numbers, self.addends, self.width, self.depth, self.heads)

    @property
    def name(self) -> str:
        state = "trained" if self.trained else "frozen"
        size = f"d{self.width}-l{self.depth}-n{self.addends}"
        return f"{self.embedding}-{state}-{size}-lr{self.lr:g}-{self.epochs}-seed{self.seed}"

    def checkpoints(self) -> Sequence[int]:
        return range(0, self.epochs + 1, max(self.epochs // 25, 1))

    @classmethod
    def problem(cls, configs: Sequence[RescueRun], device: torch.device) -> tuple[Weights, Epoch, Adam]:
        first, seeds = configs[0], [c.seed for c in configs]
        sides = [addition.split(c.addends, seed=c.seed)["train"] for c in configs]
        weights = decoder_spec.initial(first.spec, seeds)
        weights["W_E"] = torch.stack(
            [embeddings.table(c.embedding, c.width, count=c.numbers, seed=c.seed, std=c.std) for c in configs]
        )

        def epoch(weights: Weights, number: int) -> Iterator[Tensor]:
            for index in addition.batches(sides, first.batch, seeds=seeds, epoch=number):
                index = index.to(device)
                yield decoder.loss(weights, index // first.addends, index % first.addends, first.spec)

        steps = first.epochs * -(-len(sides[0]) // first.batch)
        frozen = () if first.trained else ("W_E",)
        optimiser = Adam(lr=first.lr, weight_decay=first.weight_decay, steps=steps, frozen=frozen)
        return {k: w.to(device) for k, w in weights.items()}, epoch, optimiser

    def held_out(self) -> tuple[Tensor, Tensor]:
        """The addends a and b of all pairs not trained on, with a replicate axis of 1.

        These are the validation and the test pairs: no net and no checkpoint is chosen by them.
        """
        sides = addition.split(self.addends, seed=self.seed)
        index = torch.cat([sides["valid"], sides["test"]]).unsqueeze(0)
        return index // self.addends, index % self.addends

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        """At every checkpoint the held-out pairs' loss and errors' shares; all errors at the last."""
        a, b = self.held_out()
        rows: dict[str, list[float]] = {}
        with torch.inference_mode():
            for epoch, weights in snapshots.items():
                logits = decoder.forward(weights, a, b, self.spec)
                wrong = addition_errors.errors(logits, a + b, numbers=self.numbers)[0]
                row = {"epoch": epoch, "loss": float(answer_loss(logits, a + b).mean())}
                for name, value in (row | addition_errors.signature(wrong)).items():
                    rows.setdefault(name, []).append(value)
        found = {name: torch.tensor(values) for name, values in rows.items()}
        return found | {"errors": wrong.short()}


@dataclass(frozen=True, kw_only=True)
class RescueNet(RescueRun):
    """The same run with its final weights kept, for a look inside."""

    family: ClassVar[str] = "rescue-nets"
    keeps_weights: ClassVar[bool] = True
