"""Readings of the same weights, tried on the same pairs: the answers tell which one was meant."""

from __future__ import annotations

import itertools
import math
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
    step = max(1, p * p // TRIED | 1)
    while math.gcd(step, p) > 1:  # else b would take some of the numbers only
        step += 1
    index = torch.arange(0, p * p, step)
    a, b = index // p, index % p
    right = {o: answers(o, a, b, p) for o in operations}
    found = []
    exact = {name: w.double() for name, w in weights.items()}  # losses of a sure net are below float32
    for text, heads, activation, attention, norm in itertools.product(*options.values()):
        wiring = replace(base, heads=heads, activation=activation, attention=attention, norm=norm)
        with torch.no_grad():
            net = OneLayer(exact, wiring)
            logits = net.over(order(text, p).tokens(a, b))["logits"][:, :p]
        for operation, answer in right.items():
            loss = torch.nn.functional.cross_entropy(logits, answer).item()
            accuracy = (logits.argmax(-1) == answer).double().mean().item()
            found.append(Tried(text, wiring, operation, accuracy, loss if loss == loss else float("inf")))
    return found


def choose(tried: Sequence[Tried]) -> Tried:
    """The first, which is the most usual, of the readings that do about as well as the best.

    A net that is sure of its answers is as sure, or surer, under another activation, so a somewhat smaller loss tells
    nothing; fewer right answers, or twice the loss, do.
    """
    best = max(tried, key=lambda t: t.rank)
    return next(t for t in tried if _near(t, best))


def _near(one: Tried, best: Tried) -> bool:
    return one.accuracy >= best.accuracy - 0.005 and one.loss <= 2 * best.loss


def compared(name: str, chosen: Tried, tried: Sequence[Tried]) -> str:
    """What the other choices would have given, all else as chosen."""
    others = [
        t
        for t in tried
        if t.value(name) != chosen.value(name) and all(t.value(n) == chosen.value(n) for n in OPEN if n != name)
    ]
    if not others:
        return "assumed"
    second = max(others, key=lambda t: t.rank)
    numbers = [f"{t.value(name)}: loss {t.loss:.3g}, {t.accuracy:.1%} right" for t in (chosen, second)]
    if _near(second, chosen) or second.rank > chosen.rank:
        return f"assumed, the answers do not tell ({'; '.join(numbers)})"
    return f"tried, best of {len(others) + 1} ({'; '.join(numbers)})"
