"""Quantised nets before their first step, trained ones asked about other frequencies, and nets exchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd

from circles.analysis import progress
from circles.papers import li2024
from circles.papers.li2024 import claims, measures

UNTRAINED = "the nets before their first step, at every checkpoint"
OTHER_KEYS = "the trained nets, asked about as many frequencies that they do not use"
EXCHANGED = "the numbers of full precision and of the quantised nets exchanged"
KINDS = {"binary": li2024.BINARY, "ternary": li2024.TERNARY}


@cache
def untrained() -> pd.DataFrame:
    rows = []
    for kind, name in KINDS.items():
        run = li2024.recorded(kind)[li2024.SHOWN_SEED]
        first = type(run.config).initial([run.config])
        found = run.config.measure({0: first, run.config.epochs: first})
        row = measures.row(li2024.Net(replace(run, weights=first, measures=found)))
        rows += [{"kind": name, "seed": seed} | row for seed in range(claims.FEWEST)]
    return pd.DataFrame(rows)


@cache
def other_keys() -> dict[str, tuple[float, float]]:
    """By kind: restricted loss over test loss, and excluded loss, of frequencies that the embedding does not hold."""
    found = {}
    for kind, name in KINDS.items():
        net = li2024.Net(li2024.recorded(kind)[li2024.SHOWN_SEED])
        used = {*net.keys, *net.three_rules["embedding"]}
        free = tuple(k for k in range(1, net.p // 2 + 1) if k not in used)[: len(net.keys)]
        restricted = progress.restricted_loss(net.logits, free, net.test) / net.loss
        found[name] = restricted, progress.excluded_loss(net.logits, free, net.train)
    return found


@cache
def usual() -> pd.DataFrame:
    return measures.table(li2024.every())


def _untrained(name: str) -> Callable[[], Any]:
    return lambda: claims.VALUES[name][1](untrained())


def _exchanged(name: str) -> Callable[[], Any]:
    """Full precision takes a kind's place, and the kind that of full precision, one kind at a time."""

    def value() -> dict[str, float]:
        found = {}
        for kind in KINDS.values():
            swapped = usual().replace({"kind": {li2024.FULL: kind, kind: li2024.FULL}})
            found[kind] = claims.VALUES[name][1](swapped)[kind]
        return found

    return value


SAME = {
    "binary-groks": (UNTRAINED, _untrained("binary-groks")),
    "ternary-groks": (UNTRAINED, _untrained("ternary-groks")),
    "groks-within": (UNTRAINED, _untrained("groks-within")),
    "final-loss": (EXCHANGED, _exchanged("final-loss")),
    "embedding-sparse": (UNTRAINED, _untrained("embedding-sparse")),
    "embedding-less-clean": (EXCHANGED, _exchanged("embedding-less-clean")),
    "attention-periodic": (UNTRAINED, _untrained("attention-periodic")),
    "neurons-periodic": (UNTRAINED, _untrained("neurons-periodic")),
    "neurons-diagonal": (UNTRAINED, _untrained("neurons-diagonal")),
    "logits-are-waves": (UNTRAINED, _untrained("logits-are-waves")),
    "restricted-enough": (OTHER_KEYS, lambda: {kind: ratio for kind, (ratio, _) in other_keys().items()}),
    "excluded-needed": (OTHER_KEYS, lambda: {kind: loss for kind, (_, loss) in other_keys().items()}),
}
# From either start a claim is judged by the same formula and band, so the same null stands for both.
NULLS = SAME | {f"{claims.RELEASED}{name}": null for name, null in SAME.items()} | {
    "quantized-live-groks": (UNTRAINED, _untrained("groks-within")),
}  # fmt: skip

NONE = {
    "not-more-discrete": "the claim is that there is no difference: a null passes it by what it says",
    "released-not-more-discrete": "the claim is that there is no difference: a null passes it by what it says",
    "embedding-more-frequencies": "an untrained net has every frequency in its embedding, whatever its weights' values",
    "released-embedding-more-frequencies": "as embedding-more-frequencies",
}
