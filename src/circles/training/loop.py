"""Full-batch gradient descent as a generator of frozen records; it names no model, metric or chart."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

Objective = Callable[[dict[str, Tensor]], Float[Tensor, " R"]]


@dataclass(frozen=True)
class AdamW:
    """AdamW's constants; ``weight_decay`` may differ from replicate to replicate.

    The learning rate climbs linearly over the first ``warmup`` steps.
    """

    lr: float
    betas: tuple[float, float]
    weight_decay: tuple[float, ...]
    warmup: int = 0


@dataclass(frozen=True)
class Record:
    """The state before step ``epoch``: the loss of each replicate there, and the weights that gave it.

    ``weights`` are the live tensors: whoever keeps them past the next record copies them.
    """

    epoch: int
    loss: Float[Tensor, " R"]
    weights: dict[str, Tensor]


class Resumable:
    """Weights, Adam's moments and counters: all that the next step depends on, as tensors that can be saved.

    ``counters`` names the counters; the last of them counts Adam's steps. ``frozen`` weights stay as they are.
    """

    counters: ClassVar[tuple[str, ...]] = ("epoch",)

    def __init__(
        self, weights: dict[str, Tensor], adam: Callable[[list[Tensor]], torch.optim.Optimizer],
        frozen: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        for counter in self.counters:
            setattr(self, counter, 0)
        self.weights = {name: w.detach().clone().requires_grad_(name not in frozen) for name, w in weights.items()}
        self._trained = {name: w for name, w in self.weights.items() if w.requires_grad}
        self._adam = adam(list(self._trained.values()))
        for w in self._trained.values():
            self._adam.state[w] = {  # made now, so that a state can be restored before the first step
                "step": torch.zeros((), device=w.device),
                "exp_avg": torch.zeros_like(w),
                "exp_avg_sq": torch.zeros_like(w),
            }

    def state(self) -> dict[str, Tensor]:
        """The trained weights, both moments and the counters, as named tensors."""
        found = {counter: torch.tensor(getattr(self, counter)) for counter in self.counters}
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
        for counter in self.counters:
            setattr(self, counter, int(state[counter]))
        for name, w in self._trained.items():
            with torch.no_grad():
                w.copy_(state[f"weights/{name}"])
            moments = self._adam.state[w]
            moments["exp_avg"].copy_(state[f"first/{name}"])
            moments["exp_avg_sq"].copy_(state[f"second/{name}"])
            moments["step"].fill_(getattr(self, self.counters[-1]))


class Descent(Resumable):
    """Full-batch descent: one step an epoch."""

    epoch: int

    def __init__(self, weights: dict[str, Tensor], optimiser: AdamW) -> None:
        self.settings = optimiser
        # torch's AdamW knows one decay for all replicates, so the decay is applied here and Adam does the rest
        super().__init__(weights, partial(torch.optim.Adam, lr=optimiser.lr, betas=optimiser.betas, fused=True))

    def records(self, objective: Objective, epochs: int, *, flush: bool = True) -> Iterator[Record]:
        """Yield a record at every epoch from the present one to ``epochs``, stepping in between.

        With ``flush``, subnormal numbers count as zero meanwhile: a confident net's gradients underflow
        into them, and a CPU then runs several times slower.
        """
        with flushing(flush):
            while True:
                loss = objective(self.weights)
                yield Record(self.epoch, loss.detach(), self.weights)
                if self.epoch >= epochs:
                    return
                self._step(loss)

    def _step(self, loss: Tensor) -> None:
        self._adam.zero_grad()
        loss.sum().backward()
        rate = self.settings.lr * min((self.epoch + 1) / max(self.settings.warmup, 1), 1.0)
        with torch.no_grad():
            for w in self.weights.values():
                keep = 1 - rate * torch.tensor(self.settings.weight_decay, dtype=w.dtype, device=w.device)
                w.mul_(keep.view(-1, *[1] * (w.ndim - 1)))
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
        self.epoch += 1


@contextmanager
def flushing(on: bool) -> Iterator[None]:
    """Let subnormal numbers count as zero, or not, in this thread and in all its workers; restored after.

    The processor keeps this setting for each thread, and a worker inherits it when it is started. So
    the workers that run are sent home first: new ones start with the next parallel operation.
    """
    before = _flushes()
    _send_workers_home()
    torch.set_flush_denormal(on)
    try:
        yield
    finally:
        _send_workers_home()
        torch.set_flush_denormal(before)


def _flushes() -> bool:
    return bool((torch.tensor([1e-39]) * 1.0).item() == 0)


def _send_workers_home() -> None:
    """End this thread's OpenMP workers, where torch brought GNU's OpenMP; elsewhere do nothing.

    Without it, the workers keep the old setting: slower on some steps, the same numbers but for the
    last digits of very small ones.
    """
    for library in (Path(torch.__file__).parent / "lib").glob("libgomp*"):
        hard = 2  # omp_pause_hard: free all that the team holds
        ctypes.CDLL(str(library)).omp_pause_resource_all(hard)
