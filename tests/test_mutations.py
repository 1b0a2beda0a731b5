"""Tidy changes make no recording stale, faults do: ``mutations/table.py`` prints both tables."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "mutations"))

import table
from changes import FAULTS, TIDY


@pytest.fixture(scope="module")
def before():
    return table.today()


def test_tidy_changes_are_silent(before):
    """All of them together; where this fails, the table says which."""
    assert len(TIDY) >= 10 and table.stale(TIDY, before, list(table.KINDS)) == {}


@pytest.mark.parametrize("fault", FAULTS, ids=[f.what for f in FAULTS])
def test_a_fault_is_named(before, fault):
    found = table.stale([fault], before, [fault.family])
    room = fault.file.removesuffix(".py").replace("/", ".")
    assert any(name.startswith(room) for name in found.get(fault.family, [])), found
