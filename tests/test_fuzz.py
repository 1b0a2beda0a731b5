"""Every reader of foreign files against inputs that Hypothesis makes, where ``CIRCLES_FUZZ_SECONDS`` gives it a time.

``CIRCLES_FUZZ_SECONDS=40 pytest tests/test_fuzz.py`` takes that long for all kinds; ``PYTHONPATH=tests python -m fuzz
60`` takes an hour. Without a time it is skipped: what it finds differs from one run to the next.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fuzz.__main__ import tried
from fuzz.readers import READERS

SECONDS = float(os.environ.get("CIRCLES_FUZZ_SECONDS", "0"))
LONGEST = 20.0  # seconds for one input, on a busy machine


@pytest.mark.skipif(not SECONDS, reason="CIRCLES_FUZZ_SECONDS is not set")
@pytest.mark.parametrize("kind", READERS)
def test_what_nobody_meant_is_read_or_refused_in_one_line(kind):
    whole = sum(reader.share for reader in READERS.values())
    found = tried(READERS[kind], SECONDS * READERS[kind].share / whole, batch=10)
    assert not found["raised"], found["raised"][0]
    assert found["tries"] > 0
    assert found["longest"] < LONGEST
