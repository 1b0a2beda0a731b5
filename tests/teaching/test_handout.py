"""The students' notebooks: made from the sheets, committed, without a line of a solution or a word about one."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import exercises
import nbformat
import pytest
from exercises import NAMES

from circles.teaching.handout import students, write
from circles.teaching.sheet import SheetError, asked, place

HANDOUTS = Path(__file__).parents[2] / "handouts"


def made(name: str) -> nbformat.NotebookNode:
    return students(exercises.notebook(name), name)


def test_an_exercise_without_a_part_is_named():
    sheet = exercises.notebook("02_exercises")
    broken = nbformat.from_dict(sheet)
    broken.cells = [cell for cell in sheet.cells if place(cell) != ("gini", "stub")]
    with pytest.raises(SheetError, match="exercise gini has no stub, expected statement, stub, check, solution"):
        students(broken, "02_exercises")


def test_words_about_a_solution_that_is_not_there_are_refused():
    sheet = nbformat.from_dict(exercises.notebook("02_exercises"))
    sheet.cells[0].source += "\nThe solution is below."
    with pytest.raises(SheetError, match="says 'solution', expected nothing that students lack"):
        students(sheet, "02_exercises")


@pytest.mark.parametrize("source", ["check(waves.f)\nx()", "require(waves.f, a)", "check(a", "check(f, a)"])
def test_a_check_of_another_kind_is_refused(source):
    with pytest.raises(SheetError, match="expected check"):
        asked(source)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_committed_is_what_make_handout_makes(name, tmp_path):
    path = write(exercises.CHAPTERS / f"{name}.ipynb", tmp_path)
    kept = (HANDOUTS / f"{name}.ipynb").read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == kept, "run make handout"


@pytest.mark.parametrize("name", NAMES)
def test_it_has_every_stub_and_check_and_no_solution(name):
    notebook, parts = made(name), exercises.parts(name)
    sources = [cell.source for cell in notebook.cells]
    shown = [cell.source for cell in exercises.notebook(name).cells if place(cell)[1] not in ("solution", "why")]
    for exercise, part in parts.items():
        assert part["stub"].source in sources and part["check"].source in sources
        own = set(part["solution"].source.splitlines()) - set("\n".join(shown).splitlines())
        secret = [line for line in own if len(line.strip()) > 6]
        assert secret, exercise
        for line in secret:
            assert not any(line in source.splitlines() for source in sources), (exercise, line)
    text = "\n".join(sources).lower()
    for word in ("solution", "folded", "why it is so", "otter"):
        assert word not in text


@pytest.mark.parametrize("name", NAMES)
def test_its_first_code_installs_and_the_rest_runs_without_a_grader(name):
    code = [cell for cell in made(name).cells if cell.cell_type == "code"]
    assert "setup" in code[0].metadata.tags and "%pip install" in code[0].source
    assert not any(cell.outputs for cell in code)
    space, out = {}, io.StringIO()
    with redirect_stdout(out):
        for cell in code[1:]:
            exec(cell.source, space)
    said = out.getvalue().splitlines()
    assert len(said) == len(exercises.parts(name)) and all(line.startswith("Not yet: ") for line in said)
