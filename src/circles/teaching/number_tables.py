"""Checks of Chapter 1's exercises on the embeddings of real models: each rule raises NotYet and says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from circles.foundations import numbers
from circles.teaching import cases
from circles.teaching.answers import array, integer, number, real
from circles.teaching.check import NotYet

MODELS = ("minilm", "mpnet", "whisper-tiny", "whisper-base")
LEAST = {"whisper-tiny": 0.85, "mpnet": 0.65}  # of held-out digits: all five waves give more, one wave less


def table(name: str) -> Float[Tensor, "numbers d"]:
    """The number embeddings of a model, row n of the number n, in float64."""
    return numbers.load(name).rows.double()


def shuffled(draw: Generator) -> tuple[list[Tensor], int]:
    """Three tables of a hundred successive numbers, one with its rows in random order; the place of that one."""
    wrong, found = cases.integer(0, 2, draw=draw), []
    for i in range(3):
        rows = table(MODELS[cases.integer(0, len(MODELS) - 1, draw=draw)])
        start = cases.integer(0, len(rows) - 100, draw=draw)
        rows = rows[start : start + 100]
        rows = rows @ torch.linalg.qr(cases.noise(rows.shape[1], rows.shape[1], draw=draw)).Q  # no axis is special
        found.append(rows[torch.randperm(100, generator=draw)] if i == wrong else rows)
    return found, wrong


def permuted(answer: Callable[[Sequence[Tensor]], Any], *, draw: Generator) -> None:
    """permuted(tables): the place, 0 to 2, of the table whose rows were permuted."""
    for i in range(8):
        tables, wrong = shuffled(draw)
        got = integer(number(answer(list(tables)), "permuted"), "permuted")
        if got not in (0, 1, 2):
            raise NotYet(f"permuted gives {got}, expected the place of one of three tables: 0, 1 or 2")
        if got != wrong:
            raise NotYet(
                f"of the {i + 1}. three tables you pick {got}, but {wrong} was permuted. What all rows have together, "
                "their norms and their spread, a permutation leaves; ask what neighbours have in common"
            )


def last_digit(answer: Callable[..., Any], *, draw: Generator) -> None:
    """last_digits(rows, n, others): the last digits of others, from rows whose numbers n are known."""
    for name, least in LEAST.items():
        rows = table(name)
        order = torch.randperm(len(rows), generator=draw)
        known, asked = order[: 2 * len(rows) // 3], order[2 * len(rows) // 3 :]
        call = "last_digits(rows, n, others)"
        said = array(answer(rows[known], known, rows[asked]), (len(asked),), call)
        got = real(said, call, "a digit is a real number")
        if not ((got == got.round()) & (got >= 0) & (got <= 9)).all():
            raise NotYet(f"{call} gives {float(got[0]):g} and others, expected digits from 0 to 9")
        share = float((got == asked % 10).double().mean())
        if share < least:
            why = "a map from the embedding to waves of period 10, 5, 10/3, 2.5 and 2, fitted with a ridge, reads most"
            if share > 0.3:
                why = "better than chance, so something is read: use all five waves, and a ridge against many columns"
            of = f"of {name} you read {share:.0%} of the last digits that you were not told, expected {least:.0%}"
            raise NotYet(f"{of}: {why}")
