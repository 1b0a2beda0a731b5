"""From a path, or a net in memory, to weights whose meaning is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from torch import nn

from circles.foundations import files
from circles.foundations.errors import CheckpointError, CirclesError, ConfigError, FileError
from circles.models.foreign.layouts import recognise
from circles.models.foreign.meaning import Meaning, settle
from circles.models.foreign.operations import OPERATIONS
from circles.models.foreign.order import LARGEST_P
from circles.models.foreign.reading import read
from circles.models.foreign.said import Said, said
from circles.models.foreign.wrapping import of_object, unwrap
from circles.models.one_layer import Wiring

LARGEST_SETTINGS = 1_000_000  # bytes
LONGEST_LINE = 500  # letters


@dataclass(frozen=True)
class Loaded:
    """A net that is read: its name, the layout it came in, where it lay, its meaning."""

    name: str
    layout: str
    place: str
    meaning: Meaning


def load(
    source: str | PathLike[str] | nn.Module | Mapping[str, Any],
    *,
    at: int | None = None,
    told: Said | None = None,
    config: Mapping[str, Any] | None = None,
) -> Loaded:
    """A file or a net in memory, read. ``told`` is what the user says, ``config`` what a file beside it says.

    Of a list of checkpoints number ``at``, the last unless given. Raises CheckpointError, one line with the file's
    name.
    """
    name = _shown(source) if isinstance(source, str | PathLike) else _called(source)
    try:
        found = unwrap(read(Path(source)), at) if isinstance(source, str | PathLike) else of_object(source, at)
        layout = recognise(found.state)
        meaning = settle(layout, told or Said(), said(found.config | dict(config or {})))
    except CirclesError as error:
        raise CheckpointError(f"{name}: {_shown(error)}") from error
    except RecursionError as error:
        raise CheckpointError(f"{name}: damaged, what names its parts is nested without end") from error
    return Loaded(name, layout.name, _shown(found.place), meaning)


def told(**settings: Any) -> Said:
    """What a user says of a net: ``p``, ``operation``, ``order``, ``heads``, ``activation``, ``attention``, None
    unsaid.

    Raises ConfigError, naming it, for a value that no net has.
    """
    found = Said(**settings)
    if found.p is not None and not 3 <= found.p <= LARGEST_P:
        raise ConfigError(f"modulus is {found.p}, expected 3 to {LARGEST_P}")
    if found.operation is not None and found.operation not in OPERATIONS:
        raise ConfigError(f"operation is {found.operation!r}, expected one of {', '.join(map(repr, OPERATIONS))}")
    if found.heads is not None and not 0 < found.heads <= 1024:
        raise ConfigError(f"heads is {found.heads}, expected a positive whole number")
    wired = {n: getattr(found, n) for n in ("activation", "attention") if getattr(found, n) is not None}
    Wiring(**wired)  # raises for what it does not know
    return found


def settings(path: Path) -> dict[str, Any]:
    """The settings in a JSON file beside a checkpoint. Raises CheckpointError, one line with the file's name."""
    try:
        return files.json_object(files.content(path, LARGEST_SETTINGS))
    except FileError as error:
        raise CheckpointError(f'{_shown(path)}: {error}; settings are written as {{"p": 113}}') from error


def _shown(words: object) -> str:
    """A stranger's words as one line of bounded length that no terminal obeys."""
    text = "".join(c if c.isprintable() else "?" for c in str(words))
    return text if len(text) < LONGEST_LINE else f"{text[: LONGEST_LINE // 2]}...{text[-LONGEST_LINE // 3 :]}"


def _called(net: Any) -> str:
    return "a dict of tensors" if isinstance(net, Mapping) else f"a {type(net).__name__} in memory"
