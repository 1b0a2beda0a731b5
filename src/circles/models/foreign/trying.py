"""Readings of the same weights, tried on the same pairs: the answers tell which one was meant."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from circles.models.foreign.operations import answers
from circles.models.foreign.order import order
from circles.models.one_layer import OneLayer, Wiring

TRIED = 1024  # pairs on which open settings are tried
OPEN = ("order", "heads", "activation", "attention", "norm", "operation")


@dataclass(frozen=True)
class Tried:
    order: str
    wiring: Wiring
    operation: str
    accuracy: float
    loss: float

    @property
    def rank(self) -> tuple[float, float]:
        return self.accuracy, -self.loss

    def value(self, name: str) -> object:
        return getattr(self, name) if name in ("order", "operation") else getattr(self.wiring, name)


def try_all(
    weights: Mapping[str, Tensor], base: Wiring, p: int, options: Mapping[str, Sequence], operations: Sequence[str]
) -> list[Tried]:
    """Every reading on the same pairs, spread over all; one loss and accuracy for each operation."""
    index = torch.arange(0, p * p, max(1, p * p // TRIED | 1))
    a, b = index // p, index % p
    right = {o: answers(o, a, b, p) for o in operations}
    found = []
    for text, heads, activation, attention, norm in itertools.product(*options.values()):
        wiring = replace(base, heads=heads, activation=activation, attention=attention, norm=norm)
        with torch.no_grad():
            net = OneLayer(weights, wiring)
            logits = net.over(order(text, p).tokens(a, b))["logits"][:, :p].double()
        for operation, answer in right.items():
            loss = torch.nn.functional.cross_entropy(logits, answer).item()
            accuracy = (logits.argmax(-1) == answer).double().mean().item()
            found.append(Tried(text, wiring, operation, accuracy, loss if loss == loss else float("inf")))
    return found


def compared(name: str, best: Tried, tried: list[Tried]) -> str:
    """What the other choices would have given, all else as chosen."""
    alike = {}
    for t in tried:
        same = all(
            t.value(n) == best.value(n)
            for n in ("order", "heads", "activation", "attention", "norm", "operation")
            if n != name
        )
        if same and t.value(name) != best.value(name):
            alike[t.value(name)] = t
    if not alike:
        return "assumed"
    second = max(alike.values(), key=lambda t: t.rank)
    if best.rank < second.rank:
        return "assumed; the answers do not tell"
    numbers = [f"{t.value(name)}: loss {t.loss:.3g}, {t.accuracy:.1%} right" for t in (best, second)]
    return f"tried, best of {len(alike) + 1} ({'; '.join(numbers)})"
