"""Every chapter anew from its seeds, every verdict compared; on request the result becomes the record."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from nbformat import NotebookNode
from tqdm import tqdm

from circles.experiments import chapters, shelf, spent
from circles.foundations.errors import CirclesError


class Failed(CirclesError):
    """A cell failed, or a verdict is not the recorded one."""

    status = 1


class Progress:
    """One bar over all cells, counted in the seconds that they took when they were recorded."""

    def __init__(self, paths: list[Path], title: str) -> None:
        self.expected = {p: _seconds(chapters.read(p)) for p in paths}
        total = sum(sum(cells.values()) for cells in self.expected.values())
        layout = "{desc} {percentage:3.0f}%|{bar}| {elapsed}, {remaining} left{postfix}"
        self.bar = tqdm(total=total, desc=title, bar_format=layout, file=sys.stderr)
        self.done, self.running, self.stopped = 0.0, (0.0, 0.0), threading.Event()
        self.clock = threading.Thread(target=self._tick, daemon=True)
        self.clock.start()

    def chapter(self, path: Path) -> None:
        self.cells = dict(self.expected[path])
        self.bar.set_postfix_str(path.stem)
        self._next()

    def cell(self, index: int, seconds: float) -> None:
        self.done += self.cells.pop(index, 0.0)
        self._next()

    def close(self) -> None:
        self.stopped.set()
        self.clock.join()
        self._show()
        self.bar.close()

    def _next(self) -> None:
        self.running = (time.monotonic(), next(iter(self.cells.values()), 0.0))
        self._show()

    def _tick(self) -> None:
        while not self.stopped.wait(1.0):
            self._show()

    def _show(self) -> None:
        began, expected = self.running
        inside = 0.0 if self.stopped.is_set() else min(time.monotonic() - began, 0.95 * expected)
        self.bar.n = min(self.done + inside, self.bar.total)
        self.bar.refresh()


def _seconds(notebook: NotebookNode) -> dict[int, float]:
    """What each code cell took when it was last recorded from nothing, at least a little."""
    return {i: max(cell.metadata.get("seconds", 0.0), 0.2) for i, cell in chapters.code_cells(notebook)}


def run_all(mode: str, cache: Path, title: str) -> tuple[dict[Path, NotebookNode], dict[Path, float], list[str]]:
    """Execute all chapters: notebooks, seconds a chapter, and the failures of all of them."""
    paths = chapters.paths()
    notebooks, seconds, failed = {}, {}, []
    progress = Progress(paths, title)
    try:
        for path in paths:
            progress.chapter(path)
            took: dict[int, float] = {}

            def each(index: int, s: float, took: dict[int, float] = took) -> None:
                took[index] = s
                progress.cell(index, s)

            began = time.monotonic()
            notebooks[path], lines = chapters.execute(path, mode, cache, each)
            seconds[path] = time.monotonic() - began
            failed += lines
            if mode == "fresh":
                _note_seconds(notebooks[path], took)
    finally:
        progress.close()
    return notebooks, seconds, failed


def _note_seconds(notebook: NotebookNode, took: dict[int, float]) -> None:
    for index, cell in chapters.code_cells(notebook):
        cell.metadata.pop("seconds", None)
        if took.get(index, 0.0) >= 1:
            cell.metadata["seconds"] = round(took[index], 1)


def report(seconds: dict[Path, float]) -> str:
    """Seconds a chapter, as a table."""
    rows = [f"{path.stem:<24}{s:8.1f} s" for path, s in seconds.items()]
    return "\n".join([*rows, f"{'all':<24}{sum(seconds.values()):8.1f} s"])


def reproduce() -> str:
    """Train the live tier anew, execute every chapter, compare every verdict; the table of seconds.

    Nothing recorded of the live tier is read and nothing is kept. Raises Failed, in one line, when a
    cell failed: a check whose verdict is not the recorded one does.
    """
    with tempfile.TemporaryDirectory(prefix="reproduce-", dir=_disk()) as cache:
        _, seconds, failed = run_all("fresh", Path(cache), "reproduce")
    _refuse(failed, "")
    return report(seconds)


def record(trained: Path | None = None, *, outputs_only: bool = False) -> str:
    """As ``reproduce``; then the new runs and the outputs made from them become the recorded ones.

    ``trained`` continues from the runs that an earlier, failed call left. ``outputs_only`` trains nothing and
    renews the outputs from the recordings. Raises Failed when a cell failed or a verdict changed: in training nothing
    is written then, afterwards no output.
    """
    cache = trained or Path(tempfile.mkdtemp(prefix="record-", dir=_disk()))
    fresh: dict[Path, NotebookNode] = {}
    seconds: dict[Path, float] = {}
    if not outputs_only:
        fresh, seconds, failed = run_all("fresh", cache, "train")
        _refuse(failed, f"; nothing was recorded; 'circles record --trained {cache}' goes on from the new runs")
        shelf.promote(cache)
    notebooks, quick, failed = run_all("recorded", cache, "write")
    _refuse(failed, "; the outputs were left as they were")
    _summarise(notebooks, cache)
    for path, notebook in notebooks.items():
        if path in fresh:
            took = {i: c.metadata.get("seconds", 0.0) for i, c in chapters.code_cells(fresh[path])}
            _note_seconds(notebook, took)
        chapters.write(path, notebook)
    spent.keep(seconds if trained is None else {}, quick)  # what went on from earlier runs was not trained anew
    if trained is None:
        shutil.rmtree(cache)
    return report(seconds or quick)


def _summarise(notebooks: dict[Path, NotebookNode], cache: Path) -> None:
    """Write what the badges show and execute the chapters that read it; when one fails put it back and raise Failed."""
    before = chapters.OURS.read_bytes() if chapters.OURS.exists() else None
    chapters.write_ours(list(notebooks.values()))
    failed = []
    for path in [p for p in notebooks if p.stem in chapters.SUMMARIES]:
        notebooks[path], lines = chapters.execute(path, "recorded", cache, lambda *_: None)
        failed += lines
    if failed and before is not None:
        chapters.OURS.write_bytes(before)
    _refuse(failed, "; the outputs were left as they were")


def _disk() -> Path | None:
    """Where new runs go, in a folder of their own: below CIRCLES_CACHE, else on the temporary disk."""
    if not (place := os.environ.get("CIRCLES_CACHE")):
        return None
    Path(place).mkdir(parents=True, exist_ok=True)
    return Path(place).resolve()


def _refuse(failed: list[str], after: str) -> None:
    if failed:
        more = f" (and {len(failed) - 1} more: {'; '.join(failed[1:4])})" if len(failed) > 1 else ""
        raise Failed(f"{failed[0]}{more}{after}")
