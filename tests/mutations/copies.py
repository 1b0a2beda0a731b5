"""Copies of the package that may be changed, and processes that work on one without loading torch again."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PACKAGE = TESTS.parent / "src" / "circles"
ENDLESS = "endless"


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """The package in a folder of its own, its recordings linked; ``forked`` finds it by its parent."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "circles"
        shutil.copytree(PACKAGE, root, ignore=shutil.ignore_patterns("recorded", "__pycache__"))
        (root / "recorded").symlink_to(PACKAGE / "recorded")
        yield root


def forked(root: Path, work: Callable[[], str], longest: int) -> str:
    """What ``work`` says in a process whose ``circles`` is the copy at ``root``.

    ENDLESS where it takes more than so many seconds of a processor.
    """
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as answer:
        child = os.fork()
        if not child:
            resource.setrlimit(resource.RLIMIT_CPU, (longest, longest))
            _work(root, work, answer.name)
        _, status = os.waitpid(child, 0)
        return ENDLESS if os.WIFSIGNALED(status) else answer.read()


def _work(root: Path, work: Callable[[], str], answer: str) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        for name in [name for name in sys.modules if name.partition(".")[0] == "circles"]:
            del sys.modules[name]
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(root.parent))
        said = work()
    except BaseException as error:  # a changed package may raise anything, when it is imported too
        said = f"{type(error).__name__}: {error}".splitlines()[0]
    Path(answer).write_text(said, encoding="utf-8")
    os._exit(0)
