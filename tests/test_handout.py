"""Otter makes the student's notebook and grades it: no solution in it, all points for a solved copy, none for stubs."""

from __future__ import annotations

from pathlib import Path

import exercises
import nbformat
import pytest

from circles.foundations.errors import CirclesError
from circles.teaching.handout import master, place, write

CHAPTER = exercises.CHAPTERS / "02_exercises.ipynb"
NOTEBOOK = exercises.notebook(CHAPTER.stem)
ALL = exercises.parts(CHAPTER.stem)
STUB_SAYS = exercises.own(CHAPTER.stem, "STUB_SAYS")


def test_an_exercise_without_a_part_is_named() -> None:
    broken = nbformat.from_dict(NOTEBOOK)
    broken.cells = [cell for cell in NOTEBOOK.cells if place(cell) != ("gini", "stub")]
    with pytest.raises(CirclesError, match="exercise gini has no stub, expected statement, stub, check, solution"):
        master(broken)


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("otter")
    return write(CHAPTER, tmp_path_factory.mktemp("handout"))


def solution_lines(name: str) -> set[str]:
    """The lines of a solution that are not already in what the student is given."""
    shown = [cell.source for cell in NOTEBOOK.cells if place(cell)[1] not in ("solution", "why")]
    lines = set(ALL[name]["solution"].source.splitlines()) - set("\n".join(shown).splitlines())
    return {line for line in lines if len(line.strip()) > 6 and not line.startswith("# @title")}


@pytest.mark.slow
def test_the_students_notebook_has_every_stub_and_no_solution(handout: Path) -> None:
    text = nbformat.read(handout / "student" / CHAPTER.name, as_version=4)
    sources = [cell.source for cell in text.cells]
    for name, parts in ALL.items():
        assert parts["stub"].source in sources
        assert f'grader.check("{name}")' in sources
        assert solution_lines(name)
        for line in solution_lines(name):
            assert not any(line in source.splitlines() for source in sources), (name, line)
    assert not any("Why it is so" in source for source in sources)


def grade(notebook: Path, handout: Path) -> tuple[float, float, str]:
    from otter.run import main as run

    (zipped,) = (handout / "autograder").glob("*.zip")
    results = run(str(notebook), autograder=str(zipped), output_dir="", no_logo=True)
    return results.total, results.possible, results.summary()


@pytest.mark.slow
def test_a_solved_copy_gets_every_point_and_the_stubs_none(handout: Path, tmp_path: Path) -> None:
    student = handout / "student" / CHAPTER.name
    total, possible, words = grade(student, handout)
    assert (total, possible) == (0, len(ALL))
    assert [message for message in STUB_SAYS.values() if message not in words] == []
    solved = nbformat.read(student, as_version=4)
    for parts in ALL.values():
        cell = next(cell for cell in solved.cells if cell.source == parts["stub"].source)
        cell.source = parts["solution"].source
    nbformat.write(solved, tmp_path / CHAPTER.name)
    total, possible, _ = grade(tmp_path / CHAPTER.name, handout)
    assert (total, possible) == (len(ALL), len(ALL))
