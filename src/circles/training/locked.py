"""One process at a time makes a run: the lock that lies beside its folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from circles.foundations.errors import RunError


@contextmanager
def locked(folder: Path, timeout: float = -1.0) -> Iterator[None]:
    """Within, this process alone makes the run of this folder; it waits for others, or ``timeout`` seconds.

    Raises RunError where no lock can lie there, filelock's Timeout after that time.
    """
    lock = Path(f"{folder}.lock")
    if lock.exists() and not lock.is_file():
        raise RunError(f"{lock}: no file, expected one that this command may lock; remove it")
    held = FileLock(lock, timeout=timeout)
    try:
        held.acquire()
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise
        raise RunError(f"{lock}: cannot lock ({error.strerror}); set CIRCLES_CACHE to another folder") from error
    try:
        yield
    finally:
        held.release()
