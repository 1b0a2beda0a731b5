"""Every exercise notebook in chapters/: solutions pass, stubs fail and say why, wrong answers are told apart."""

from __future__ import annotations

import re
from collections import Counter

import exercises
import pytest
from exercises import NAMES, notebook, own, parts

from circles.teaching import NotYet, check, require, waves
from circles.teaching.handout import PARTS, master, place

ALL = [(name, exercise) for name in NAMES for exercise in parts(name)]
TOLD = [pytest.param(*told, id=f"{name}-{i}-{told[2]}") for name in NAMES for i, told in enumerate(own(name, "TOLD"))]


def test_the_notebooks_are_found():
    assert len(NAMES) >= 5


@pytest.mark.parametrize(("name", "exercise"), ALL)
def test_the_solution_passes(name, exercise, capsys):
    exercises.run(name, exercise, "solution")
    words = capsys.readouterr().out
    assert words.startswith("Right: "), words


@pytest.mark.parametrize(("name", "exercise"), ALL)
def test_the_stub_runs_and_its_check_says_what_is_wrong(name, exercise, capsys):
    exercises.run(name, exercise, "stub", "check")
    words = capsys.readouterr().out
    assert words.startswith("Not yet: "), f"the stub passes: {words}"
    assert own(name, "STUB_SAYS").get(exercise, "") in words, words
    shown = "".join(output.get("text", "") for output in parts(name)[exercise]["check"].outputs)
    assert re.sub(r"[\d.]+", "#", words) == re.sub(r"[\d.]+", "#", shown), "the notebook shows another sentence"


@pytest.mark.parametrize("name", NAMES)
def test_each_stub_has_its_words(name):
    assert not own(name, "STUB_SAYS") or set(own(name, "STUB_SAYS")) == set(parts(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_table_names_every_exercise_with_its_kind_and_minutes(name):
    table = re.findall(r"^\| (\d+) \| (.+) \| (\w+) \| (\d+) \|$", notebook(name).cells[0].source, re.MULTILINE)
    heads = [
        re.match(r"## (\d+)\. (.+)\n\n\*(predict|prove|build) · (\d+) minutes\*\n", part["statement"].source)
        for part in parts(name).values()
    ]
    assert [head and head.groups() for head in heads] == table
    kinds = Counter(kind for _, _, kind, _ in table)
    assert set(kinds) == {"predict", "prove", "build"}
    assert len(table) >= 5
    for kind, least in own(name, "LEAST").items():
        assert (len(table) if kind == "all" else kinds[kind]) >= least, kind


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_all_parts_and_otter_can_be_given_it(name):
    assert all({*PARTS, "why"} <= set(part) for part in parts(name).values())
    assert sum("BEGIN QUESTION" in cell.source for cell in master(notebook(name)).cells) == len(parts(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_solution_and_every_reason_is_folded(name):
    for part in parts(name).values():
        assert "hide-cell" in part["solution"].metadata.tags
    for cell in notebook(name).cells:
        if place(cell)[1] == "why":
            assert cell.source.startswith("<details><summary>")


@pytest.mark.parametrize(("rule", "answers", "words"), TOLD)
def test_a_wrong_answer_is_told_why(rule, answers, words):
    with pytest.raises(NotYet, match=re.escape(words)):
        require(rule, *answers)


def test_check_never_raises(capsys):
    check(waves.alias, lambda: 0)
    assert "Not yet: your code stopped with TypeError" in capsys.readouterr().out
