"""Every exercise notebook in chapters/: solutions pass, stubs fail and say why, wrong answers are told apart."""

from __future__ import annotations

import re
from collections import Counter

import exercises
import pytest
import torch
from exercises import NAMES, notebook, own, parts

from circles.teaching import NotYet, check, require, sheet, waves
from circles.teaching.sheet import PARTS, place

HEAD = r"## (\d+)\. (.+)\n\n\*(predict|prove|build) · (\d+) minutes · difficulty [123] of 3\*\n"
ALL = [(name, exercise) for name in NAMES for exercise in parts(name)]
RIGHT = [
    pytest.param(name, exercise, answers, id=f"{name}-{exercise}-{i}")
    for name in NAMES
    for exercise, forms in own(name, "RIGHT").items()
    for i, answers in enumerate(forms)
]
WRONG = [
    pytest.param(name, exercise, *told, id=f"{name}-{exercise}-{i}")
    for name in NAMES
    for exercise, all_told in own(name, "WRONG").items()
    for i, told in enumerate(all_told)
]


def test_the_notebooks_are_found():
    assert len(NAMES) >= 5


@pytest.mark.parametrize(("name", "exercise"), ALL)
def test_the_solution_passes(name, exercise, capsys):
    exercises.run(name, exercise, "solution")
    words = capsys.readouterr().out
    assert words.splitlines()[-1].startswith("Right: "), words


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
        re.match(HEAD, part["statement"].source)
        for part in parts(name).values()
    ]
    assert [head and head.groups() for head in heads] == table
    kinds = Counter(kind for _, _, kind, _ in table)
    assert set(kinds) == {"predict", "prove", "build"}
    assert len(table) >= 5
    for kind, least in own(name, "LEAST").items():
        assert (len(table) if kind == "all" else kinds[kind]) >= least, kind


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_all_parts_and_its_answers_have_names_of_their_own(name):
    assert all({*PARTS, "why"} <= set(part) for part in parts(name).values())
    answers = [answer for part in parts(name).values() for answer in sheet.asked(part["check"].source).answers]
    assert len(answers) == len(set(answers)), "an answer would be read after another exercise has changed it"


@pytest.mark.parametrize("name", NAMES)
def test_every_solution_and_every_reason_is_folded(name):
    for part in parts(name).values():
        assert "hide-cell" in part["solution"].metadata.tags
    for cell in notebook(name).cells:
        if place(cell)[1] == "why":
            assert cell.source.startswith("<details><summary>")


def rule(name, exercise):
    """The rule that the notebook's check of this exercise names."""
    return sheet.asked(parts(name)[exercise]["check"].source).rule


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_has_three_right_forms_and_five_wrong_answers(name):
    for exercise in parts(name):
        assert len(own(name, "RIGHT").get(exercise, [])) >= 3, exercise
        assert len(own(name, "WRONG").get(exercise, [])) >= 5, exercise


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize(("name", "exercise", "answers"), RIGHT)
def test_a_right_answer_of_another_form_is_taken(name, exercise, answers, seed):
    require(rule(name, exercise), *answers, draw=None if seed is None else torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("name", "exercise", "answers", "words"), WRONG)
def test_a_wrong_answer_is_told_why(name, exercise, answers, words):
    with pytest.raises(NotYet, match=re.escape(words)):
        require(rule(name, exercise), *answers)


@pytest.mark.parametrize(("name", "exercise"), ALL)
def test_the_solution_passes_whatever_is_drawn(name, exercise):
    asked = sheet.asked(parts(name)[exercise]["check"].source)
    space = exercises.run(name, exercise, "solution")
    for seed in range(2, 6):
        require(asked.rule, *(space[answer] for answer in asked.answers), draw=torch.Generator().manual_seed(seed))


def test_check_never_raises(capsys):
    check(waves.alias, lambda: 0)
    assert "Not yet: your code stopped with TypeError" in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_two_or_three_hints_between_its_statement_and_its_stub(name):
    cells = notebook(name).cells
    for exercise in parts(name):
        tagged = [i for i, cell in enumerate(cells) if f"exercise:{exercise}" in cell.metadata.get("tags", [])]
        statement, hints, stub = (cells[i] for i in tagged[:3])
        assert place(statement)[1] == "statement" and "hint" in hints.metadata.tags and place(stub)[1] == "stub"
        assert re.findall(r"<summary>Hint (\d)</summary>", hints.source) in (["1", "2"], ["1", "2", "3"]), exercise


def test_a_third_of_the_minutes_is_spent_on_what_was_trained():
    trained_on = {
        "permuted", "digits", "unseen", "ablate", "directions", "by_hand", "kinds", "halved", "read_loop", "geodesic",
        "rate",
    }  # fmt: skip
    spent = {True: 0, False: 0}
    for name in NAMES:
        for exercise, part in parts(name).items():
            recorded = exercise in trained_on or (name, exercise) == ("02_exercises", "through")
            spent[recorded] += int(re.search(r"· (\d+) minutes", part["statement"].source)[1])
    assert spent[True] >= sum(spent.values()) / 3
