"""From a claim to its page, cell, functions and ledger entry, and the places that it names are there."""

import re
from functools import cache
from pathlib import Path

import pytest

from circles import ledger
from circles.book import chapters, where
from circles.foundations.errors import LedgerError

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = [claim for paper in ledger.papers() for claim in paper.claims]


READ = cache(chapters.read)


@pytest.fixture(autouse=True)
def read_once(monkeypatch):
    monkeypatch.setattr(chapters, "read", READ)


@pytest.mark.parametrize("claim", CLAIMS[::12], ids=lambda claim: claim.name)
def test_each_place_of_a_claim_is_there(claim):
    found = where.where(claim.name)
    chapter, index, identity = re.search(r"cell      (\d+) of (\S+), id (\S+)", found).group(2, 1, 3)
    cell = READ(ROOT / chapter).cells[int(index)]
    assert cell.id == identity
    assert f'check("{claim.id}"' in cell.source
    for name, path, line in re.findall(r"function  (\S+)  (\S+):(\d+)", found):
        text = (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1 :]
        word = name.rpartition(".")[2]
        assert any(re.search(rf"\b(def|class) {word}\b", line) for line in text[:6])  # below its decorators
    path, line = re.search(r"ledger    (\S+):(\d+)", found).groups()
    assert (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1] == f'id = "{claim.id}"'


def test_names_of_a_notebook_lead_to_functions():
    found = where.where("nanda2023/wl-rank")
    assert "circles.papers.nanda2023.claims.of  src/circles/papers/nanda2023/claims.py:" in found
    assert "chapters/02_grokking.html" in found


def test_a_method_of_what_a_cell_made_is_found():
    assert "inside_frames.Inside.lens_rises  " in where.where("zhou2024/lens-rises")


def test_a_claim_that_no_cell_checks_is_named(monkeypatch):
    monkeypatch.setattr(chapters, "paths", lambda: [])
    with pytest.raises(LedgerError, match="no cell of the chapters checks nanda2023/wl-rank, expected one"):
        where.where("nanda2023/wl-rank")
