"""Bands bite: what a net or data with nothing in it would be given fails the claim's band."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from circles import ledger
from circles.ledger.kinds import BAD

sys.path.insert(0, str(Path(__file__).parent))

PAPERS = ("hashimoto2023", "li2024", "nanda2023", "rey2020", "samareh2018", "zhou2024")
TABLES = {paper: importlib.import_module(f"nulls.{paper}") for paper in PAPERS}
ASKED = ("paper", "code")  # of an expectation of ours, its own text says what would fail it
PASSED = ("reproduced", "partly")


def rows(name: str) -> list[tuple[str, str]]:
    return [(paper, claim) for paper, table in TABLES.items() for claim in getattr(table, name, {})]


@pytest.mark.parametrize("paper, claim", rows("NULLS"))
def test_a_null_fails_the_band(paper, claim):
    what, value = TABLES[paper].NULLS[claim]
    found = value()
    assert ledger.paper(paper).claim(claim).judge(found) in BAD, f"{what}: {found}"


@pytest.mark.parametrize("paper, claim", rows("ANY"))
def test_what_passes_a_weak_band_is_known(paper, claim):
    """A claim that a null passes too says little: it is named with the reason, until band or data are better."""
    what, value, why = TABLES[paper].ANY[claim]
    found = value()
    assert ledger.paper(paper).claim(claim).judge(found) in PASSED, f"{what}: {found}; no longer: {why}"


@pytest.mark.parametrize("paper", PAPERS)
def test_every_claim_that_passes_has_a_null_or_a_reason(paper):
    table, claims = TABLES[paper], ledger.paper(paper).claims
    known = {c.id for c in claims}
    assert set(table.NULLS) | set(table.NONE) <= known and not set(table.NULLS) & set(table.NONE)
    passed = {c.id for c in claims if c.kind in ASKED and c.verdict in PASSED}
    assert passed <= set(table.NULLS) | set(table.NONE)
    assert set(getattr(table, "ANY", {})) <= passed
