"""What a finished run says of the code that made it, and whether today's computes the same.

``run.json`` names two states of code, ``code`` that trained and ``measured``; what each of them holds stands once a
family, beside the runs, in ``code-NAME.json``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from circles.foundations import files
from circles.foundations.errors import DamagedError, FileError
from circles.training import source, store
from circles.training.source import Code

KEYS = ("code", "measured")


def put(folder: Path, kind: type) -> dict[str, str]:
    """Write today's two states of a family's code beside this run's folder; what ``run.json`` says of them."""
    for code in source.of(kind):
        if code != Code() and not _file(folder, code.identity).exists():
            store.write_json(_file(folder, code.identity), code.to_dict(), aside_in=folder)  # which this process locks
    return today(kind)


def today(kind: type) -> dict[str, str]:
    """What ``run.json`` says of today's code."""
    return {key: code.identity for key, code in zip(KEYS, source.of(kind), strict=True)}


def changed(folder: Path, about: dict[str, Any], kind: type) -> list[str]:
    """By name the definitions that have changed since this run; empty when it is not stale."""
    found: list[str] = []
    for key, now in zip(KEYS, source.of(kind), strict=True):
        if (held := about.get(key)) != now.identity:
            before = _read(_file(folder, held)) if held != Code().identity else Code()
            found += now.changed_since(before)
    return found


def copy(source: Path, target: Path) -> None:
    """Copy the states of code that a run names from beside one folder to beside another."""
    about = store.read_json(source / "run.json")
    for key in KEYS:
        if (held := about.get(key)) is not None and (file := _file(source, held)).exists():
            store.write(_file(target, held), file.read_bytes())


def unused(family: Path) -> list[Path]:
    """The states of code beside these runs that none of them names."""
    named = {store.read_json(f).get(key) for f in family.glob("*/run.json") for key in KEYS}
    return [f for f in family.glob("code-*.json") if f.stem.removeprefix("code-") not in named]


def _file(folder: Path, identity: object) -> Path:
    if not isinstance(identity, str) or not re.fullmatch("[0-9a-f]{12}", identity):
        raise DamagedError(f"{folder}/run.json: damaged, it names no code")
    return folder.parent / f"code-{identity}.json"


def _read(file: Path) -> Code:
    try:
        return _parsed(files.content(file))
    except FileError as error:
        raise DamagedError(f"{file}: {error}, expected the code of the run that names it") from None
    except (TypeError, AttributeError):
        raise DamagedError(f"{file}: damaged, expected the names of definitions and their hashes") from None


@lru_cache  # many runs of a family share it
def _parsed(text: bytes) -> Code:
    return Code(**files.json_object(text))
