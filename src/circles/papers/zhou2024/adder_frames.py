"""One fine-tuned adder taken apart: frames and numbers of a recorded ``AdderInside``, beside the paper's Table 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from circles.analysis import paper_waves
from circles.papers.zhou2024 import adder_patches, adder_table
from circles.papers.zhou2024.adder_table import KINDS, NEAR, WAYS
from circles.papers.zhou2024.adder_waves import READINGS
from circles.papers.zhou2024.number_models import Found
from circles.papers.zhou2024.number_waves import PAPER_PERIODS
from circles.training.runs import Run

PAPER_TABLE_1 = {  # validation accuracy of the fine-tuned GPT-2-XL
    "nothing": 0.9974,
    "low, attention and MLP": 0.0594,
    "low, attention": 0.9912,
    "low, MLP": 0.3589,
    "high, attention and MLP": 0.2708,
    "high, attention": 0.7836,
    "high, MLP": 0.9810,
}
LEVEL = 0.05  # of a period's p-value against turned outputs
MODULES = ("attention", "MLP")
NAMES = {"pretrained": "pre-trained", "random": "random weights", "rows-frozen": "pre-trained rows, frozen",
         "random-frozen": "random rows, frozen", "rows-trained": "pre-trained rows, trained",
         "body": "pre-trained but for the rows"}  # fmt: skip
TABLES = {"whole": "the whole table", "no-spikes": "without the four spikes", "low": "the low band alone",
          "high": "the high band alone", "moved": "the low band and the spikes, moved"}  # fmt: skip
ORDERS = {"bare": "chance, once for all", "sorted": "the smaller number", "either": "either, anew every epoch",
          "templates": "chance, in the paper's templates"}  # fmt: skip
SOUGHT = {"numbers": "the numbers", "vocabulary": "all tokens"}
PRECISIONS = {False: "single precision", True: "half precision"}
WORDS = {0: "exact", 2: "within 2", 10: "within 10"}
EXCHANGED = {"the last digit's five": "last digit's waves", "low": "slow waves"}
CHANCE = ": random instead"
PANELS = [waves + who for waves in EXCHANGED.values() for who in ("", CHANCE)]
PAPERS = next(iter(WAYS))
FAR = 20  # an exchange is asked about size only where the sums are this far apart
RIVALS = ("as many random directions", "as many of the number rows")  # the words for KINDS, short for a legend


def spikes_left(found: Mapping[str, Mapping[str, Sequence[Found]]]) -> pd.DataFrame:
    """Which of the last digit's periods stand out in a net's number rows: a row a net, from the spectra by nets."""
    rows = [
        (f"sums to {nets}, {NAMES[mode]}", seed, of.above_chance())
        for nets, by_mode in found.items() for mode, of_mode in by_mode.items() for seed, of in enumerate(of_mode)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["net", "seed", "above chance"]).set_index(["net", "seed"])


def curves(found: Sequence[Run]) -> pd.DataFrame:
    """Accuracy on the test pairs by epoch, a panel for exact and one for within 10: net, seed, epoch, panel, value."""
    parts = [
        pd.DataFrame({"net": _net(run), "seed": run.config.seed, "epoch": run.measures["epoch"].tolist(),
                      "panel": panel, "value": run.measures[f"test {panel.replace(' ', '_')}"].tolist()})
        for run in found for panel in ("exact", "within 10")
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def swept(found: Sequence[Run]) -> pd.DataFrame:
    """Exact answers on the validation pairs at the end: a row a mode in words, a column a rate."""
    return _at_the_end(found, "validation", "net", lambda config: NAMES[config.mode], "rate", lambda config: config.lr)


def by_loudness(found: Sequence[Run]) -> pd.DataFrame:
    """The same with a column for each standard deviation that the numbers' rows start with, in words."""
    wide = _at_the_end(
        found, "validation", "net", lambda config: NAMES[config.mode], "deviation", lambda config: config.deviation
    )
    return wide.rename(columns=lambda deviation: f"{deviation:g}" if deviation else "as they come")


def by_table(found: Mapping[str, Sequence[Run]]) -> pd.DataFrame:
    """A row a net, by the part of Whisper's waves that its table holds and by seed: how it ends and how it errs.

    Of the wrong test answers ``off by`` is the commonest error, ``so many`` its share.
    """
    rows = {}
    for table, runs in found.items():
        for run in runs:
            wrong = run.measures["errors"].long().abs()
            wrong = wrong[wrong != 0]
            commonest = int(wrong.mode().values) if len(wrong) else 0
            rows[TABLES[table], run.config.seed] = {
                "exact": float(run.measures["test exact"][-1]), "within 10": float(run.measures["test within_10"][-1]),
                "off by": commonest, "so many": _share(wrong == commonest, torch.ones_like(wrong, dtype=torch.bool)),
            }  # fmt: skip
    return pd.DataFrame(rows).T.rename_axis(["table", "seed"])


