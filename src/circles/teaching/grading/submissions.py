"""Find every student's notebook in what a course handed in: files, folders, zips, as Moodle and Canvas pack them.

Nothing is unpacked to the disk. A student is a folder, or a file where files lie side by side; Moodle's and Canvas's
own words are taken off the names.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from circles.foundations.errors import CirclesError
from circles.teaching.grading.reading import LARGEST

DEEP = 3  # zips in zips
ROOM = 200 * 2**20  # bytes of a zip within, and of all that a student's file unpacks to
COURSE = 2 * 2**30  # bytes of a zip with the whole course, packed and unpacked: all of it is held in memory
SKIPPED = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*)(/|$)")
MOODLE = re.compile(r"^(?P<who>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)")
CANVAS = re.compile(r"^(?P<who>[^_]+)_(?:LATE_)?(?P<id>\d{2,})_\d{2,}_.")


@dataclass(frozen=True)
class File:
    """A file by its path from the top; no ``data`` where ``error`` says why, or where nobody needs it."""

    path: str
    data: bytes = b""
    error: str = ""


@dataclass(frozen=True)
class Submission:
    """What one student handed in: notebooks, or files that should have held one, and the names of other files."""

    student: str
    notebooks: tuple[File, ...]
    others: tuple[str, ...]


def collect(place: Path) -> list[Submission]:
    """One submission a student, by name. Raises CirclesError when there is nothing to grade."""
    if not place.exists():
        raise CirclesError(f"nothing at {place}, expected a notebook, a zip, or a folder of them")
    files = list(_files(place))
    found: dict[tuple[str, str], list[File]] = {}
    for file in files:
        found.setdefault(_who(file.path), []).append(file)
    if not found:
        raise CirclesError(f"no file in {place}, expected students' notebooks")
    names = [name for name, _ in found]
    made = []
    for (name, number), theirs in found.items():
        notebooks = tuple(f for f in theirs if f.path.lower().endswith(".ipynb") or f.error)
        others = tuple(f.path for f in theirs if f not in notebooks)
        made.append(Submission(f"{name} ({number})" if names.count(name) > 1 else name, notebooks, others))
    return sorted(made, key=lambda one: one.student.casefold())


def _who(path: str) -> tuple[str, str]:
    """The student whose file this is, and what tells two of one name apart."""
    parts = path.split("/")
    for part in parts:
        if match := MOODLE.match(part) or CANVAS.match(part):
            return match["who"].replace("_", " ").strip(), match["id"]
    if len(parts) > 1:
        return parts[0], ""
    return path.rpartition(".")[0] or path, ""


def _files(place: Path) -> Iterator[File]:
    try:
        within = [place] if place.is_file() else sorted(place.rglob("*"))
    except OSError as error:
        raise CirclesError(f"{place}: cannot be read ({error.strerror})") from error
    found = [p for p in within if p.is_file() and not p.is_symlink()]
    found = [p for p in found if not SKIPPED.search(p.relative_to(place.parent).as_posix())]
    if len(found) == 1 and found[0].suffix.lower() == ".zip" and found[0].stat().st_size <= COURSE:  # all in one zip
        try:
            inside = list(_unzipped("", found[0].read_bytes(), found[0].name, 1, _Room(COURSE)))
        except _Full as full:
            yield File(found[0].name, error=str(full))
            return
        if sum(file.path.lower().endswith(".ipynb") for file in inside) > 1:
            yield from _without_top(inside)
            return
    for path in found:
        name = _clean(path.name if place.is_file() else path.relative_to(place).as_posix())
        try:
            yield from _opened(name, path.stat().st_size, path.read_bytes, 0, _Room(ROOM))
        except _Full as full:
            yield File(name, error=str(full))
        except OSError as error:
            yield File(name, error=f"cannot be read ({error.strerror})")


class _Room:
    """The bytes that one file of the course may unpack to, with all zips in it."""

    def __init__(self, most: int):
        self.most = self.left = most

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise _Full(f"too large: unpacks to more than {self.most / 2**20:.0f} MB")


class _Full(CirclesError):
    """There is no room left."""


def _opened(name: str, size: int, read: Callable[[], bytes], deep: int, room: _Room) -> Iterator[File]:
    """The file, or the files in it when it is a zip."""
    kind = name.lower().rpartition(".")[2]
    if kind not in ("ipynb", "zip"):
        yield File(name)
    elif size > (LARGEST if kind == "ipynb" else ROOM):
        yield File(name, error=f"too large: {size / 2**20:.0f} MB")
    elif kind == "ipynb":
        room.take(size)
        yield File(name, read())
    else:
        if deep:  # the first lies on the disk
            room.take(size)
        yield from _unzipped(name[:-4] + "/", read(), name, deep + 1, room)


def _unzipped(before: str, data: bytes, name: str, deep: int, room: _Room) -> Iterator[File]:
    if deep > DEEP:
        yield File(name, error="a zip in a zip in a zip")
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = [m for m in packed.infolist() if not m.is_dir() and not SKIPPED.search(m.filename)]
            found = [
                file
                for m in members
                for file in _opened(before + _clean(_named(m)), m.file_size, lambda m=m: packed.read(m), deep, room)
            ]
    except _Full:
        raise
    except Exception as error:  # a damaged zip may provoke nearly anything
        yield File(name, error=f"a zip that cannot be opened ({type(error).__name__})")
        return
    yield from found or [File(name, error="empty: a zip with nothing in it")]


def _without_top(files: list[File]) -> list[File]:
    """The files without the one folder that all of them lie in."""
    tops = {file.path.split("/")[0] for file in files}
    if len(files) > 1 and len(tops) == 1 and all("/" in f.path for f in files) and not MOODLE.match(*tops):
        return _without_top([File(f.path.partition("/")[2], f.data, f.error) for f in files])
    return files


def _named(member: zipfile.ZipInfo) -> str:
    """The name as it was written: some programs write UTF-8 and do not say so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _clean(name: str) -> str:
    """One form for each letter with its accent, no way out of the folder, nothing unprintable."""
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    kept = "/".join(part for part in parts if part not in ("", ".", ".."))
    return "".join(c if c.isprintable() else "?" for c in kept) or "?"
