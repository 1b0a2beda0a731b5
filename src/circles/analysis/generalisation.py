"""Loss and accuracy on both sides of the split: all that a sweep asks of a net."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Int
from torch import Tensor

from circles.models import modular
from circles.models.modular import ModularSpec, Weights
from circles.models.primitives import answer_loss
from circles.training import tasks

ROWS = 16_384  # pairs at a time: all 160,801 of p = 401 at once would take gigabytes


@torch.no_grad()
def side(weights: Weights, spec: ModularSpec, index: Int[Tensor, " n"]) -> tuple[float, float]:
    """Mean cross-entropy in nats, and the share of right answers, of one net on the pairs with these numbers.

    The logits are the net's own, in its precision; the losses are added up in float64.
    """
    loss, right = 0.0, 0
    for part in index.split(ROWS):
        pairs = tasks.pairs_of(part, spec.p).to(weights["W_E"].device)
        answer = pairs.answer[None]
        logits = modular.forward(weights, pairs.a[None], pairs.b[None], spec)
        loss += answer_loss(logits.double(), answer).sum().item()
        right += int((logits.argmax(-1) == answer).sum())
    return loss / len(index), right / len(index)


def curves(
    snapshots: Mapping[int, Weights],
    spec: ModularSpec,
    train: Int[Tensor, " train"],
    test: Int[Tensor, " test"],
) -> dict[str, Tensor]:
    """``epoch``, ``train_loss train_accuracy test_loss test_accuracy`` [checkpoints] of one run."""
    found = {"epoch": torch.tensor(list(snapshots))}
    for name, index in (("train", train), ("test", test)):
        rows = torch.tensor([side(weights, spec, index) for weights in snapshots.values()])
        found |= {f"{name}_loss": rows[:, 0], f"{name}_accuracy": rows[:, 1]}
    return found