def ended(found: Sequence[Run]) -> pd.DataFrame:
    """Exact answers on the test pairs at the end: a row a mode in words, a column a seed."""
    return _ended(found, "net", lambda config: NAMES[config.mode])


def by_order(found: Sequence[Run]) -> pd.DataFrame:
    """The same with a row for each way in which the two numbers of a pair are ordered, in words."""
    return _ended(found, "first of a pair", lambda config: ORDERS[config.told])


def by_among(found: Sequence[Run]) -> pd.DataFrame:
    """The same with a row for the tokens among which the answer is sought, in words."""
    return _ended(found, "answer sought among", lambda config: SOUGHT[config.among])


def by_precision(found: Sequence[Run]) -> pd.DataFrame:
    """The same with a row for the precision of all products."""
    return _ended(found, "products in", lambda config: PRECISIONS[config.bfloat16])


def _ended(found: Sequence[Run], name: str, row: Callable[[Any], str]) -> pd.DataFrame:
    return _at_the_end(found, "test", name, row, "seed", lambda config: config.seed)


def _at_the_end(
    found: Sequence[Run], side: str, rows: str, row: Callable[[Any], Any], columns: str, column: Callable[[Any], Any]
) -> pd.DataFrame:
    """Exact answers of one side at the end, what ``row`` says of a net down and what ``column`` says across."""
    cells = [(row(run.config), column(run.config), float(run.measures[f"{side} exact"][-1])) for run in found]
    return pd.DataFrame(cells, columns=[rows, columns, side]).pivot(index=rows, columns=columns, values=side)


def _net(run: Run) -> str:
    return f"{NAMES[run.config.mode]}, sums to {2 * run.config.largest}"


