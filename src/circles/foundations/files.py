"""Files written whole or not at all, and read though others may have touched them: only regular ones, within bounds."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import re
import stat
import tempfile
import tomllib
import zlib
from pathlib import Path
from typing import Any

from circles.foundations.errors import FileError, RunError

READABLE = 0o644  # for a new file; one that is there keeps its own rights
TEXT = 16 * 2**20  # bytes of a file of settings, claims, descriptions
LEDGER = 2**20  # bytes of a file of TOML
DOTS = 200  # in a line of TOML, outside its words: a key of n parts costs n^2 steps


def write(path: Path, content: bytes, *, aside_in: Path | None = None) -> str:
    """Write a file in one piece and return its SHA-256; a file already there stays until the new one is whole.

    Until then it lies beside, or in the folder ``aside_in``. Raises RunError, in one line, when the disk is full or the
    folder cannot be written.
    """
    try:
        for folder in (path.parent, place := aside_in or path.parent):
            folder.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=place, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(aside).chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else READABLE)
            Path(aside).replace(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise RunError(
                f"{path}: the disk is full, {len(content)} bytes needed; nothing earlier was lost"
            ) from error
        raise RunError(f"{path}: cannot write ({error.strerror})") from error
    return hashlib.sha256(content).hexdigest()


def size(path: Path, most: int) -> int:
    """The bytes of a regular file. Raises FileError, one line without the path, for anything else, without opening it:

    a pipe would be waited for, a device never ends, and a sparse file of any length costs nothing to make.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError as error:
        raise FileError("no such file") from error
    except (OSError, ValueError) as error:  # a name too long, or with a zero byte
        raise FileError(f"cannot read ({getattr(error, 'strerror', None) or error})") from error
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or a device"
        raise FileError(f"{what}, expected a file")
    if found.st_size > most:
        raise FileError(f"has {found.st_size:,} bytes, expected at most {most:,}")
    return found.st_size


def content(path: Path, most: int = TEXT) -> bytes:
    """All bytes of a regular file of at most ``most``. Raises FileError, one line without the path."""
    held = size(path, most)
    try:
        with path.open("rb") as file:
            found = file.read(held + 1)  # it may have grown since; asked for ``most``, Python would set that aside
    except OSError as error:
        raise FileError(f"cannot read ({error.strerror})") from error
    if len(found) > held:
        raise FileError(f"has more than the {held:,} bytes that it had when it was opened")
    return found


def ungzipped(packed: bytes, most: int) -> bytes:
    """What these bytes unpack to. Raises FileError for another kind of file, or beyond ``most`` bytes."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            found = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FileError("no gzip file") from error
    if len(found) > most:
        raise FileError(f"unpacks to more than {most:,} bytes")
    return found


def json_object(text: bytes) -> dict[str, Any]:
    """The JSON object in these bytes. Raises FileError for anything else, however deep."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileError(f"not JSON ({_line(error)})") from error
    if not isinstance(found, dict):
        raise FileError("expected a JSON object")
    return found


def toml(text: bytes) -> dict[str, Any]:
    """The table of TOML in these bytes. Raises FileError for anything else, and for endless keys."""
    try:
        words = text.decode("utf-8")
        for number, line in enumerate(words.splitlines(), 1):
            if re.sub(r"\"[^\"]*\"|'[^']*'", "", line).count(".") > DOTS:
                raise FileError(f"line {number} has a name of more than {DOTS} parts")
        return tomllib.loads(words)
    except (ValueError, RecursionError) as error:  # ValueError: not UTF-8, not TOML, a number of too many digits
        raise FileError(_line(error)) from error


def _line(error: BaseException) -> str:
    return " ".join((str(error) or type(error).__name__).split())[:200]
