"""Training in mini-batches as a generator of frozen records, one an epoch; it names no model, metric or chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from circles.training.loop import Record, Resumable, flushing
from circles.training.run_config import RunConfig, Weights

# The losses of an epoch's batches, one at a time: each is asked for after the step on the one before.
Epoch = Callable[[Weights, int], Iterator[Float[Tensor, " R"]]]


@dataclass(frozen=True)
class Adam:
    """AdamW's constants (Adam's with ``weight_decay`` 0), and the names of the weights that stay as they are.

    With ``steps`` the learning rate falls linearly from ``lr`` to 0 over so many steps; without, it stays.
    """

    lr: float
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    steps: int | None = None
    frozen: tuple[str, ...] = ()


class MinibatchDescent(Resumable):
    """Descent in mini-batches: many steps an epoch."""

    counters: ClassVar[tuple[str, ...]] = ("epoch", "step")
    epoch: int
    step: int

    def __init__(self, weights: Weights, optimiser: Adam) -> None:
        self.settings = optimiser
        adam = partial(
            torch.optim.AdamW, lr=optimiser.lr, betas=optimiser.betas, eps=optimiser.eps,
            weight_decay=optimiser.weight_decay, fused=True,
        )  # fmt: skip
        super().__init__(weights, adam, optimiser.frozen)

    def records(self, epoch: Epoch, epochs: int, *, flush: bool = True) -> Iterator[Record]:
        """Yield a record now and after every epoch up to ``epochs``.

        Its loss is the mean over the epoch's batches, each before its step: NaN in the first record. With
        ``flush``, subnormal numbers count as zero meanwhile.
        """
        with flushing(flush):
            replicas = next(iter(self.weights.values())).shape[0]
            yield Record(self.epoch, torch.full((replicas,), torch.nan), self.weights)
            while self.epoch < epochs:
                losses = []
                for loss in epoch(self.weights, self.epoch):
                    losses.append(loss.detach())
                    self._step(loss)
                self.epoch += 1
                yield Record(self.epoch, torch.stack(losses).mean(0), self.weights)

    def _step(self, loss: Tensor) -> None:
        self._adam.zero_grad()
        loss.sum().backward()
        if self.settings.steps is not None:
            rate = self.settings.lr * max(1 - self.step / self.settings.steps, 0.0)
            for group in self._adam.param_groups:
                group["lr"] = rate
        self._adam.step()
        self.step += 1


@dataclass(frozen=True, kw_only=True)
class MinibatchRun(RunConfig):
    """A run trained in mini-batches.

    ``problem`` returns the initial weights (each with its leading replicate axis), a function ``Epoch`` and the
    settings ``Adam``. The order of the data and all noise of epoch e must come from streams named for e, such as
    ``streams(seed, f"batches/{e}")``: then a run resumed at an epoch's end goes on with the same bits.
    """


    @classmethod
    def descent(cls, weights: Weights, optimiser: Adam) -> MinibatchDescent:
        return MinibatchDescent(weights, optimiser)
