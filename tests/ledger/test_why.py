"""Estimates typed in the ledger's ``why``: each is one that the claim's badge shows, and each badge's is named."""

import re

import pytest

from circles.ledger import checks

NUMBER = r"-?\d[\d.]*(?:e[+-]\d+)?"
TYPED = re.compile(rf"({NUMBER}) \+- ({NUMBER})(?: \((\d+) (\w+)\))?")
SHOWN = re.compile(rf"({NUMBER}) ± ({NUMBER}) \((\d+) (\w+); live ")
CLAIMS = {claim.name: claim for paper in checks.papers() for claim in paper.claims}


def typed(why: str) -> set[tuple[str, ...]]:
    """(value, error, number, of what) of each phrase such as "0.73 +- 0.04 (100 nets)"."""
    return {found.groups() for found in TYPED.finditer(why)}


def shown(ours: str) -> set[tuple[str, ...]]:
    return {found.groups() for found in SHOWN.finditer(ours)}


def test_phrases_are_found():
    assert typed("wine 1.5 +- 0.1 (120 draws), -0.49 +- 0.005 (48 seeds), 2e+02 +- 3e-05 (7 nets).") == {
        ("1.5", "0.1", "120", "draws"), ("-0.49", "0.005", "48", "seeds"), ("2e+02", "3e-05", "7", "nets"),
    }  # fmt: skip
    assert typed("0.73 +- 0.04, of many") == {("0.73", "0.04", None, None)}  # which no badge shows
    assert shown("wine: 1.5 ± 0.1 (120 draws; live 1.4), moons: 0 ± 0.02 (9 pairs; live 0 of 3)") == {
        ("1.5", "0.1", "120", "draws"), ("0", "0.02", "9", "pairs"),
    }  # fmt: skip


ESTIMATED = [name for name, ours in checks.ours().items() if typed(CLAIMS[name].why) or shown(ours)]


@pytest.mark.parametrize("name", ESTIMATED)
def test_the_estimates_in_why_are_those_of_the_badge(name):
    """The badge as the chapter last showed it: ``ours.json``."""
    assert typed(CLAIMS[name].why) == shown(checks.ours()[name])
