"""Files that are whole or not there: written aside, flushed, renamed; read back by checksum."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from circles.foundations import files
from circles.foundations.errors import DamagedError, FileError
from circles.foundations.files import write

LARGEST = 4 * 2**30  # bytes of a file of tensors: the state of a fine-tuned GPT-2 is 1.5 GB


def write_tensors(path: Path, tensors: dict[str, Tensor]) -> str:
    """Write named tensors as safetensors; returns the SHA-256 of the file."""
    return write(path, safetensors.torch.save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}))


def write_json(path: Path, values: dict[str, Any], *, aside_in: Path | None = None) -> str:
    """Write sorted, indented JSON; returns the SHA-256 of the file."""
    return write(path, (json.dumps(values, indent=1, sort_keys=True) + "\n").encode(), aside_in=aside_in)


def write_run(
    folder: Path,
    config: Any,
    kept: dict[str, dict[str, Tensor]],
    *,
    code: dict[str, str],
    ended: int,
    provenance: dict[str, Any],
) -> None:
    """Write a finished run: its files of tensors, then ``run.json``, without which a folder is no run."""
    sums = {name: write_tensors(folder / name, tensors) for name, tensors in kept.items()}
    write_json(folder / "run.json", sealed({
        "config": config.to_dict(), **code, "ended": ended, "sha256": sums, "provenance": provenance,
    }))  # fmt: skip


def sealed(about: dict[str, Any]) -> dict[str, Any]:
    """A description with the SHA-256 of all else in it, under "seal": so a value that is changed later shows."""
    values = {key: value for key, value in about.items() if key != "seal"}
    return values | {"seal": hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()}


def ask_room(folder: Path, size: int) -> None:
    """Write so many bytes into a folder and take them away. Raises RunError where the disk has no room for them.

    The free bytes that a disk reports are not asked: quotas, and what is kept for root, are not in them.
    """
    asked = folder / "room"
    try:
        write(asked, bytes(size))
    finally:
        asked.unlink(missing_ok=True)


def read(path: Path, sha256: str | None = None, *, most: int = LARGEST) -> bytes:
    """The file's bytes; DamagedError when it is missing, no file, over ``most`` bytes, or its SHA-256 differs."""
    try:
        content = files.content(path, most)
    except FileError as error:
        raise DamagedError(f"{path}: {error}") from error
    if sha256 is not None and (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise DamagedError(f"{path}: damaged, its SHA-256 begins {found[:12]}, expected {sha256[:12]}")
    return content


def read_tensors(path: Path, sha256: str | None = None) -> dict[str, Tensor]:
    """Named tensors; DamagedError when the file is missing, damaged or not safetensors."""
    content = read(path, sha256)
    try:
        return safetensors.torch.load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{path}: damaged, not a safetensors file ({str(error).splitlines()[0]})") from error


def read_json(path: Path, sha256: str | None = None) -> dict[str, Any]:
    """The JSON object in a file; DamagedError when it is missing, damaged or no object."""
    try:
        return files.json_object(read(path, sha256, most=files.TEXT))
    except FileError as error:
        raise DamagedError(f"{path}: damaged, {error}") from error


def is_digest(value: Any) -> bool:
    """Whether this is a SHA-256 in hexadecimal digits."""
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def is_seconds(value: Any) -> bool:
    """Whether this is a time that something may have taken."""
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value < 1e9
