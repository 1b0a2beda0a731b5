"""The ledger's values of Li 2024's claims over seeds, from the table of ``measures``; none without enough seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from circles.foundations.errors import LedgerError
from circles.ledger import estimates, paper
from circles.ledger.estimates import Estimate
from circles.ledger.kinds import BAD
from circles.papers.li2024.measures import against_full, each
from circles.papers.li2024.net import BINARY, FULL, TERNARY
from circles.papers.li2024.training import EPOCHS, SEEDS

FEWEST = 3  # seeds of a kind: with fewer a median says little, and the claim stays "not run"
FEWEST_STARTS = 2  # seeds of a net between the two starts, for a first answer to which difference it is


def ends(rows: pd.DataFrame, kind: str) -> list[float]:
    """Test accuracy at the end, one value a seed."""
    return rows[rows["kind"] == kind].sort_values("seed")["accuracy"].tolist()


def slowest(rows: pd.DataFrame) -> dict[str, int]:
    """The checkpoint at which the last seed of each quantised kind first passed 99%; -1 when one never did."""
    found = {kind: rows[rows["kind"] == kind]["grokked"] for kind in (BINARY, TERNARY)}
    return {kind: int(epochs.max()) if (epochs >= 0).all() else -1 for kind, epochs in found.items()}


def with_seeds(column: str, rows: pd.DataFrame, live: Mapping[str, float]) -> dict[str, Estimate]:
    """By kind: the median of a column of ``measures`` over the recorded seeds, the live net held against them."""
    return {kind: estimates.few(rows[rows["kind"] == kind][column].tolist(), now) for kind, now in live.items()}


Value = Callable[[pd.DataFrame], Any]

VALUES: dict[str, tuple[tuple[str, ...], Value]] = {
    "binary-groks": ((BINARY,), lambda rows: ends(rows, BINARY)),
    "ternary-groks": ((TERNARY,), lambda rows: ends(rows, TERNARY)),
    "groks-within": ((BINARY, TERNARY), slowest),
    "final-loss": ((FULL, BINARY, TERNARY), lambda rows: against_full(rows, "train_loss", "ratio")),
    "embedding-sparse": ((BINARY, TERNARY), lambda rows: each(rows, "gini_rise")),
    "embedding-more-frequencies": (
        (FULL, BINARY, TERNARY), lambda rows: against_full(rows, "in_embedding", "difference"),
    ),
    "embedding-less-clean": ((FULL, BINARY, TERNARY), lambda rows: against_full(rows, "outside", "ratio")),
    "attention-periodic": ((BINARY, TERNARY), lambda rows: each(rows, "periodic_heads")),
    "attention-worth-little": ((BINARY,), lambda rows: float(rows[rows["kind"] == BINARY]["halved_accuracy"].min())),
    "neurons-periodic": ((BINARY, TERNARY), lambda rows: each(rows, "periodic_neurons")),
    "neurons-diagonal": ((BINARY, TERNARY), lambda rows: each(rows, "diagonal")),
    "logits-are-waves": ((BINARY, TERNARY), lambda rows: each(rows, "logit_variance")),
    "restricted-enough": ((BINARY, TERNARY), lambda rows: each(rows, "restricted_ratio")),
    "excluded-needed": ((BINARY, TERNARY), lambda rows: each(rows, "excluded_loss")),
    "not-more-discrete": (
        (FULL, BINARY, TERNARY), lambda rows: against_full(rows, "periodic_neurons", "difference"),
    ),
    "ends-survive": ((BINARY, TERNARY), lambda rows: each(rows, "accuracy")),
    "ends-logit-variance": ((BINARY, TERNARY), lambda rows: each(rows, "logit_variance")),
    "ends-circle-there": ((BINARY, TERNARY), lambda rows: each(rows, "restricted_loss")),
    "bits-logit-variance": (
        (BINARY, TERNARY, "2 bits", "4 bits", "8 bits", FULL),
        lambda rows: float(rows.groupby("kind")["logit_variance"].median().min()),
    ),
    "bits-frequencies": (
        (BINARY, FULL), lambda rows: against_full(rows, "frequencies", "difference")[BINARY],
    ),
}  # fmt: skip


# What the paper claims or leaves open is asked twice: of nets that start as Chapter 2's do, and of nets that start as
# the released code's do, under the same name with this in front. The formula is the same.
RELEASED = "released-"
ASKED_AGAIN = (
    "groks-within", "binary-groks", "ternary-groks", "final-loss", "embedding-sparse", "embedding-more-frequencies",
    "embedding-less-clean", "attention-periodic", "neurons-periodic", "neurons-diagonal", "logits-are-waves",
    "restricted-enough", "excluded-needed", "not-more-discrete", "ends-survive", "ends-logit-variance",
    "ends-circle-there", "bits-logit-variance", "bits-frequencies",
)  # fmt: skip
VALUES |= {RELEASED + name: VALUES[name] for name in ASKED_AGAIN}


def later(between: Mapping[str, pd.DataFrame], usual: pd.DataFrame) -> tuple[dict[str, float], ...]:
    """By start: how many epochs later a binary net groks than from the usual start, median over the seeds of both.

    ``between`` and ``usual`` are tables of ``measures``; a net that never groks counts as grokking at the last epoch.
    Nothing, when a start has fewer than ``FEWEST_STARTS`` seeds.
    """
    found = {}
    for start, rows in between.items():
        both = usual[usual["kind"] == BINARY].merge(rows, on=["kind", "seed"]) if len(rows) else rows
        if len(both) < FEWEST_STARTS:
            return ()
        then, now = (both[side].where(both[side] >= 0, EPOCHS) for side in ("grokked_x", "grokked_y"))
        found[start] = float((now - then).median())
    return (found,)


# Of these claims the value is the least median over kinds: a kind of which every seed is there can fail it alone.
LEAST = {"bits-logit-variance": "logit_variance", RELEASED + "bits-logit-variance": "logit_variance"}


def seeds(rows: pd.DataFrame) -> dict[str, int]:
    """How many seeds of each kind the table holds."""
    return {str(kind): int(number) for kind, number in rows.groupby("kind", sort=False)["seed"].nunique().items()}


def surely_failed(claim: str, rows: pd.DataFrame) -> tuple[float, ...]:
    """The least median of the kinds of which every seed is there, when that fails the claim; else nothing.

    Seeds that are missing elsewhere can only lower the least.
    """
    measure, held = LEAST[claim], seeds(rows) if len(rows) else {}
    whole = [kind for kind in VALUES[claim][0] if held.get(kind, 0) >= len(SEEDS)]
    if not whole:
        return ()
    least = min(each(rows, measure, whole).values())
    return (least,) if paper("li2024").claim(claim).judge(least) in BAD else ()


def value(claim: str, rows: pd.DataFrame) -> tuple[Any, ...]:
    """What ``ledger.check`` is given beside the claim's name: its value, or nothing when seeds are missing.

    Nothing, when a kind that the claim speaks of has fewer than ``FEWEST`` seeds in the table, unless the others
    have failed it whatever that kind will say. Raises LedgerError for a claim that is not one over seeds.
    """
    if claim not in VALUES:
        raise LedgerError(f"{claim!r} is no claim over seeds, expected one of {', '.join(VALUES)}")
    kinds, found = VALUES[claim]
    held = seeds(rows) if len(rows) else {}
    if all(held.get(kind, 0) >= FEWEST for kind in kinds):
        return (found(rows),)
    return surely_failed(claim, rows) if claim in LEAST else ()
