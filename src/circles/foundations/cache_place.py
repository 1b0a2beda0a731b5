"""The folder for what is made or fetched here: CIRCLES_CACHE, else the user's cache."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from circles.foundations.errors import RunError, quoted


def cache_place() -> Path:
    """The folder that CIRCLES_CACHE names, ``~`` and all; the user's own cache where it is unset or blank.

    Raises RunError, naming the value, where no folder can be there: a file, a link to nowhere, a name too long.
    """
    value = os.environ.get("CIRCLES_CACHE", "")
    if not value.strip():
        return user_cache_path("circles")
    shown = repr(value if len(value) < 200 else f"{value[:100]}...")
    try:
        place = Path(value).expanduser()
        if not place.exists() and not place.is_symlink() or place.is_dir():
            return place
    except (OSError, RuntimeError, ValueError) as error:  # too long; the home of a user whom nobody knows; a zero byte
        raise RunError(f"CIRCLES_CACHE is {shown}, expected a folder ({_why(error)})") from error
    raise RunError(f"CIRCLES_CACHE is {shown}, which is there and no folder; expected a folder")


def possible_place() -> Path:
    """``cache_place``, and no file or link to nowhere stands on the way to it. Raises RunError, naming what does."""
    place = cache_place()
    there = next(path for path in (place, *place.absolute().parents) if path.exists() or path.is_symlink())
    if not there.is_dir():
        value = quoted(os.environ.get("CIRCLES_CACHE", ""))
        raise RunError(f"CIRCLES_CACHE is {value}, and {quoted(str(there))} is no folder; expected a folder")
    return place


def made_place() -> Path | None:
    """The folder that CIRCLES_CACHE names, made where it is not there; None where it is unset or blank.

    Raises RunError, naming the value, where it cannot be made or written.
    """
    value = os.environ.get("CIRCLES_CACHE", "")
    if not value.strip():
        return None
    place = possible_place()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return place.resolve()
    except OSError as error:
        why = f"expected a folder that can be written ({_why(error)})"
        raise RunError(f"CIRCLES_CACHE is {quoted(value)}, {why}") from error


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
