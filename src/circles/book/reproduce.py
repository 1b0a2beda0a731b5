"""Every chapter anew from its seeds, every verdict compared; on request the result becomes the record."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import torch
from nbformat import NotebookNode
from tqdm import tqdm

from circles.book import chapters, spent
from circles.foundations.cache_place import made_place
from circles.foundations.errors import CirclesError, ConfigError
from circles.training import shelf

WHAT_NOW = (
    "A LedgerError is a verdict that turned, and names value and band: after a change of yours, the change did it; in "
    "an unchanged checkout, report these lines and the machine in an issue."
)


class Failed(CirclesError):
    """A cell failed, or a verdict is not the recorded one."""

    status = 1


class Progress:
    """One bar over all cells, counted in the seconds that they took when they were recorded."""

    def __init__(self, paths: list[Path], title: str) -> None:
        self.expected = {p: _seconds(chapters.read(p)) for p in paths}
        layout = "{desc} {percentage:3.0f}%|{bar}| {elapsed}, {remaining} left{postfix}"
        total = sum(self.of(p) for p in paths)
        self.bar = tqdm(total=total, desc=title, bar_format=layout, file=sys.stderr)
        self.done, self.stopped = 0.0, threading.Event()
        self.left: dict[Path, dict[int, float]] = {}  # of the chapters that run: their cells to come
        self.began: dict[Path, float] = {}  # and when the present one began
        self.clock = threading.Thread(target=self._tick, daemon=True)
        self.clock.start()

    def of(self, path: Path) -> float:
        """The seconds expected of a chapter."""
        return sum(self.expected[path].values())

    def chapter(self, path: Path) -> None:
        self.began[path], self.left[path] = time.monotonic(), dict(self.expected[path])
        self._name()

    def cell(self, path: Path, index: int) -> None:
        self.done += self.left[path].pop(index, 0.0)
        self.began[path] = time.monotonic()

    def end(self, path: Path) -> None:
        self.done += sum(self.left.pop(path).values())  # a kernel that died leaves cells
        self._name()

    def close(self) -> None:
        self.stopped.set()
        self.clock.join()
        self._show()
        self.bar.close()

    def _name(self) -> None:
        self.bar.set_postfix_str(" ".join(p.stem for p in self.left), refresh=False)

    def _tick(self) -> None:
        while not self.stopped.wait(1.0):
            self._show()

    def _show(self) -> None:
        now, inside = time.monotonic(), 0.0
        for path, cells in list(self.left.items()):
            inside += min(now - self.began[path], 0.95 * next(iter(list(cells.values())), 0.0))
        self.bar.n = min(self.done + inside, self.bar.total)
        self.bar.refresh()


def _seconds(notebook: NotebookNode) -> dict[int, float]:
    """What each code cell took when it was last recorded from nothing, at least a little."""
    return {i: max(cell.metadata.get("seconds", 0.0), 0.2) for i, cell in chapters.code_cells(notebook)}


def at_once(jobs: int | None = None) -> tuple[int, int | None]:
    """How many chapters run side by side, and the threads of each; None asks for two, where torch has two threads.

    Two threads on one net do 1.6 times the work of one, two chapters with a thread each twice the work; and no thread
    waits for another whose core is busy elsewhere. More than two gain little: Chapters 2 and 3 take two thirds of the
    time. Raises ConfigError for fewer than one.
    """
    threads = torch.get_num_threads()
    if jobs is None:
        jobs = min(2, threads)
    if jobs < 1:
        raise ConfigError(f"--jobs is {jobs}, expected 1 or more")
    return jobs, max(1, threads // jobs) if jobs > 1 else None


def run_all(
    mode: str, cache: Path, title: str, jobs: int | None = None
) -> tuple[dict[Path, NotebookNode], dict[Path, float], list[str]]:
    """Execute all chapters, ``jobs`` at once: notebooks, seconds a chapter, and the failures of all of them.

    The longest begin first, so that none is left alone for long; those that show what the others found come last.
    """
    side_by_side, threads = at_once(jobs)
    paths = chapters.paths()
    found: dict[Path, tuple[NotebookNode, float, list[str]]] = {}
    progress = Progress(paths, title)

    async def one(path: Path) -> None:
        progress.chapter(path)
        took: dict[int, float] = {}

        def each(index: int, seconds: float) -> None:
            took[index] = seconds
            progress.cell(path, index)

        began = time.monotonic()
        try:
            notebook, lines = await chapters.executed(path, mode, cache, each, threads=threads)
        except RuntimeError as error:  # a kernel that does not start
            notebook, lines = chapters.read(path), [f"{path.stem}: {' '.join(str(error).split())}"]
        found[path] = notebook, time.monotonic() - began, lines
        progress.end(path)
        if mode == "fresh":
            _note_seconds(notebook, took)

    async def lane(queue: list[Path]) -> None:
        while queue:
            await one(queue.pop(0))

    async def everything() -> None:
        first = [p for p in paths if p.stem not in chapters.SUMMARIES]
        first.sort(key=progress.of, reverse=True)
        for queue in (first, [p for p in paths if p.stem in chapters.SUMMARIES]):
            async with asyncio.TaskGroup() as lanes:
                for _ in range(side_by_side):
                    lanes.create_task(lane(queue))

    try:
        chapters.wait(everything())
    finally:
        progress.close()
    notebooks, seconds = ({p: found[p][part] for p in paths} for part in (0, 1))
    return notebooks, seconds, [line for p in paths for line in found[p][2]]


def _note_seconds(notebook: NotebookNode, took: dict[int, float]) -> None:
    for index, cell in chapters.code_cells(notebook):
        cell.metadata.pop("seconds", None)
        if took.get(index, 0.0) >= 1:
            cell.metadata["seconds"] = round(took[index], 1)


def report(seconds: dict[Path, float]) -> str:
    """Seconds a chapter, as a table."""
    rows = [f"{path.stem:<24}{s:8.1f} s" for path, s in seconds.items()]
    return "\n".join([*rows, f"{'all':<24}{sum(seconds.values()):8.1f} s"])


def reproduce(jobs: int | None = None) -> str:
    """Train the live tier anew, execute every chapter, compare every verdict; the table of seconds.

    Nothing recorded of the live tier is read and nothing is kept. ``jobs`` chapters run at once. Raises Failed when a
    cell failed, as a check does whose verdict is not the recorded one: after all chapters, with a line for each.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="reproduce-", dir=made_place()) as cache:
        _, seconds, failed = run_all("fresh", Path(cache), "reproduce", jobs)
    _refuse(failed, WHAT_NOW)
    return f"{report(seconds)}\n{'from start to end':<24}{time.monotonic() - began:8.1f} s"


