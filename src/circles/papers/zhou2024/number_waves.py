"""The spectrum of number embeddings, its spikes, the last digit in them; and the frames of their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import last_digit, number_spectrum, paper_waves
from circles.foundations.errors import ShapeError
from circles.foundations.streams import streams

PAPER_PERIODS = (2.0, 2.5, 5.0, 10.0)  # Zhou et al. 2024: the outliers of GPT-2-XL, GPT-2, RoBERTa, Phi-2
PERMUTATIONS = 1000


@dataclass(frozen=True, eq=False)
class NumberWaves:
    """The embeddings of 0 ... p-1 with N = p - 1 a multiple of ten, so that 2, 2.5, 5 and 10 are periods of Z_N.

    Raises ShapeError for other p.
    """

    rows: Float[Tensor, "p d"]
    name: str = ""

    def __post_init__(self) -> None:
        if self.N < 20 or self.N % 10:
            raise ShapeError(f"{self.p} numbers, expected one more than a multiple of ten, 21 at least")

    @property
    def p(self) -> int:
        return self.rows.shape[0]

    @property
    def N(self) -> int:
        return self.p - 1

    @property
    def high(self) -> list[int]:
        return paper_waves.high(self.p)

    @property
    def spike_components(self) -> list[int]:
        """The components of the paper's four periods."""
        return [paper_waves.component(self.p, period) for period in PAPER_PERIODS]

    @cached_property
    def norms(self) -> dict[str, Float[Tensor, " components"]]:
        """By basis: the paper's waves on p numbers, the exact ones of Z_N, and of Z_p, where ten divides nothing."""
        return {
            f"the paper's, {self.p} numbers": number_spectrum.paper_norms(self.rows),
            f"exact, {self.N} numbers": number_spectrum.norms(self.rows[: self.N]),
            f"exact, {self.p} numbers": number_spectrum.norms(self.rows),
        }

    def largest_periods(self, basis: str, count: int = 4) -> list[float]:
        """The periods of the largest high-frequency components in a basis of ``norms``, the shortest first."""
        found = number_spectrum.largest(self.norms[basis], self.high, count)
        n = self.p if basis == f"exact, {self.p} numbers" else self.N
        return sorted(round(n / k, 3) for k in found)

    @cached_property
    def spikes(self) -> number_spectrum.Spikes:
        """The high components against permuted numbers, from a stream of their own."""
        generator = streams(0, "permuted numbers")["permuted numbers"]
        return number_spectrum.spikes(self.rows[: self.N], self.high, permutations=PERMUTATIONS, generator=generator)

    def found_periods(self, level: float = 0.05) -> list[float]:
        """The periods whose corrected p-value is at most ``level``, the shortest first."""
        return sorted(self.N / k for k in self.spikes.found(level))

    @property
    def p_values(self) -> dict[str, float]:
        """The corrected p-value of each of the paper's periods."""
        at = {int(k): i for i, k in enumerate(self.spikes.components)}
        return {
            f"{period:g}": self.spikes.corrected[at[k]].item()
            for period, k in zip(PAPER_PERIODS, self.spike_components, strict=True)
        }

    @property
    def shares(self) -> dict[str, float]:
        """Energy of the centred embeddings: low band, the four spikes, the fifth period of the last digit, the rest."""
        fifth = [k for k in last_digit.components(self.N) if k not in self.spike_components]
        groups = {"low frequencies": paper_waves.low(self.p), "periods 2, 2.5, 5, 10": self.spike_components}
        return number_spectrum.shares(self.rows[: self.N], groups | {"period 10/3": fifth})

    def without_last_digit(self) -> Float[Tensor, "N d"]:
        """The embeddings with all five periods of the last digit taken away."""
        return number_spectrum.without(self.rows[: self.N].double(), last_digit.components(self.N))

    def digit_accuracy(self) -> float:
        """The share of held-out numbers whose last digit is read from the seven directions of the four spikes."""
        return last_digit.accuracy(self.rows[: self.N], PAPER_PERIODS)

    def digit_accuracy_permuted(self) -> float:
        """The same when the numbers are permuted: what seven directions read by chance."""
        generator = streams(0, "permuted digits")["permuted digits"]
        return last_digit.accuracy(self.rows[torch.randperm(self.N, generator=generator)], PAPER_PERIODS)


def levelled(net: NumberWaves, digits: Sequence[int]) -> NumberWaves:
    """The same embeddings with the numbers that end in these digits levelled to the others of their tens."""
    rows = last_digit.levelled(net.rows[: net.N].double(), digits)
    ends = " or ".join(map(str, digits))
    return NumberWaves(torch.cat([rows, net.rows[net.N :].double()]), f"numbers on {ends} levelled")


def spectra(*nets: NumberWaves, basis: str = "") -> pd.DataFrame:
    """A row a component: panel, component, period, size (norm over the high band's median), spike.

    One net in all its bases, or several nets in the one ``basis`` whose name begins so.
    """
    rows = []
    for net in nets:
        for label, norms in net.norms.items():
            if basis and not label.startswith(basis):
                continue
            n = net.p if label == f"exact, {net.p} numbers" else net.N
            near = {min(net.high, key=lambda k, t=t, n=n: abs(n / k - t)) for t in PAPER_PERIODS}
            median = norms[net.high].median()
            rows += [
                (net.name if basis else label, k, n / k, (norms[k] / median).item(), k in near)
                for k in range(1, len(norms))
            ]
    return pd.DataFrame(rows, columns=["panel", "component", "period", "size", "spike"])


def permuted(net: NumberWaves) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each high component's energy over the median, and the largest of each permutation."""
    found = net.spikes
    sizes = pd.DataFrame({
        "component": found.components.tolist(), "period": [net.N / int(k) for k in found.components],
        "size": found.size.tolist(), "spike": [int(k) in net.spike_components for k in found.components],
    })  # fmt: skip
    return sizes, pd.DataFrame({"largest": found.largest_controls.tolist()})


def wheel(net: NumberWaves) -> pd.DataFrame:
    """Held-out numbers in the plane of each period, found from the others: number, digit, period, x, y.

    From each number the mean of its ten (20 to 29, say) is taken away. The tens whose digit is even give the
    directions, those whose digit is odd are shown, in units of the mean distance from the origin.
    """
    numbers = torch.arange(net.N)
    tens = net.rows[: net.N].double().unflatten(0, (-1, 10))
    rows = (tens - tens.mean(1, keepdim=True)).flatten(0, 1)
    shown = (numbers // 10) % 2 == 1
    fit, held = numbers[~shown], numbers[shown]
    frames = []
    for period in (10.0, 5.0, 2.5):
        at = rows[held] @ last_digit.planes(rows[fit], fit, [period])
        at = at / at.norm(dim=1).mean()
        named = {"number": held.tolist(), "digit": (held % 10).tolist(), "period": period}
        frames.append(pd.DataFrame(named | {"x": at[:, 0].tolist(), "y": at[:, 1].tolist()}))
    return pd.concat(frames)


def left_over(net: NumberWaves) -> pd.DataFrame:
    """The first two principal components of what is left without the last digit's periods: number, digits, x, y."""
    rows = net.without_last_digit()
    u, s, _ = torch.linalg.svd(rows - rows.mean(0), full_matrices=False)
    u = u * torch.where(u[-1] >= u[0], 1.0, -1.0)  # the largest number right of and above 0
    digits = [len(str(n)) for n in range(net.N)]
    x, y = (u[:, :2] * s[:2]).T.tolist()
    return pd.DataFrame({"number": range(net.N), "digits": digits, "x": x, "y": y})
