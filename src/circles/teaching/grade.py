"""Grade a student's notebook with otter-grader in a process of its own, which the file cannot take us down with.

The process has a time limit, limits on memory and on the size of what it writes, an empty folder, and no network: none
at all where the system lets an ordinary user have a network of his own (Linux), and no connection from Python to
another machine elsewhere. Whatever the file does, the answer is a ``Grade``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
import psutil

from circles.foundations.errors import CirclesError

SECONDS = 300.0
LARGEST = 5_000_000  # bytes of a notebook
MEMORY = 24 * 2**30  # of addresses, of which torch takes many and uses few
WRITTEN = 100 * 2**20  # bytes of one file
CHILD = "circles.teaching.grade_child"
# Read by every Python of the process before the student's first line; an audit hook cannot be taken out again.
NO_NETWORK = """import sys

def refuse(event, args, near=("127.0.0.1", "::1", "localhost", "0.0.0.0", "")):
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in near:
        raise PermissionError("no network while grading")
    if event == "socket.getaddrinfo" and args[0] not in (*near, None):
        raise PermissionError("no network while grading")

sys.addaudithook(refuse)
"""


@dataclass(frozen=True)
class Grade:
    """Points, a hint for each exercise that is not right yet, and, when nothing could be graded, the reason."""

    file: str
    points: float = 0.0
    possible: float = 0.0
    hints: dict[str, str] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        lines = [
            f"{self.file}: {self.points:g} of {self.possible:g} points" + (f"; {self.error}" if self.error else "")
        ]
        return "\n".join([*lines, *(f"  {name}: {hint}" for name, hint in self.hints.items())])


def grade(notebook: Path, autograder: Path, *, seconds: float = SECONDS) -> Grade:
    """The grade of this notebook by otter's ``autograder`` zip; never raises for what is in the notebook.

    Raises CirclesError when there is no autograder.
    """
    if not autograder.is_file():
        raise CirclesError(f"no autograder at {autograder}, expected the zip that 'make handout' makes")
    began = time.monotonic()
    if error := _unfit(notebook):
        return Grade(notebook.name, error=error)
    with tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        (folder / "home").mkdir()
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
        shutil.copyfile(notebook, folder / "home" / "answers.ipynb")
        shutil.copyfile(autograder, folder / "autograder.zip")
        error = _run(folder, seconds)
        try:
            found = json.loads((folder / "grade.json").read_text(encoding="utf-8"))
            made = Grade(notebook.name, **found)
        except (OSError, ValueError, TypeError):
            made = Grade(notebook.name, error=error or "the file's code ended the grading before it was done")
    return Grade(**asdict(made) | {"seconds": round(time.monotonic() - began, 1)})


def _unfit(notebook: Path) -> str:
    """Why this is no notebook to run, or nothing."""
    if not notebook.is_file():
        return "no such file"
    if (size := notebook.stat().st_size) > LARGEST:
        return f"{size} bytes, expected at most {LARGEST}; clear its outputs"
    try:
        nbformat.reads(notebook.read_text(encoding="utf-8"), as_version=4)
    except Exception as error:  # whatever a damaged file provokes, it is the file's fault
        return f"not a notebook ({(str(error).splitlines() or [type(error).__name__])[0][:100]})"
    return ""


def _run(folder: Path, seconds: float) -> str:
    """Run the grading process in ``folder``; what went wrong with it, or nothing."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "CIRCLES_RUNS", "OMP_NUM_THREADS")}
    paths = [str(folder / "site"), *(p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p)]
    home = str(folder / "home")
    environment = kept | {
        "PYTHONPATH": os.pathsep.join(paths), "HOME": home, "TMPDIR": home, "IPYTHONDIR": home,
        "JUPYTER_CONFIG_DIR": home, "JUPYTER_RUNTIME_DIR": home, "MPLCONFIGDIR": home, "CIRCLES_CACHE": home,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", CHILD, str(folder)], cwd=home, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    family = {process.pid: psutil.Process(process.pid)}
    end = time.monotonic() + seconds
    try:
        while process.poll() is None:
            family |= _children(family)  # seen while they run: an orphan no longer shows whose it was
            if time.monotonic() > end:
                return f"stopped after {seconds:g} seconds"
            time.sleep(0.1)
        return f"the grading process ended with status {process.returncode}" if process.returncode else ""
    finally:
        family |= _children(family)
        for one in family.values():
            try:
                one.kill()
            except psutil.Error:
                continue
        process.wait()


def _children(family: dict[int, psutil.Process]) -> dict[int, psutil.Process]:
    found = {}
    for one in list(family.values()):
        try:
            found |= {child.pid: child for child in one.children(recursive=True)}
        except psutil.Error:
            continue
    return found


def main(words: list[str]) -> int:
    """``python -m circles.teaching.grade AUTOGRADER.zip RESULTS NOTEBOOK...``: print each grade and keep it as JSON."""
    if len(words) < 3:
        print("usage: python -m circles.teaching.grade AUTOGRADER.zip RESULTS NOTEBOOK...", file=sys.stderr)
        return 2
    zipped, results = Path(words[0]), Path(words[1])
    results.mkdir(parents=True, exist_ok=True)
    for name in words[2:]:
        made = grade(Path(name), zipped)
        print(made)
        kept = json.dumps(asdict(made), indent=1, ensure_ascii=False) + "\n"
        (results / f"{Path(name).stem}.json").write_text(kept, encoding="utf-8")
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except CirclesError as error:
        raise SystemExit(f"grade: {error}") from None
