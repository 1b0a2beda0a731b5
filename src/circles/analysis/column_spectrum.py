"""The spectrum of one column of numbers against permutations: ``number_spectrum.spikes`` in one fast transform."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis.number_spectrum import Spikes


def spikes(
    column: Float[Tensor, "n 1"], among: Sequence[int], *, permutations: int = 1000, generator: torch.Generator
) -> Spikes:
    """Hold the energy of components k of Z_n of a column against the same values in random order.

    As ``number_spectrum.spikes``, which needs the products of all rows; a single column is transformed directly, all
    permutations at once.
    """
    values, chosen, n = (column - column.mean(0)).double().flatten(), torch.tensor(list(among)), len(column)
    orders = torch.stack([torch.randperm(n, generator=generator) for _ in range(permutations)])
    energy = torch.fft.rfft(torch.cat([values[None], values[orders]])).abs().square()[:, chosen] / n
    observed, controls = energy[0], energy[1:]
    most = controls.max(1).values
    return Spikes(
        chosen, observed / observed.median(), (1 + (controls >= observed).sum(0)) / (1 + permutations),
        (1 + (most[:, None] >= observed).sum(0)) / (1 + permutations), most / observed.median(),
    )  # fmt: skip
