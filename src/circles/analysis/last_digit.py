"""The last digit of a number, read from a few directions of its embedding that other numbers have given.

Every function of n mod 10 on 0 ... 10m - 1 is a sum of waves of the periods 10, 5, 10/3, 5/2 and 2, and the
constant: these are the frequencies of Z_10. So an embedding that knows last digits has spikes there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations.errors import ShapeError

PERIODS = (10.0, 5.0, 10 / 3, 2.5, 2.0)


def components(n: int) -> list[int]:
    """The components k of Z_n with these periods. Raises ShapeError unless n is a multiple of ten."""
    if n % 10:
        raise ShapeError(f"n is {n}, expected a multiple of ten: last digits have no period in Z_{n} otherwise")
    return [n * j // 10 for j in range(1, 6)]


def planes(
    rows: Float[Tensor, "n d"], numbers: Int[Tensor, " n"], periods: Sequence[float]
) -> Float[Tensor, "d directions"]:
    """The directions u, v along which the centred rows swing with cos and sin of 2 pi n / T, for each period T.

    u = sum_n cos(2 pi n / T) x_n / N, and v with sin. The sine of period 2 is zero on whole numbers and is left out.
    """
    centred = rows.double() - rows.double().mean(0)
    angle = [2 * math.pi * numbers.double() / period for period in periods]
    waves = [
        w for period, a in zip(periods, angle, strict=True) for w in ([a.cos(), a.sin()] if period != 2 else [a.cos()])
    ]
    return centred.mT @ torch.stack(waves, 1) / len(numbers)


def read(
    rows: Float[Tensor, "n d"], fit: Int[Tensor, " fit"], held: Int[Tensor, " held"], periods: Sequence[float]
) -> Int[Tensor, " held"]:
    """The last digits of the numbers ``held``, from directions and digit centres of the numbers ``fit`` alone.

    Row n of ``rows`` belongs to the number n. Coordinates are scaled to the spread they have among ``fit``; the nearest
    of the ten centres is the answer.
    """
    directions = planes(rows[fit], fit, periods)
    mean = rows[fit].double().mean(0)
    known, asked = (rows[fit].double() - mean) @ directions, (rows[held].double() - mean) @ directions
    scale = known.std(0)
    centres = torch.stack([known[fit % 10 == digit].mean(0) for digit in range(10)])
    return torch.cdist(asked / scale, centres / scale).argmin(1)


def accuracy(rows: Float[Tensor, "n d"], periods: Sequence[float], folds: int = 5) -> float:
    """The share of numbers whose last digit is read rightly when whole tens are held out, a fifth of them at a time."""
    numbers = torch.arange(rows.shape[0])
    right = 0
    for fold in range(folds):
        out = (numbers // 10) % folds == fold
        held = numbers[out]
        right += int((read(rows, numbers[~out], held, periods) == held % 10).sum())
    return right / len(numbers)


def levelled(rows: Float[Tensor, "n d"], digits: Sequence[int]) -> Float[Tensor, "n d"]:
    """The embeddings with each number that ends in one of ``digits`` replaced by the mean of the others of its ten.

    What such numbers have in common beyond their size is then gone, and the others are as they were. Raises ShapeError
    unless n is a multiple of ten.
    """
    components(rows.shape[0])
    tens = rows.unflatten(0, (-1, 10)).clone()
    others = [digit for digit in range(10) if digit not in digits]
    tens[:, list(digits)] = tens[:, others].mean(1, keepdim=True)
    return tens.flatten(0, 1)
