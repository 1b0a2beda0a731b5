"""One adding net taken apart: the frames and numbers of the chapter's look inside, beside the paper's Table 1."""

from __future__ import annotations

import math
from functools import cached_property

import pandas as pd
import torch
from torch import Tensor

from circles.analysis import filters, logit_components, paper_waves
from circles.foundations.streams import streams
from circles.models import decoder
from circles.models.decoder_spec import DecoderSpec
from circles.papers.zhou2024 import inside, inside_controls
from circles.training.runs import Run, Weights

PAPER_TABLE_1 = {  # validation accuracy of the fine-tuned GPT-2-XL
    "nothing": 0.9974,
    "low, attention and MLP": 0.0594,
    "low, attention": 0.9912,
    "low, MLP": 0.3589,
    "high, attention and MLP": 0.2708,
    "high, attention": 0.7836,
    "high, MLP": 0.9810,
}
PERIODS = (2.0, 2.5, 5.0, 10.0)
NEAR = {"exact": 0, "within 2": 2, "within 10": 10}
TOP = 5  # the components that the paper adds up
CONTROL = "as many random directions"
LEVEL = 0.05  # of a period's p-value against turned outputs
MODULES = ("attention", "MLP")


class Inside:
    """A finished ``RescueNet`` on all pairs that it was not trained on."""

    def __init__(self, run: Run) -> None:
        self.run, self.weights, self.spec = run, run.weights, run.config.spec
        self.a, self.b = run.config.held_out()

    @property
    def _asked(self) -> tuple[Weights, Tensor, Tensor, DecoderSpec]:
        return self.weights, self.a, self.b, self.spec

    @cached_property
    def found(self) -> dict[str, Tensor]:
        """All that ``inside`` measures, by name."""
        with torch.inference_mode():
            return {name: value for study in inside.STUDIES for name, value in study(*self._asked).items()}

    @cached_property
    def logits(self) -> Tensor:
        """[n N] the final logits of the numbers 0 ... N - 1."""
        with torch.inference_mode():
            return decoder.forward(*self._asked)[0, :, : self.spec.numbers - 1].double()

    def lens(self) -> pd.DataFrame:
        """The logit lens: layer (0: before the first), near, share."""
        sizes = self.found["lens_errors"].abs()
        rows = [
            (layer, near, float((size <= most).double().mean()))
            for near, most in NEAR.items()
            for layer, size in enumerate(sizes)
        ]
        return pd.DataFrame(rows, columns=["layer", "near", "share"])

    def lens_rises(self) -> bool:
        """Whether all three shares rise with every layer."""
        shares = self.lens().pivot(index="layer", columns="near", values="share").sort_index()
        return bool((shares.diff().dropna() > 0).all().all())

    @cached_property
    def accuracy(self) -> dict[str, float]:
        """Held-out accuracy by what the filters remove."""
        right = (self.found["filter_errors"] == 0).double().mean(1)
        return dict(zip(inside.FILTERS, right.tolist(), strict=True))

    def table(self) -> pd.DataFrame:
        """Table 1, ours, the paper's, and as many random directions (seed: the turn): row, who, seed, accuracy.

        The turns stand before the values that are held against them, so that a figure draws those on top.
        """
        ours = [(name, "ours", self.run.config.seed, value) for name, value in self.accuracy.items()]
        paper = [(name, "paper", None, value) for name, value in PAPER_TABLE_1.items()]
        turned = [(row, CONTROL, turn, value) for (row, turn), value in self.turned_filters.stack().items()]
        rows = [ours[0], paper[0], *turned, *ours[1:], *paper[1:]]
        found = pd.DataFrame(rows, columns=["row", "who", "seed", "accuracy"])
        return found.assign(row=found["row"].map(lambda row: row if row == "nothing" else f"without {row}"))

    def errors(self, row: str) -> Tensor:
        """The errors, right answers aside, when this is removed."""
        wrong = self.found["filter_errors"][inside.FILTERS.index(row)].long()
        return wrong[wrong != 0]

    def error_rows(self, *rows: str, most: int = 25) -> pd.DataFrame:
        """How often each error occurs when these are removed: net, error, share, wrong, for ``error_histograms``."""
        found = []
        for row in rows:
            wrong = self.errors(row).clamp(-most, most)
            for error, count in zip(*(x.tolist() for x in wrong.unique(return_counts=True)), strict=True):
                found.append((f"without {row}", error, count / len(wrong), len(wrong)))
        return pd.DataFrame(found, columns=["net", "error", "share", "wrong"])

    def share(self, row: str, *, tens: bool = False, below: int = 0) -> float:
        """Of the errors when this is removed, the share that are whole tens, or below this size; NaN without any."""
        return error_share(self.errors(row), tens=tens, below=below)

    def modules(self, layer: int) -> pd.DataFrame:
        """The waves in the logits of one layer's attention and MLP: panel, component, period, size, spike."""
        return module_waves(self.sizes[layer], self.spec.numbers)

    @cached_property
    def sizes(self) -> Tensor:
        """[layers 2 components] the waves of what attention and MLP write, over the median of each one's high waves."""
        return self._over_median(self.found["module_norms"].double())

    @cached_property
    def turned(self) -> Tensor:
        """[turns layers 2 components] ``sizes`` of the modules' outputs turned at random."""
        with torch.inference_mode():
            draws = streams(self.run.config.seed, "outputs")["outputs"]
            return self._over_median(inside_controls.turned_norms(*self._asked, generator=draws).double())

    def periods(self) -> pd.DataFrame:
        """The paper's four periods by layer and part: size over the median, the same by chance, p_value.

        By chance is the median over random turns of the outputs; the p-value is (1 + turns as large) / (1 + turns).
        """
        rows = []
        for layer in range(self.spec.depth):
            for part, name in enumerate(MODULES):
                for period in PERIODS:
                    at = layer, part, paper_waves.component(self.spec.numbers, period) - 1
                    rows.append((layer + 1, name, period, *_against(self.sizes[at], self.turned[:, *at])))
        return pd.DataFrame(rows, columns=["layer", "part", "period", "size", "by_chance", "p_value"])

    def periods_beyond_chance(self, layer: int) -> dict[str, int]:
        """By part of this layer, counted from 1, how many of the four periods chance gives once in twenty at most."""
        return beyond_chance(self.periods(), layer)

    def low_band(self) -> pd.DataFrame:
        """The low band's share of the squared sizes, constant aside: layer, part, share, by_chance, p_value.

        By chance and the p-value are those of ``periods``.
        """
        low = torch.tensor(paper_waves.low(self.spec.numbers)) - 1
        ours, turned = (
            sizes.square()[..., low].sum(-1) / sizes.square().sum(-1) for sizes in (self.sizes, self.turned)
        )
        rows = [
            (layer + 1, name, *_against(ours[layer, part], turned[:, layer, part]))
            for layer in range(self.spec.depth)
            for part, name in enumerate(MODULES)
        ]
        return pd.DataFrame(rows, columns=["layer", "part", "share", "by_chance", "p_value"])

    def low_band_contrast(self, layer: int) -> float:
        """The MLP's share in the low band less the attention's, in this layer, counted from 1."""
        return module_contrast(self.low_band(), layer)

    def _over_median(self, norms: Tensor) -> Tensor:
        high = torch.tensor(paper_waves.high(self.spec.numbers)) - 1
        return norms / norms[..., high].median(-1, keepdim=True).values

    def directions(self) -> dict[str, int]:
        """By band, how many directions the filter takes from what a module writes."""
        kept = {band: inside.projection(self.weights, self.spec, band).trace() for band in inside.BANDS}
        return {band: self.spec.width - round(float(trace)) for band, trace in kept.items()}

    @cached_property
    def turned_filters(self) -> pd.DataFrame:
        """Held-out accuracy with each filter turned at random: a row a filter, a column a turn."""
        with torch.inference_mode():
            draws = streams(self.run.config.seed, "filters")["filters"]
            found = inside_controls.turned_filters(*self._asked, generator=draws)
        return pd.DataFrame(found.numpy(), index=list(inside.FILTERS[1:]))

    def harm(self, row: str) -> float:
        """How much further accuracy falls without this band than without as many random directions, their median."""
        return float(self.turned_filters.loc[row].median() - self.accuracy[row])

    def named_by_top(self, most: int = TOP) -> float:
        """Of the answers that the net gets right, the share that the sum of the ``most`` largest waves names.

        Sums of N are left out: in waves of period N/k the numbers 0 and N are one.
        """
        answer, N = (self.a + self.b)[0], self.logits.shape[1]
        right = (self.found["filter_errors"][0] == 0) & (answer < N)
        named = logit_components.named_by_top(self.logits[right], answer[right], most)
        return float(named[:, -1].double().mean())

    def single_wave(self) -> dict[str, float]:
        """With period 2 alone the share of right parities; with the slowest wave alone the share of wrong answers."""
        answer, N = (self.a + self.b)[0], self.logits.shape[1]
        fast, slow = (filters.keep(self.logits, [k]).argmax(-1) - answer for k in (N // 2, 1))
        return {"parity": float((fast % 2 == 0).double().mean()), "wrong": float((slow != 0).double().mean())}


def error_share(errors: Tensor, *, tens: bool, below: int) -> float:
    """Of these errors, right answers aside, the share that are whole tens, or below this size; NaN without any."""
    size = errors.abs()
    hit = size % 10 == 0 if tens else size < below
    return float(hit.double().mean()) if len(size) else math.nan


def module_waves(sizes: Tensor, numbers: int) -> pd.DataFrame:
    """The waves of attention and MLP, sizes [2 components]: panel, component, period, size, spike."""
    rows = []
    for part, of_part in zip(MODULES, sizes.tolist(), strict=True):
        for k, size in enumerate(of_part, 1):
            period = paper_waves.period(numbers, k)
            rows.append((part, k, period, size, period in PERIODS))
    return pd.DataFrame(rows, columns=["panel", "component", "period", "size", "spike"])


def beyond_chance(periods: pd.DataFrame, layer: int) -> dict[str, int]:
    """By part of this layer, how many of these periods (layer, part, p_value) chance gives once in twenty at most."""
    last = periods[periods["layer"] == layer]
    return {part: int((found["p_value"] <= LEVEL).sum()) for part, found in last.groupby("part", sort=False)}


def module_contrast(low_band: pd.DataFrame, layer: int) -> float:
    """The MLP's share less the attention's, in this layer of such a frame (layer, part, share)."""
    share = low_band.set_index(["layer", "part"])["share"]
    return float(share[layer, "MLP"] - share[layer, "attention"])


def _against(ours: Tensor, turned: Tensor) -> tuple[float, float, float]:
    """Ours, the median of the turns, and (1 + turns as large) / (1 + turns)."""
    return float(ours), float(turned.median()), float((1 + (turned >= ours).sum()) / (1 + len(turned)))
