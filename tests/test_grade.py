"""Grading a student's file: right answers get their points, and no file takes the grader down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from circles.foundations.errors import CirclesError
from circles.teaching import grade as grading
from circles.teaching import handout
from circles.teaching.grade_child import hint

pytest.importorskip("otter")
SOLVED = "def alias(k, p):\n    return min(k % p, -k % p)"


def cell(kind, source, part):
    made = new_markdown_cell(source) if kind == "markdown" else new_code_cell(source)
    made.metadata["tags"] = ["exercise:alias", part]
    return made


@pytest.fixture(scope="module")
def autograder(tmp_path_factory) -> Path:
    """The autograder of a chapter with one exercise."""
    folder = tmp_path_factory.mktemp("one")
    chapter = new_notebook(
        cells=[
            new_code_cell("from circles.teaching import check, waves"),
            cell("markdown", "## 1. Alias", "statement"),
            cell("code", "def alias(k, p):\n    return k", "stub"),
            cell("code", "check(waves.alias, alias)", "check"),
            cell("code", SOLVED, "solution"),
        ]
    )
    chapter.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(chapter, folder / "one.ipynb")
    handout.write(folder / "one.ipynb", folder / "made")
    return next((folder / "made" / "autograder").glob("*.zip"))


FILES = {
    "stub": "def alias(k, p):\n    return k",
    "hangs": "while True: pass",
    "kills": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "solved": (  # and floods the screen, and calls another machine
        "print('x' * 1_000_000)\n"
        "import socket\n"
        "def reached():\n"
        "    try:\n"
        "        socket.create_connection(('192.0.2.1', 80), timeout=1)\n"
        "        return True\n"
        "    except PermissionError:\n"
        "        return False\n"
        "assert not reached()\n" + SOLVED
    ),
}


@pytest.fixture(scope="module")
def grades(autograder, tmp_path_factory):
    """All files graded, two at a time."""
    folder = tmp_path_factory.mktemp("students")
    for name, source in FILES.items():
        cells = [new_code_cell("import otter\ngrader = otter.Notebook('one.ipynb')"), new_code_cell(source)]
        nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
    with ThreadPoolExecutor(2) as pool:
        made = pool.map(
            lambda n: grading.grade(folder / f"{n}.ipynb", autograder, seconds=8 if n == "hangs" else 200), FILES
        )
        return dict(zip(FILES, made, strict=True))


def test_a_right_answer_gets_its_point_and_reaches_nobody(grades):
    made = grades["solved"]
    assert (made.points, made.possible, made.error) == (1, 1, ""), made


def test_a_wrong_answer_gets_a_hint(grades):
    made = grades["stub"]
    assert (made.points, made.possible) == (0, 1)
    assert made.hints["alias"].startswith("alias(")
    assert "expected a whole number" in made.hints["alias"]


def test_a_file_that_hangs_is_stopped(grades):
    assert grades["hangs"].points == 0
    assert grades["hangs"].error == "stopped after 8 seconds"


def test_a_file_that_kills_its_grader_gets_no_points(grades):
    assert grades["kills"].points == 0
    assert grades["kills"].error


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a notebook"),
        (b"{", "not a notebook"),
        (b"\xff\xfe\x00", "not a notebook"),
        (b"[" * 100_000, "not a notebook"),
        (b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "not a notebook"),
        (b" " * (grading.LARGEST + 1), "expected at most"),
    ],
)
def test_what_is_no_notebook_is_told_so(autograder, tmp_path, content, words):
    (tmp_path / "x.ipynb").write_bytes(content)
    made = grading.grade(tmp_path / "x.ipynb", autograder)
    assert made.points == 0 and words in made.error and "\n" not in made.error


def test_no_file_and_no_autograder(autograder, tmp_path):
    assert grading.grade(tmp_path, autograder).error == "no such file"
    with pytest.raises(CirclesError, match="expected the zip that 'make handout' makes"):
        grading.grade(tmp_path / "x.ipynb", tmp_path / "no.zip")


def test_the_hint_is_the_rules_sentence():
    assert hint("Traceback\n  circles.teaching.check.NotYet: too small\n") == "too small"
    assert hint("") == "not right yet"
