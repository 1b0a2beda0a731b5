"""No memory left: one line instead of a traceback or of a process that is killed without a word."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from circles.foundations.errors import ModelError


@contextlib.contextmanager
def needed(gigabytes: float, what: str) -> Iterator[None]:
    """Within, memory that cannot be had raises ModelError, which says how much ``what`` needs."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # torch has no class of its own for the CPU
        if isinstance(error, RuntimeError) and not any(word in str(error) for word in ("memory", "allocat")):
            raise
        raise ModelError(f"{what}: no memory left, expected about {gigabytes:.1f} GB free") from error
