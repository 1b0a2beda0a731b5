"""What killed commands leave in the cache, cleared by the next one: files half written, and parts of finished runs."""

from __future__ import annotations

import re
import shutil
from functools import lru_cache
from pathlib import Path

from filelock import Timeout

from circles.foundations.errors import RunError
from circles.training.locked import locked

ASIDE = re.compile(r"\.(.+\.(?:json|safetensors)|room)\.\w{8}")  # how store.write names a file that is not whole yet
RUN = re.compile(r".+-[0-9a-f]{12}(?:\.partial)?")  # how a run's folder is named, and its state's
PARTS = ("snapshots", "trained.json", "losses.safetensors", "room")  # of a run that is trained and not measured


@lru_cache
def clear_once(cache: Path) -> None:
    """``clear``, the first time that this process asks for this cache."""
    clear(cache)


def clear(cache: Path) -> None:
    """Remove what killed commands left in this cache, where no other command is at work.

    A folder of another name than a run's is somebody's: the cache may be put where other things lie.
    A state that training can go on from stays, and so do snapshots of a run that is not measured yet. What cannot be
    removed stays too: it costs room and nothing else.
    """
    for family in sorted(path for path in cache.glob("*") if path.is_dir()):
        for folder in sorted(path for path in family.glob("*") if RUN.fullmatch(path.name) and path.is_dir()):
            clear_run(folder)


def clear_run(folder: Path) -> None:
    """``clear`` for one run's folder."""
    if left := _left(folder):
        _clear(folder, left)


def _left(folder: Path) -> list[Path]:
    """Files half written; and in the folder of a finished run its parts, and its state beside it."""
    found = [file for file in folder.glob(".*") if ASIDE.fullmatch(file.name)]
    if (folder / "run.json").exists():
        state = folder.with_name(f"{folder.name}.partial")
        found += [path for path in (*(folder / name for name in PARTS), state) if path.exists()]
    return found


def _clear(folder: Path, left: list[Path]) -> None:
    try:
        with locked(folder.with_name(folder.name.removesuffix(".partial")), timeout=0.0):
            for path in left:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    except (Timeout, RunError, OSError):
        return
