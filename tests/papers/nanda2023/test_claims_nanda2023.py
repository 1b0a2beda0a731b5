"""The claims about one net, asked of every seed: the same questions as the chapter's checks."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from circles import ledger
from circles.figures import grokking as figures
from circles.figures.frames import FigureError
from circles.papers.nanda2023 import claims


def test_the_table_asks_every_live_claim_about_one_net():
    live = {claim.id for claim in ledger.paper("nanda2023").claims if claim.tier == "live"}
    assert set(claims.VALUES) == live


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        (1, "a", "reproduced", "1"), (1, "b", "partly", "2"),
        (2, "a", "reproduced", "1"), (2, "b", "not reproduced", "3"),
        (4, "a", "reproduced", "1"), (4, "b", "partly", "2"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["seed", "claim", "verdict", "ours"])


def test_agreement_counts_the_other_seeds_only(table):
    assert claims.agreement(table, 1) == 0.75
    assert claims.agreement(table, 2) == 0.5


def test_claims_with_one_verdict_in_all_seeds_are_counted(table):
    assert claims.undivided(table) == (1, 2)


def test_the_grid_says_in_words_what_each_seed_earns(table):
    text = figures.verdict_grid(table).alt
    assert text.startswith(
        "2 claims, a column a seed. seed 1: 1 reproduced, 1 partly; seed 2: 1 reproduced, 1 not reproduced;"
    )
    with pytest.raises(FigureError, match="no column 'verdict'"):
        figures.verdict_grid(table.drop(columns="verdict"))


def test_a_verdict_that_is_not_the_ledgers_is_counted(table):
    class Book:
        def claim(self, id: str) -> SimpleNamespace:
            return SimpleNamespace(verdict="reproduced")

    assert claims.as_in(table, Book(), 1) == (1, 2)
    assert claims.as_in(table, Book(), 4) == (1, 2)


def test_the_longer_run_of_a_seed_counts_and_a_median_is_over_nets():
    def net(*accuracy: float) -> SimpleNamespace:
        return SimpleNamespace(curves={"test_accuracy": list(accuracy)}, wl_residual=accuracy[-1])

    short, long = {1: net(0.1, 1.0, 0.9), 0: net(0.1, 0.2)}, {0: net(0.5, 0.995, 0.99)}
    assert claims.best(short, long) == [0.995, 1.0]
    assert claims.best(short, {}) == [0.2, 1.0]
    assert claims.median("wl-residual", [net(0.3), net(0.1), net(0.2)]).value == 0.2