def record(trained: Path | None = None, *, outputs_only: bool = False) -> str:
    """As ``reproduce``; then the new runs and the outputs made from them become the recorded ones.

    ``trained`` continues from the runs that an earlier, failed call left. ``outputs_only`` trains nothing and
    renews the outputs from the recordings. One chapter runs at a time: the seconds kept are those it takes alone.
    Raises Failed when a cell failed or a verdict changed: in training nothing is written then, afterwards no output.
    """
    cache = trained or Path(tempfile.mkdtemp(prefix="record-", dir=made_place()))
    fresh: dict[Path, NotebookNode] = {}
    seconds: dict[Path, float] = {}
    if not outputs_only:
        fresh, seconds, failed = run_all("fresh", cache, "train", 1)
        _refuse(failed, f"nothing was recorded; 'circles record --trained {cache}' goes on from the new runs")
        shelf.promote(cache)
    notebooks, quick, failed = run_all("recorded", cache, "write", 1)
    _refuse(failed, "the outputs were left as they were")
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
    """Write what the badges show and execute the pages that read it; when one fails put it back and raise Failed."""
    before = chapters.OURS.read_bytes() if chapters.OURS.exists() else None
    chapters.write_ours(list(notebooks.values()))
    failed = []
    for path in [p for p, of in notebooks.items() if p.stem in chapters.SUMMARIES or chapters.has_card(of)]:
        notebooks[path], lines = chapters.execute(path, "recorded", cache, lambda *_: None)
        failed += lines
    if failed and before is not None:
        chapters.OURS.write_bytes(before)
    _refuse(failed, "the outputs were left as they were")


def _refuse(failed: list[str], what_to_do: str) -> None:
    if failed:
        count = f"{len(failed)} cells failed" if len(failed) > 1 else "a cell failed"
        raise Failed("\n".join([count, *(f"  {line}" for line in failed), what_to_do]))