class Look:
    """What was measured of one net; layers are counted from 1, the state before the first layer is 0."""

    def __init__(self, run: Run) -> None:
        self.run, self.found = run, run.measures
        self.numbers = 2 * run.config.largest + 1
        self.layers = self.found["module_waves"].shape[1]
        filtered = self.found["filter_errors"].shape[1]
        self.rows = list(adder_table.ROWS[:filtered])  # the high band's stand last, and only where they have room

    @property
    def accuracy(self) -> float:
        """The share of exact answers among the pairs that the net was not trained on."""
        return float((self.found["errors"] == 0).double().mean())

    def lens(self) -> pd.DataFrame:
        """The logit lens: layer, near, share."""
        shares = adder_table.near(self.found["lens_errors"].long())
        words = enumerate(WORDS.values())
        rows = [(layer, word, float(share[i])) for i, word in words for layer, share in enumerate(shares)]
        return pd.DataFrame(rows, columns=["layer", "near", "share"])

    def lens_in_order(self) -> bool:
        """Whether half of the answers are within 10 at an earlier layer than within 2, and there than exact."""
        half = self.lens()[lambda f: f["share"] >= 0.5].groupby("near")["layer"].min()
        first = [half.get(WORDS[near], math.inf) for near in reversed(NEAR)]
        return first[0] < first[1] < first[2] < math.inf

    def shares(self, row: str, way: str = PAPERS) -> dict[str, float]:
        """Exact, within 2 and within 10 when this row of Table 1 is filtered, in one of ``adder_table.WAYS``."""
        return dict(zip(WORDS.values(), adder_table.near(self._wrong(row, way)).tolist(), strict=True))

    def beyond_chance(self, row: str, *, near: str = "exact") -> float:
        """How much further this share falls than without as many random directions of the number rows, their median."""
        drawn = self.found["control_shares"][self.rows.index(row), KINDS.index(KINDS[1])]
        return float(drawn[:, list(WORDS.values()).index(near)].median()) - self.shares(row)[near]

    def table(self) -> pd.DataFrame:
        """Table 1, exact answers: ours, the paper's and each draw: row, who, seed, accuracy."""
        near, at = WORDS[0], list(WORDS).index(0)
        drawn = [
            (f"without {row}", kind, turn, float(share))
            for i, row in enumerate(self.rows)
            for j, kind in enumerate(RIVALS)
            for turn, share in enumerate(self.found["control_shares"][i, j, :, at])
        ]
        seed, whole = self.run.config.seed, float(adder_table.near(self.found["errors"].long())[at])
        ours = [(f"without {row}", "ours", seed, self.shares(row)[near]) for row in self.rows]
        paper = [(f"without {row}", "paper", None, PAPER_TABLE_1[row]) for row in self.rows]
        whole_nets = [("nothing", "ours", seed, whole), ("nothing", "paper", None, PAPER_TABLE_1["nothing"])]
        rows = [*whole_nets, *drawn, *ours, *paper]
        return pd.DataFrame(rows, columns=["row", "who", "seed", "accuracy"])

    def error_share(self, row: str, *, tens: bool = False, below: int = 0) -> float:
        """Of the errors when this is filtered, the share that are whole tens, or below this size; NaN without any."""
        wrong = self._wrong(row)
        size = wrong[wrong != 0].abs()
        hit = size % 10 == 0 if tens else size < below
        return float(hit.double().mean()) if len(size) else math.nan

    def modules(self, layer: int) -> pd.DataFrame:
        """The waves in the logits of one layer's attention and MLP: panel, component, period, size, spike."""
        rows = []
        for part, of_part in zip(MODULES, self.found["module_waves"][0, layer - 1].tolist(), strict=True):
            for k, size in enumerate(of_part, 1):
                period = paper_waves.period(self.numbers, k)
                rows.append((part, k, period, size, period in PAPER_PERIODS))
        return pd.DataFrame(rows, columns=["panel", "component", "period", "size", "spike"])

    def periods(self, reading: str = READINGS[0]) -> pd.DataFrame:
        """The paper's four periods: layer, part, period, size over the median high wave, by_chance, p_value."""
        rows, of = [], READINGS.index(reading)
        for layer in range(self.layers):
            for part, name in enumerate(MODULES):
                for period in PAPER_PERIODS:
                    at = of, layer, part, paper_waves.component(self.numbers, period) - 1
                    found = [float(self.found[f"module_waves{kind}"][at]) for kind in ("", "_turned", "_p")]
                    rows.append((layer + 1, name, period, *found))
        return pd.DataFrame(rows, columns=["layer", "part", "period", "size", "by_chance", "p_value"])

    def last_periods(self, reading: str = READINGS[0]) -> pd.DataFrame:
        """Of ``periods`` those of the last layer."""
        return self.periods(reading)[lambda found: found["layer"] == self.layers]

    def periods_beyond_chance(self) -> dict[str, int]:
        """By part of the last layer, how many of the four periods chance gives once in twenty at most."""
        parts = self.last_periods().groupby("part", sort=False)
        return {part: int((found["p_value"] <= LEVEL).sum()) for part, found in parts}

    def low_band(self) -> pd.DataFrame:
        """The low band's share of the squared sizes: layer, part, share, by_chance, p_value."""
        rows = [
            (layer + 1, name, *(float(self.found[f"module_low{of}"][0, layer, part]) for of in ("", "_turned", "_p")))
            for layer in range(self.layers)
            for part, name in enumerate(MODULES)
        ]
        return pd.DataFrame(rows, columns=["layer", "part", "share", "by_chance", "p_value"])

    def low_band_contrast(self) -> float:
        """The MLP's share in the low band less the attention's, in the last layer."""
        share = self.low_band().set_index(["layer", "part"])["share"]
        return float(share[self.layers, "MLP"] - share[self.layers, "attention"])

    def follows(self) -> pd.DataFrame:
        """What an exchange of waves after a layer does: layer, waves, who, digit, size, own_size, same.

        ``who`` are these waves or random directions. Shares of the answers that have the other's last digit, where that
        is another one; that come within 10 of the other's sum, and of their own, where the two are ``FAR`` apart at
        least; and that are the same as before.
        """
        own, other = self.found["answers"].long(), self.found["donors"].long()
        before = own + self.found["errors"].long()
        digit, apart = own % 10 != other % 10, (own - other).abs() >= FAR
        rows = []
        exchanged = self.found["patched"][:, adder_patches.KINDS.index("exchanged")].long()
        for layer, of_layer in enumerate(exchanged, 1):
            for waves, pair in zip(adder_patches.WAVES, of_layer, strict=True):
                for who, said in zip(("these waves", "random directions"), pair, strict=True):
                    rows.append((
                        layer, waves, who, _share(said % 10 == other % 10, digit),
                        _share((said - other).abs() <= 10, apart), _share((said - own).abs() <= 10, apart),
                        float((said == before).double().mean()),
                    ))  # fmt: skip
        return pd.DataFrame(rows, columns=["layer", "waves", "who", "digit", "size", "own_size", "same"])

    def _wrong(self, row: str, way: str = PAPERS) -> Tensor:
        return self.found["filter_errors"][[*WAYS].index(way), self.rows.index(row)].long()


