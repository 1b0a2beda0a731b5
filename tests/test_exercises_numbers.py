"""Chapter 1's exercises: solutions pass, stubs fail and say why, wrong answers are told apart."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import nbformat
import pytest
import torch

from circles.teaching import NotYet, numbers, require
from circles.teaching.handout import PARTS, exercises, master

CHAPTER = Path(__file__).resolve().parents[1] / "chapters" / "01_exercises.ipynb"
NOTEBOOK = nbformat.read(CHAPTER, as_version=4)
ALL = exercises(NOTEBOOK)
STUB_SAYS = {
    "periods": "these are 3 periods, and there are more",
    "spectrum": "two rows of the basis belong to a frequency",
    "marks": "a mark on the multiples of ten shows at period 5",
    "alias": "a longer period has them too",
    "corrected": "one is small by chance six times as often",
    "filter": "expected 0: take away all that the rows of A see of h",
    "alike": "0 is missing",
}


def said(name: str, part: str, capsys: pytest.CaptureFixture[str]) -> str:
    imports = next(cell.source for cell in NOTEBOOK.cells if "from circles.teaching import" in cell.source)
    space: dict[str, object] = {}
    exec(imports, space)
    exec(ALL[name][part].source, space)
    if part == "stub":
        exec(ALL[name]["check"].source, space)
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ALL)
def test_the_solution_passes(name, capsys):
    assert said(name, "solution", capsys).startswith("Right: ")


@pytest.mark.parametrize("name", ALL)
def test_the_stub_runs_and_its_check_says_what_is_wrong(name, capsys):
    words = said(name, "stub", capsys)
    assert words.startswith("Not yet: ")
    assert STUB_SAYS[name] in words


def test_the_table_names_every_exercise_with_its_kind_and_minutes():
    table = re.findall(r"^\| (\d+) \| (.+) \| (\w+) \| (\d+) \|$", NOTEBOOK.cells[0].source, re.MULTILINE)
    heads = [
        re.match(r"## (\d+)\. (.+)\n\n\*(predict|prove|build) · (\d+) minutes\*\n", parts["statement"].source).groups()
        for parts in ALL.values()
    ]
    assert heads == table
    assert {kind for _, _, kind, _ in table} == {"predict", "prove", "build"}
    assert len(table) >= 6


def test_every_exercise_has_all_parts_and_otter_can_be_given_it():
    assert all({*PARTS, "why"} <= set(parts) for parts in ALL.values())
    assert sum("BEGIN QUESTION" in cell.source for cell in master(NOTEBOOK).cells) == len(ALL)


def uncentred(rows):
    energy = torch.fft.rfft(rows, dim=0).abs().square().sum(1) * 2 / len(rows)
    energy[0] /= 2
    if len(rows) % 2 == 0:
        energy[-1] /= 2
    return energy.sqrt()


@pytest.mark.parametrize(
    ("rule", "answers", "words"),
    [
        (numbers.last_digit_periods, [[10, 5, 10 / 3, 2.5, 2, 4]], "a wave of period 4 does not repeat after ten"),
        (numbers.last_digit_periods, [[10, 10 / 9]], "period 1.11111 is under 2"),
        (numbers.spectrum, [uncentred], "component 0 is not zero: take the mean off"),
        (numbers.spectrum, [lambda rows: rows], "norms(rows) gives shape (12, 3), expected a tensor of shape (7,)"),
        (numbers.marks, [{"multiples of ten": [10, 5, 10 / 3, 2.5, 2], "multiples of five": [10, 5, 2.5]}],
         "a mark on the multiples of five does not show at period 10"),
        (numbers.marks, [{}], "the answer for 'multiples of ten' is None"),
        (numbers.same_wave, [lambda T: Fraction(10)], "slowest(5/2) gives 10: its values differ"),
        (numbers.corrected, [lambda o, c: (c.max(1).values[:, None] >= o).double().mean(0)],
         "no finite number of controls makes a result impossible"),
        (numbers.nearest_point, [lambda h, A: 0 * h], "A x is 0, but x lies"),
        (numbers.alike, [lambda c, T, n: [x for x in range(n) if (x - c) % 2 == 0]], "(2, 5), 130): 0 is not among"),
        (numbers.alike, [lambda c, T, n: 5], "gives 5, expected a list of numbers"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_why(rule, answers, words):
    with pytest.raises(NotYet, match=re.escape(words)):
        require(rule, *answers)
