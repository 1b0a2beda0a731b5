"""Training in mini-batches as a generator of frozen records, one an epoch; it names no model, metric or chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from circles.training.loop import Record, flushing
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


class MinibatchDescent:
    """Weights, optimiser, epoch and step: all that the next epoch depends on."""

    def __init__(self, weights: Weights, optimiser: Adam) -> None:
        self.epoch = self.step = 0
        self.settings = optimiser
        self.weights = {
            name: w.detach().clone().requires_grad_(name not in optimiser.frozen) for name, w in weights.items()
        }
        self._trained = {name: w for name, w in self.weights.items() if w.requires_grad}
        self._adam = torch.optim.AdamW(
            self._trained.values(), lr=optimiser.lr, betas=optimiser.betas, eps=optimiser.eps,
            weight_decay=optimiser.weight_decay, fused=True,
        )  # fmt: skip
        for w in self._trained.values():
            self._adam.state[w] = {  # made now, so that a state can be restored before the first step
                "step": torch.zeros((), device=w.device),
                "exp_avg": torch.zeros_like(w),
                "exp_avg_sq": torch.zeros_like(w),
            }

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

    def state(self) -> dict[str, Tensor]:
        """The weights, both moments, epoch and step, as named tensors."""
        found = {"epoch": torch.tensor(self.epoch), "step": torch.tensor(self.step)}
        for name, w in self._trained.items():
            moments = self._adam.state[w]
            found |= {
                f"weights/{name}": w.detach(),
                f"first/{name}": moments["exp_avg"],
                f"second/{name}": moments["exp_avg_sq"],
            }
        return found

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go back to a state; what follows has the same bits as if it had never stopped."""
        self.epoch, self.step = int(state["epoch"]), int(state["step"])
        for name, w in self._trained.items():
            with torch.no_grad():
                w.copy_(state[f"weights/{name}"])
            moments = self._adam.state[w]
            moments["exp_avg"].copy_(state[f"first/{name}"])
            moments["exp_avg_sq"].copy_(state[f"second/{name}"])
            moments["step"].fill_(self.step)


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
