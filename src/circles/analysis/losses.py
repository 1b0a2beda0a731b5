"""Losses over all p^2 pairs, exact however small: a grokked net's loss is below 1e-7."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations.errors import ShapeError
from circles.models.primitives import answer_loss

Pairs = Int[Tensor, " n"] | None


def modulus(values: Float[Tensor, "pairs ..."]) -> int:
    """p of values over all pairs, row a*p + b; raises ShapeError unless the number of rows is a square."""
    p = math.isqrt(values.shape[0])
    if p * p != values.shape[0]:
        raise ShapeError(f"there are {values.shape[0]} rows, expected p^2, one for each pair")
    return p


def answers(p: int, device: torch.device | str | None = None) -> Int[Tensor, " {p}*{p}"]:
    """(a + b) mod p for pair number a*p + b."""
    x = torch.arange(p, device=device)
    return ((x.unsqueeze(1) + x) % p).flatten()


def pair_losses(logits: Float[Tensor, "pairs p"]) -> Float[Tensor, " pairs"]:
    """Cross-entropy of every pair in nats, in float64 and by log1p, so that 1e-12 keeps its digits.

    Raises ShapeError unless there are p^2 rows of p logits.
    """
    if modulus(logits) != logits.shape[1]:
        raise ShapeError(f"logits have shape {tuple(logits.shape)}, expected (p^2, p)")
    return answer_loss(logits.double()[None], answers(logits.shape[1], logits.device)[None])[0]


def loss(logits: Float[Tensor, "pairs p"], pairs: Pairs = None) -> float:
    """Mean cross-entropy in nats over the pairs with these numbers; over all when ``pairs`` is None."""
    found = pair_losses(logits)
    return (found if pairs is None else found[pairs]).mean().item()


def accuracy(logits: Float[Tensor, "pairs p"], pairs: Pairs = None) -> float:
    """The share of pairs whose largest logit is the answer's."""
    right = logits.argmax(-1) == answers(modulus(logits), logits.device)
    return (right if pairs is None else right[pairs]).double().mean().item()
