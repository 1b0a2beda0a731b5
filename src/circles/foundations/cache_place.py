"""The folder for what is made or fetched here: CIRCLES_CACHE, else the user's cache."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

from circles.foundations.errors import RunError


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


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
