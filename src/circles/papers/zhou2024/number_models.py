"""One question of many embeddings: the spectrum of the numbers, what stands out of it, what can be read from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import column_spectrum, digit_probes, last_digit, number_spectrum, paper_waves
from circles.foundations import numbers
from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.papers.zhou2024 import number_counts, number_waves
from circles.papers.zhou2024.number_waves import NumberWaves
from circles.training import runs
from circles.training.computed import ComputedRun

MODELS = {
    "minilm": "MiniLM",
    "whisper-tiny": "Whisper tiny.en",
    "mpnet": "mpnet",
    "whisper-base": "Whisper base",
}
BLANKS = {"whisper-tiny-blank": "Whisper tiny.en, after a blank", "whisper-base-blank": "Whisper base, after a blank"}
COUNTS = {
    "counts": "counts in a text",
    "minilm-ranks": "BERT's words, by rank",
    "whisper-tiny-ranks": "GPT-2's tokens, by rank",
}
FLAT = {f"{name}-flat": f"{shown}, without size" for name, shown in COUNTS.items()}
NAMES = MODELS | BLANKS | COUNTS | FLAT
LARGEST = 520  # the paper's largest number


class Column(NumberWaves):
    """One value a number, such as the logarithm of a count; its spikes are found by one transform."""

    @cached_property
    def spikes(self) -> number_spectrum.Spikes:
        generator = streams(0, "permuted numbers")["permuted numbers"]
        return column_spectrum.spikes(
            self.rows[: self.N], self.high, permutations=number_waves.PERMUTATIONS, generator=generator
        )


def _waves(rows: Tensor, name: str = "") -> NumberWaves:
    return (Column if rows.shape[1] == 1 else NumberWaves)(rows, name)


@dataclass(frozen=True, kw_only=True)
class NumberModelRun(ComputedRun):
    """Everything that is asked of one model's number embeddings, or of one column of counts or ranks."""

    of: str = "minilm"

    family: ClassVar[str] = "number-models"

    def __post_init__(self) -> None:
        if self.of not in NAMES:
            raise ConfigError(f"of is {self.of!r}, expected one of {', '.join(NAMES)}")

    @property
    def name(self) -> str:
        return self.of

    def compute(self) -> dict[str, Tensor]:
        """Spectra in the paper's basis and the exact one, p-values as they are, levelled, without counts; probes."""
        net = waves(self.of)
        spikes = net.spikes
        paper, exact = list(net.norms.values())[:2]
        found = {
            "paper_norms": paper, "exact_norms": exact, "components": spikes.components, "size": spikes.size,
            "corrected": spikes.corrected, "limit": spikes.largest_controls.quantile(0.95),
            "tens_levelled": _corrected(number_waves.levelled(net, [0])),
            "fives_levelled": _corrected(number_waves.levelled(net, [0, 5])),
            "without_counts": _corrected(_waves(without(net.rows, number_counts.log_counts()[: net.p]))),
            "shares": torch.tensor(list(net.shares.values())),
        }  # fmt: skip
        generator = streams(0, "permuted labels")["permuted labels"]
        for probe in digit_probes.probes(net.rows[: net.N], generator=generator):
            found[f"probe_{probe.modulus}"] = torch.tensor(probe.accuracy)
            found[f"permuted_{probe.modulus}"] = probe.permuted
        return found


