"""A course of thirty is graded by one command, and its table is right line by line."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from course import ALL, NAME, ROOT, SAFE, lay_out, students

from circles.teaching.grading import sandbox

MARK = 4_000_000 + os.getpid()  # the seconds that a process sleeps which a student leaves behind


@pytest.fixture(scope="module")
def teachers(tmp_path_factory) -> Path:
    kept = tmp_path_factory.mktemp("teacher") / "marks.txt"
    kept.write_text("nobody's business", encoding="utf-8")
    return kept


@pytest.fixture(scope="module")
def handed(teachers):
    return students(teachers, os.getpid(), MARK)


@pytest.fixture(scope="module")
def graded(handed, tmp_path_factory):
    """The rows of the table by student, the page, what was printed and the seconds."""
    folder, results = tmp_path_factory.mktemp("handed in"), tmp_path_factory.mktemp("results")
    lay_out(handed, folder)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "circles.teaching.grading", f"chapters/{NAME}.ipynb", folder, results],
        cwd=ROOT, capture_output=True, text=True,
    encoding="utf-8")  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (results / f"{NAME}.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    return rows, (results / f"{NAME}.html").read_text(encoding="utf-8"), done, time.monotonic() - began


def test_every_student_has_a_line_and_no_other_does(handed, graded):
    assert len(handed) == 30
    assert len(graded[0]) == 30
    assert {name.lstrip("'") for name in graded[0]} == {one.name for one in handed}


@pytest.mark.parametrize("i", range(30))
def test_the_line_is_right(handed, graded, i):
    one = handed[i]
    row = graded[0][one.name if one.name[0] != "=" else f"'{one.name}"]
    assert [name for name in ALL if row[name] == "right"] == list(one.right), row
    assert row["points"] == str(len(one.right)) and row["of"] == str(len(ALL))
    assert row["problem"].startswith(one.problem) and bool(row["problem"]) == bool(one.problem), row
    if one.says[0]:
        assert one.says[1] in row[one.says[0]]
    if one.note == SAFE:
        assert sandbox.found(), "bubblewrap is not here: what a student may reach was not tested"
    else:
        assert one.note in row["notes"]
    assert all("\n" not in cell and len(cell) < 1000 for cell in row.values())


def test_the_teachers_things_are_as_they_were(graded, teachers):
    assert teachers.read_text(encoding="utf-8") == "nobody's business"
    left = [p.pid for p in psutil.process_iter(["cmdline"]) if str(MARK) in " ".join(p.info["cmdline"] or [])]
    assert left == []


def test_thirty_take_less_than_five_minutes(graded):
    assert graded[3] < 300


def test_the_page_tells_of_each_and_of_the_sandbox(handed, graded):
    page = graded[1]
    assert "In a sandbox (bubblewrap)" in page and "<script" not in page
    for one in handed:
        assert one.name.split("'")[0] in page
