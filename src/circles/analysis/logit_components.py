"""Logits of numbers as sums of waves: which components a module writes, and how few of them name the answer.

Everything is in the exact DFT of Z_n on the numbers 0 ... n-1. The constant shifts all logits alike, changes no answer
and is ignored, as in the paper. Source: Zhou et al. 2024, logits in Fourier space.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from circles.foundations import fourier
from circles.foundations.errors import ShapeError


def number_logits(outputs: Float[Tensor, "*batch d"], W_U: Float[Tensor, "d n"]) -> Float[Tensor, "*batch n"]:
    """What a module's output adds to the logits of the n numbers, if no layer norm stood in between: W_U^T out."""
    return outputs @ W_U


def norms(logits: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch components"]:
    """The norm of each component k = 0 ... n//2."""
    return fourier.bands(fourier.transform(logits))


def waves(logits: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch components n"]:
    """Each component k = 0 ... n//2 as a function of the number; their sum is the logits."""
    n = logits.shape[-1]
    rows, of = fourier.basis(n, dtype=logits.dtype, device=logits.device), fourier.frequencies(n)
    parts = fourier.transform(logits).unsqueeze(-1) * rows
    empty = parts.new_zeros(*logits.shape[:-1], n // 2 + 1, n)
    return empty.index_add_(-2, of.to(logits.device), parts)


def by_size(logits: Float[Tensor, "*batch n"]) -> Int[Tensor, "*batch components"]:
    """The components k = 1 ... n//2, the one with the largest norm first."""
    return 1 + norms(logits)[..., 1:].argsort(dim=-1, descending=True, stable=True)


def top_sums(logits: Float[Tensor, "*batch n"], most: int) -> Float[Tensor, "*batch {most} n"]:
    """The sums of the 1, 2, ... ``most`` largest components, each input by its own order.

    Raises ShapeError unless 1 <= most <= n//2.
    """
    n = logits.shape[-1]
    if not 1 <= most <= n // 2:
        raise ShapeError(f"most is {most}, expected 1 to {n // 2} components of {n} numbers")
    order = by_size(logits)[..., :most].unsqueeze(-1).expand(*logits.shape[:-1], most, n)
    return waves(logits).gather(-2, order).cumsum(-2)


def named_by_top(
    logits: Float[Tensor, "batch n"], answers: Int[Tensor, " batch"], most: int
) -> Bool[Tensor, "batch {most}"]:
    """Whether the sum of the m largest components is largest at the answer, m = 1 ... ``most``.

    Raises ShapeError for an answer that is none of the n numbers.
    """
    n = logits.shape[-1]
    if wrong := [x for x in answers.tolist() if not 0 <= x < n]:
        raise ShapeError(f"answer {wrong[0]} has no logit, expected a number from 0 to {n - 1}")
    return torch.cat([
        top_sums(part, most).argmax(-1) == answer[:, None]
        for part, answer in zip(logits.split(64), answers.split(64), strict=True)
    ])  # fmt: skip