def waves(of: str) -> NumberWaves:
    """The numbers 0 ... N of this name, N the largest multiple of ten of which all are there, 520 at most.

    A "-flat" column has no low band. Counts fall steeply with size; left in, a permutation spreads that fall over all
    periods, and next to it no wave of a single column could stand out.
    """
    if of in FLAT:
        net = waves(of.removesuffix("-flat"))
        rows = number_spectrum.without(net.rows[: net.N].double(), paper_waves.low(net.p))
        return _waves(torch.cat([rows, rows[:1]]), NAMES[of])
    if of == "counts":
        rows = number_counts.log_counts()
    elif of.endswith("-ranks"):
        rows = number_counts.log_ranks(of.removesuffix("-ranks"))
    else:
        rows = numbers.load(of).rows
    return _waves(rows[: min(LARGEST, (len(rows) - 1) // 10 * 10) + 1], NAMES[of])


def without(rows: Float[Tensor, "p d"], column: Float[Tensor, "p 1"]) -> Float[Tensor, "p d"]:
    """The rows less what a line through this column tells of each dimension: least squares with a constant."""
    x = torch.cat([torch.ones_like(column), column], 1).double()
    return rows.double() - x @ torch.linalg.lstsq(x, rows.double()).solution


def _corrected(net: NumberWaves) -> Tensor:
    """The corrected p-values of the last digit's five periods, 10 first; 1 where there is nothing left to swing."""
    net = _waves(net.rows)
    at = {int(k): i for i, k in enumerate(net.spikes.components)}
    return torch.nan_to_num(net.spikes.corrected[[at[k] for k in last_digit.components(net.N)]], nan=1.0)


def every(seed: int) -> list[NumberModelRun]:
    """All of them; nothing here depends on the seed."""
    return [NumberModelRun(of=of) for of in NAMES]


def measured(names: Sequence[str] = tuple(MODELS)) -> dict[str, Found]:
    """What was found of these, by the names under which they are shown."""
    return {NAMES[of]: Found(of, runs.get(NumberModelRun(of=of)).measures) for of in names}


@dataclass(frozen=True, eq=False)
class Found:
    """The measures of one ``NumberModelRun``, asked as the chapter asks."""

    of: str
    measures: dict[str, Tensor]

    @property
    def N(self) -> int:
        return 2 * (len(self.measures["exact_norms"]) - 1)

    def largest(self, count: int = 4, *, basis: str = "paper") -> list[float]:
        """The periods of the largest high components in the "paper" or the "exact" basis, the largest first."""
        norms, high = self.measures[f"{basis}_norms"], torch.tensor(paper_waves.high(self.N + 1))
        return [round(self.N / int(k), 3) for k in high[norms[high].argsort(descending=True)[:count]]]

    def p_values(self, kind: str = "") -> dict[float, float]:
        """The corrected p-value of each of the last digit's periods; ``kind`` is a change, such as "fives_levelled"."""
        components = last_digit.components(self.N)
        if kind:
            found = self.measures[kind].tolist()
        else:
            at = {int(k): i for i, k in enumerate(self.measures["components"])}
            found = [float(self.measures["corrected"][at[k]]) for k in components]
        return {round(self.N / k, 3): p for k, p in zip(components, found, strict=True)}

    def above_chance(self, kind: str = "", level: float = 0.05) -> list[float]:
        """The last digit's periods whose p-value is at most ``level``, the longest first."""
        return [period for period, p in self.p_values(kind).items() if p <= level]

    def probe(self, modulus: int) -> digit_probes.Probe:
        return digit_probes.Probe(
            modulus, float(self.measures[f"probe_{modulus}"]), self.measures[f"permuted_{modulus}"]
        )


def frame(found: dict[str, Found]) -> pd.DataFrame:
    """A row a high component: of, N, component, period, size (energy a wave over the median), p, limit, digit."""
    rows = []
    for name, one in found.items():
        digits = last_digit.components(one.N)
        m = one.measures
        rows += [
            (name, one.N, int(k), one.N / int(k), float(size), float(p), float(m["limit"]), int(k) in digits)
            for k, size, p in zip(m["components"], m["size"], m["corrected"], strict=True)
        ]
    return pd.DataFrame(rows, columns=["of", "N", "component", "period", "size", "p", "limit", "digit"])


def probe_frame(found: dict[str, Found]) -> pd.DataFrame:
    """A row a model and modulus: of, modulus, accuracy, chance (the median with permuted labels), p."""
    rows = [
        (name, m, probe.accuracy, float(probe.permuted.median()), probe.p_value)
        for name, one in found.items() for m in digit_probes.MODULI for probe in [one.probe(m)]
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["of", "modulus", "accuracy", "chance", "p"])
