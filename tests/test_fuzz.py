"""Every reader of foreign files against inputs that Hypothesis makes: the same each time, some twenty seconds.

``PYTHONPATH=tests python -m fuzz 60`` explores others for an hour.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fuzz.__main__ import tried
from fuzz.readers import READERS

TRIES = 20  # of a reader with a share of one
SECONDS = 120.0  # for all of them, on whatever machine
LONGEST = 30.0  # seconds for one input, on a busy machine


@pytest.mark.parametrize("kind", READERS)
def test_what_nobody_meant_is_read_or_refused_in_one_line(kind):
    whole = sum(reader.share for reader in READERS.values())
    share = READERS[kind].share
    found = tried(READERS[kind], SECONDS * share / whole, most=round(TRIES * share))
    assert not found["raised"], found["raised"][0]
    assert found["tries"] > 0
    assert found["longest"] < LONGEST
