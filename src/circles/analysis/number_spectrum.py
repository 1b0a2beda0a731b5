"""The Fourier spectrum of number embeddings, and which of its components chance would not give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.analysis import paper_waves
from circles.foundations import fourier


def norms(rows: Float[Tensor, "n d"]) -> Float[Tensor, " components"]:
    """The norm over all dimensions of each component k = 0 ... n//2 of the DFT of Z_n, columns centred; float64."""
    centred = rows.double() - rows.double().mean(0)
    return fourier.bands(fourier.transform(centred, 0), 0).norm(dim=1)


def paper_norms(rows: Float[Tensor, "p d"]) -> Float[Tensor, " components"]:
    """The same in the paper's waves of period (p - 1)/k on the numbers 0 ... p-1. Source: Zhou et al. 2024."""
    centred = rows.double() - rows.double().mean(0)
    return fourier.bands(paper_waves.transform(centred, 0), 0).norm(dim=1)


def largest(norms: Float[Tensor, " components"], among: Sequence[int], count: int = 4) -> list[int]:
    """The components with the largest norms among these, the largest first."""
    chosen = torch.tensor(among)
    return chosen[norms[chosen].argsort(descending=True)[:count]].tolist()


def shares(rows: Float[Tensor, "n d"], groups: dict[str, Sequence[int]]) -> dict[str, float]:
    """The share of each group of components in the centred embeddings' energy, and that of all other ones as "rest"."""
    energy = norms(rows).square()
    found = {name: (energy[list(group)].sum() / energy[1:].sum()).item() for name, group in groups.items()}
    return found | {"rest": 1 - sum(found.values())}


def without(rows: Float[Tensor, "n d"], components: Sequence[int]) -> Float[Tensor, "n d"]:
    """The embeddings with these components of the exact DFT of Z_n taken away; everything else stays as it is."""
    gone = torch.isin(fourier.frequencies(rows.shape[0]), torch.tensor(list(components), dtype=torch.long))
    waves = fourier.basis(rows.shape[0], dtype=rows.dtype)[gone]
    return rows - waves.mT @ (waves @ rows)


@dataclass(frozen=True, eq=False)
class Spikes:
    """Each component of ``components`` against embeddings whose numbers are permuted.

    ``size``: its energy a wave (period 2 has one, others have two), over a median, see ``spikes``. ``p_value``
    asks of the component alone, ``corrected`` of the largest of all: (1 + controls as large) / (1 + controls).
    """

    components: Int[Tensor, " k"]
    size: Float[Tensor, " k"]
    p_value: Float[Tensor, " k"]
    corrected: Float[Tensor, " k"]
    largest_controls: Float[Tensor, " controls"]

    def found(self, level: float = 0.05) -> list[int]:
        """The components whose corrected p-value is at most ``level``."""
        return self.components[self.corrected <= level].tolist()


def spikes(
    rows: Float[Tensor, "n d"], among: Sequence[int], *, permutations: int = 1000, generator: torch.Generator,
    beside: int = 0,
) -> Spikes:  # fmt: skip
    """Hold the energy of components k of Z_n against the same vectors in random order.

    Under a permutation every component expects the same energy a wave, so the control for the largest of several is the
    largest of as many: that corrects for asking many at once, whatever their dependence. Where the energy falls
    steeply with the frequency, as on a smooth curve through the numbers, a permutation spreads that fall over all
    components and nothing stands out. With ``beside`` a component is therefore measured over the median of so many on
    each side of it, and the permuted ones alike.
    """
    centred = rows.double() - rows.double().mean(0)
    chosen, n = torch.tensor(list(among)), rows.shape[0]
    products = centred @ centred.mT

    def sizes(order: Tensor) -> Tensor:
        if not beside:
            return _energy(products, order, chosen)
        every = _energy(products, order, torch.arange(1, n // 2 + 1))
        return (every / _median_beside(every, beside))[chosen - 1]

    observed = sizes(torch.arange(n))
    draws = (torch.randperm(n, generator=generator) for _ in range(permutations))
    controls = torch.stack([sizes(order) for order in draws])
    most, unit = controls.max(1).values, 1 if beside else observed.median()
    return Spikes(
        chosen, observed / unit, (1 + (controls >= observed).sum(0)) / (1 + permutations),
        (1 + (most[:, None] >= observed).sum(0)) / (1 + permutations), most / unit,
    )  # fmt: skip


def _median_beside(energy: Float[Tensor, " components"], beside: int) -> Float[Tensor, " components"]:
    """The median of so many components on each side of each, fewer at the ends; without the component itself."""
    windows = torch.nn.functional.pad(energy, (beside, beside), value=torch.nan).unfold(0, 2 * beside + 1, 1)
    return torch.cat([windows[:, :beside], windows[:, beside + 1 :]], 1).nanmedian(1).values


def _energy(products: Tensor, order: Tensor, chosen: Tensor) -> Tensor:
    """Energy a wave of these components of Z_n when the numbers stand in this order; ``products`` is X X^T.

    |FFT(X)|^2 summed over dimensions is the FFT of the autocorrelation sum_n x_n . x_{n+m}, which needs products only.
    Over n it is half the energy of the orthonormal cos and sin together, and all of it for the one wave k = n/2.
    """
    n = len(order)
    steps = (torch.arange(n) + torch.arange(n).unsqueeze(1)) % n  # row m: the numbers n + m
    correlation = products.flatten()[order[steps] + n * order].sum(1)
    return torch.fft.rfft(correlation).real[chosen] / n
