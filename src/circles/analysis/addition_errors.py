"""How an adder errs: how far off, and whether by whole tens."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

WITHIN = (2, 10)  # the distances of the paper's logit lens


def errors(logits: Float[Tensor, "*n v"], answer: Int[Tensor, "*n"], *, numbers: int) -> Int[Tensor, "*n"]:
    """The most likely number minus the answer; the first ``numbers`` tokens are the numbers."""
    return logits[..., :numbers].argmax(-1) - answer


def signature(found: Int[Tensor, " n"]) -> dict[str, float]:
    """Shares of all answers, ``exact``, ``within_2``, ``within_10``, and of the wrong ones, ``off_by_one``, ``tens``.

    ``tens`` are errors that are multiples of ten: the last digit is right. NaN when there are no wrong answers.
    """
    size = found.abs()
    wrong = size[size > 0]
    shares = {"exact": size == 0, "off_by_one": wrong == 1, "tens": wrong % 10 == 0}
    shares |= {f"within_{k}": size <= k for k in WITHIN}
    return {name: float(x.double().mean()) if len(x) else torch.nan for name, x in shares.items()}