def medians(looks: Sequence[Look], frame: Callable[[Look], pd.DataFrame], *by: str) -> pd.DataFrame:
    """One frame of several nets: the columns ``by`` tell its rows apart, all else is medians over the nets."""
    found = pd.concat([frame(look) for look in looks])
    return found.groupby([*by], sort=False, as_index=False, dropna=False).median(numeric_only=True)


def size_left(looks: Sequence[Look]) -> pd.DataFrame:
    """A row a net: its sums, its seed, its exact answers, and what is within 10 without the low band of each part."""
    nets = {
        "sums to": [look.numbers - 1 for look in looks],
        "seed": [look.run.config.seed for look in looks],
        "exact, whole": [look.accuracy for look in looks],
    }
    return pd.DataFrame(nets | {name: [look.shares(f"low, {name}")[WORDS[10]] for look in looks] for name in MODULES})


def beside(looks: Mapping[str, Sequence[Look]]) -> pd.DataFrame:
    """A row a net, by mode in words and seed: exact answers; of the four periods those that a part of its last layer
    writes beyond chance; and what is within 10 without each band that has room, by part.
    """
    rows = {}
    for mode, of_mode in looks.items():
        for look in of_mode:
            row = {"exact": look.accuracy}
            row |= {f"periods, {part}": float(count) for part, count in look.periods_beyond_chance().items()}
            row |= {f"without {name}": look.shares(name)[WORDS[10]] for name in look.rows if " and " not in name}
            rows[NAMES[mode], look.run.config.seed] = row
    return pd.DataFrame(rows).T.rename_axis(["net", "seed"])


def by_way(looks: Sequence[Look], near: str = WORDS[10]) -> pd.DataFrame:
    """What is that near without a band of a part, medians over nets: band, filter (``WAYS``), and a column a part."""
    bands = dict.fromkeys(row.partition(", ")[0] for row in looks[0].rows)
    rows = [
        (band, way, *(float(pd.Series([look.shares(f"{band}, {part}", way)[near] for look in looks]).median())
                      for part in MODULES))
        for band in bands for way in WAYS
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["band", "filter", *MODULES])


def beyond_chance(looks: Sequence[Look]) -> pd.DataFrame:
    """In how many nets a part of a layer writes a period more than chance does once in twenty: a column a period."""
    found = pd.concat([look.periods() for look in looks])
    found["nets"] = found["p_value"] <= LEVEL
    return found.pivot_table(index=["layer", "part"], columns="period", values="nets", aggfunc="sum", sort=False)


def by_reading(looks: Sequence[Look]) -> pd.DataFrame:
    """The four periods in the last layer, over the median high wave: part, read through, who, and a column a period.

    A row as the part writes and one with its outputs turned at random, for each of ``adder_waves.READINGS``.
    Medians over the nets.
    """
    parts = []
    for reading in READINGS:
        found = pd.concat([look.last_periods(reading) for look in looks])
        for who, column in (("as written", "size"), ("turned at random", "by_chance")):
            wide = found.pivot_table(index="part", columns="period", values=column, aggfunc="median", sort=False)
            parts.append(wide.reset_index().assign(**{"read through": reading, "who": who}))
    rows = pd.concat(parts).sort_values("part", key=lambda c: c.map(MODULES.index), kind="stable")
    return rows[["part", "read through", "who", *PAPER_PERIODS]].reset_index(drop=True)


def followed(looks: Sequence[Look]) -> pd.DataFrame:
    """What answers follow when waves are exchanged, medians over the nets: panel, layer, what, share.

    A panel for the last digit's waves, one for the low band, each beside as many random directions.
    """
    found = medians(looks, Look.follows, "layer", "waves", "who")
    found = found[found["waves"] != "period 10"]
    found["panel"] = found["waves"].map(EXCHANGED) + found["who"].map({"these waves": "", "random directions": CHANCE})
    words = {"digit": "the other's last digit", "size": "the other's size", "own_size": "their own size",
             "same": "as before"}
    long = found.rename(columns=words).melt(["panel", "layer"], list(words.values()), "what", "share")
    return long.sort_values(["panel", "layer"], key=lambda c: c.map(PANELS.index) if c.name == "panel" else c)


def _share(hit: Tensor, among: Tensor) -> float:
    return float(hit[among].double().mean()) if among.any() else math.nan
