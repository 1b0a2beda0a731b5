"""A claim's statement is quoted alone, by ``python -m circles cite`` and in lists: none leans on its neighbour."""

from __future__ import annotations

import re

import pytest

from circles.ledger import checks
from circles.ledger.claims import read

LEANING = re.compile(  # SO(3) leans on nothing
    r"(the (same|others?|former|latter)|and|or|but|nor|neither|so|too|also|likewise|then|again|ahead|such|both|only"
    r"|it|its|they|them|their|this|that|these|those|there|here|none of (the|them|these))\b(?!\()",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(r"\bthe same (four|five|wrong|models|nets|sample)\b|\bbrings them\b", re.IGNORECASE)


@pytest.mark.parametrize("words", ["The same at 50 epochs", "And better: its lead", "It's so", "None of the four is",
                                   "the others", "Both give the same", "So it does"])  # fmt: skip
def test_what_leans_is_told(words):
    assert LEANING.match(words)


@pytest.mark.parametrize("words", ["Item by item", "Soft labels", "None is chance", "Norms are equal", "SO(3) in R^9"])
def test_another_word_does_not_lean(words):
    assert not LEANING.match(words)


@pytest.mark.parametrize("path", sorted(checks.FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_statement_stands_alone(path):
    leaning = {
        claim.id: claim.statement
        for claim in read(path)[1]
        if LEANING.match(claim.statement) or ELSEWHERE.search(claim.statement)
    }
    assert not leaning
