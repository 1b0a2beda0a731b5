"""Addition of whole numbers: all pairs of addends, the split into three, the batches of an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams

SHARES = (0.8, 0.1)  # training, validation; the rest is for the test (Zhou et al. 2024)


def split(addends: int, *, seed: int) -> dict[str, Int[Tensor, " n"]]:
    """The numbers a * addends + b of the pairs on the sides "train", "valid" and "test": 80, 10 and 10 percent.

    Raises ConfigError when a side would be empty.
    """
    count = addends * addends
    train, valid = (int(share * count) for share in SHARES)
    if min(train, valid, count - train - valid) < 1:
        raise ConfigError(f"addends is {addends}, expected enough for pairs on all three sides of the split")
    order = torch.randperm(count, generator=streams(seed, "split")["split"])
    sides = order.split([train, valid, count - train - valid])
    return {name: side.sort().values for name, side in zip(("train", "valid", "test"), sides, strict=True)}


def batches(
    sides: Sequence[Int[Tensor, " n"]], size: int, *, seeds: Sequence[int], epoch: int
) -> Iterator[Int[Tensor, "R m"]]:
    """The pair numbers of one epoch in batches of ``size``, the last one shorter; one order a replicate.

    The order depends on seed and epoch alone, so that a run can be resumed at the end of any epoch.
    """
    name = f"batches/{epoch}"
    orders = [
        side[torch.randperm(len(side), generator=streams(seed, name)[name])]
        for side, seed in zip(sides, seeds, strict=True)
    ]
    yield from torch.stack(orders).split(size, 1)
