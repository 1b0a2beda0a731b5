"""The driver of all chapters on small ones of its own: side by side, summaries last, every failure listed."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time

import nbformat
import pytest
import torch

from circles.book import chapters, reproduce
from circles.foundations.errors import ConfigError

WAIT = """
import pathlib, time
pathlib.Path("{me}").touch()
until = time.time() + 90
while not pathlib.Path("{other}").exists():
    assert time.time() < until, "the other never ran beside this one"
    time.sleep(0.05)
"""
THREADS = "import os; print(os.environ['OMP_NUM_THREADS'])"
DONE = "import pathlib; pathlib.Path('{me}').touch()"
LAST = "import pathlib; assert all(pathlib.Path(name).exists() for name in ('a', 'b', 'c')), 'too early'"


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Write notebooks of these cells as the book's chapters."""
    monkeypatch.setattr(chapters, "folder", lambda: tmp_path)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)

    def write(**cells: list[str]) -> None:
        for stem, sources in cells.items():
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
            nbformat.write(notebook, tmp_path / f"{stem}.ipynb")

    return write


def test_side_by_side_with_summaries_last_and_every_failure_in_reading_order(book, tmp_path, capsys):
    book(
        c_last=[DONE.format(me="c"), "raise ValueError('of c')", "raise KeyError('d')"],
        a_first=[WAIT.format(me="a", other="b"), "raise ValueError('of a')"],
        b_next=[WAIT.format(me="b", other="a"), THREADS],
        scorecard=[LAST],
    )
    notebooks, seconds, failed = reproduce.run_all("recorded", tmp_path, "test", 2)
    assert failed == [
        "a_first cell 1: ValueError: of a", "c_last cell 1: ValueError: of c", "c_last cell 2: KeyError: 'd'",
    ]  # fmt: skip
    assert [p.stem for p in notebooks] == [p.stem for p in seconds] == ["a_first", "b_next", "c_last", "scorecard"]
    assert notebooks[tmp_path / "b_next.ipynb"].cells[1].outputs[0].text == "2\n"
    assert "test 100%" in capsys.readouterr().err


def test_a_turned_verdict_ends_with_a_line_for_each_and_what_to_do(monkeypatch):
    lines = [f"0{i} cell {i}: LedgerError: turned" for i in range(7)]
    monkeypatch.setattr(reproduce, "run_all", lambda *_: ({}, {}, lines))
    with pytest.raises(reproduce.Failed) as raised:
        reproduce.reproduce()
    assert str(raised.value).splitlines() == ["7 cells failed", *(f"  {line}" for line in lines), reproduce.WHAT_NOW]


@pytest.mark.parametrize(
    ("threads", "jobs", "found"),
    [(2, None, (2, 1)), (1, None, (1, None)), (8, None, (2, 4)), (2, 1, (1, None)), (2, 3, (3, 1))],
)
def test_cores_are_shared(monkeypatch, threads, jobs, found):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert reproduce.at_once(jobs) == found


def test_no_jobs_are_refused():
    with pytest.raises(ConfigError, match="--jobs is 0, expected 1 or more"):
        reproduce.at_once(0)


def test_the_bar_counts_the_cells_of_all_chapters_that_run(book, tmp_path):
    book(a=["1", "2"], b=["3"])
    a, b = (tmp_path / f"{stem}.ipynb" for stem in "ab")
    bar = reproduce.Progress([a, b], "test")
    bar.chapter(a)
    bar.chapter(b)
    bar.cell(a, 0)
    bar.end(b)  # its kernel died
    assert bar.done == pytest.approx(0.4) and bar.bar.total == pytest.approx(0.6)
    assert list(bar.left) == [a] and bar.bar.postfix == "a"
    bar.close()


def test_an_interrupt_cancels_the_work_and_is_passed_on():
    ended = []

    async def work():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        chapters.wait(work())
    assert ended == [True] and time.monotonic() - began < 30
