"""Grade a whole course: every submission, several at a time, into a table."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import resources
from multiprocessing import get_context
from pathlib import Path

import nbformat

from circles.foundations.errors import CirclesError
from circles.teaching import sheet
from circles.teaching.grading import reading, sandbox
from circles.teaching.grading.reading import Unusable
from circles.teaching.grading.sandbox import Limits
from circles.teaching.grading.submissions import File, Submission
from circles.teaching.grading.table import Row

RUBRICS = Path(str(resources.files("circles.teaching"))) / "rubrics.toml"


@dataclass(frozen=True)
class Course:
    """What all are graded by: the sheet's name, all sheets' questions, its solutions, its proofs' rubrics, the seed."""

    name: str
    all: dict[str, dict[str, sheet.Asked]]
    solutions: dict[str, str]
    rubrics: dict[str, list[str]]
    seed: int
    limits: Limits
    walls: bool

    @property
    def asked(self) -> dict[str, sheet.Asked]:
        return self.all[self.name]


def course(path: Path, *, seed: int, limits: Limits | None = None) -> Course:
    """The course of this sheet; its neighbours tell another chapter's notebook. Raises CirclesError without a sheet."""
    if not path.is_file():
        raise CirclesError(f"no sheet at {path}, expected one such as chapters/02_exercises.ipynb")
    found = {p.stem: _sheet(p) for p in sorted({path, *path.parent.glob("*_exercises.ipynb")})}
    solutions = {name: parts["solution"].source for name, parts in sheet.exercises(found[path.stem]).items()}
    asked = {name: sheet.questions(one) for name, one in found.items()}
    if not asked[path.stem]:
        raise CirclesError(f"{path} has no exercises, expected a sheet such as chapters/02_exercises.ipynb")
    rubrics = tomllib.loads(RUBRICS.read_text(encoding="utf-8")).get(path.stem, {})
    return Course(path.stem, asked, solutions, rubrics, seed, limits or Limits(), bool(sandbox.found()))


def _sheet(path: Path) -> nbformat.NotebookNode:
    try:
        return reading.notebook(path.read_bytes())
    except (OSError, Unusable) as error:
        raise CirclesError(f"{path}: {error}; expected a sheet of exercises") from error


def grade(submissions: list[Submission], made: Course, jobs: int | None = None) -> Iterator[tuple[int, Row]]:
    """Each submission's row with its place in the list, as they are ready. A row never fails the others."""
    with ProcessPoolExecutor(jobs or os.cpu_count(), mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(row, one, made): i for i, one in enumerate(submissions)}
        for done in as_completed(waiting):
            i = waiting[done]
            try:
                yield i, done.result()
            except Exception as error:  # the judge itself failed: say so, and grade on
                words = f"the grader stopped with {type(error).__name__}: {error}"
                yield i, Row(submissions[i].student, "", problem=words)


def row(one: Submission, made: Course) -> Row:
    """The row of this student."""
    from circles.teaching.grading.judge import judge  # torch: only in the processes that judge

    began = time.monotonic()
    files = ", ".join(f.path for f in one.notebooks) or ", ".join(one.others)
    try:
        file, found, work = _chosen(one, made)
    except Unusable as why:
        return Row(one.student, files, problem=str(why))
    judged = judge(work, made.asked, seed=made.seed, limits=made.limits, walls=made.walls)
    notes = []
    if work.left_out:
        notes.append(f"the book's own page: {work.left_out} cells with its solutions were not run")
    if same := reading.as_in_the_book(found, made.solutions):
        notes.append(f"word for word the book's solution: {', '.join(same)}")
    written = {name: text for name, text in reading.proofs(found).items() if name in made.asked}
    seconds = time.monotonic() - began
    return Row(one.student, file.path, judged.sentences, judged.problem, tuple(notes), seconds, written)


def _chosen(one: Submission, made: Course) -> tuple[File, nbformat.NotebookNode, reading.Work]:
    """The one notebook of this sheet among what a student handed in. Raises Unusable."""
    if not one.notebooks:
        raise Unusable(f"no notebook: {', '.join(one.others)[:200]}")
    usable, wrong = [], []
    for file in one.notebooks:
        try:
            if file.error:
                raise Unusable(file.error)
            found = reading.notebook(file.data)
            usable.append((file, found, reading.work(found, made.asked, made.all, made.name)))
        except Unusable as why:
            wrong.append(str(why))
    if not usable:
        raise Unusable("; ".join(wrong)[:400])
    if len(usable) > 1:
        names = ", ".join(file.path for file, _, _ in usable)
        raise Unusable(f"{len(usable)} notebooks of {made.name}, expected one: {names}")
    return usable[0]
