"""Chapter 4's exercises: solutions pass, stubs fail and say why, wrong answers are told apart."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
import torch

from circles.models.rkhm_vector import AuthorsQR
from circles.teaching import NotYet, kernels, require
from circles.teaching.handout import PARTS, exercises, master

CHAPTER = Path(__file__).resolve().parents[1] / "chapters" / "04_exercises.ipynb"
NOTEBOOK = nbformat.read(CHAPTER, as_version=4)
ALL = exercises(NOTEBOOK)
STUB_SAYS = {
    "eigenvalues": "try the vectors (1, 1) and (1, -1)",
    "product": "entries multiply place by place for a signal",
    "homogeneous": "the answer to 'constant' is '?', expected True or False",
    "modulation": "the exponents add up",
    "average": "does not commute with the shift",
    "frequencies": "solve (K_f + penalty) c_f = y_f for each f",
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
    assert STUB_SAYS.get(name, "") in words


def test_the_table_names_every_exercise_with_its_kind_and_minutes():
    table = re.findall(r"^\| (\d+) \| (.+) \| (\w+) \| (\d+) \|$", NOTEBOOK.cells[0].source, re.MULTILINE)
    heads = [
        re.match(r"## (\d+)\. (.+)\n\n\*(predict|prove|build) · (\d+) minutes\*\n", parts["statement"].source).groups()
        for parts in ALL.values()
    ]
    assert heads == table
    assert {kind for _, _, kind, _ in table} == {"predict", "prove", "build"}
    assert len(table) >= 6 and sum(kind == "prove" for _, _, kind, _ in table) >= 2


def test_every_exercise_has_all_parts_and_otter_can_be_given_it():
    assert all({*PARTS, "why"} <= set(parts) for parts in ALL.values())
    assert sum("BEGIN QUESTION" in cell.source for cell in master(NOTEBOOK).cells) == len(ALL)


@pytest.mark.parametrize(
    ("rule", "answers", "words"),
    [
        (kernels.two_eigenvalues, [lambda a, b: a], "expected two numbers"),
        (kernels.fast_product, [lambda x, y: torch.fft.ifft(torch.fft.fft(x) * torch.fft.fft(y))], "is complex"),
        (kernels.fast_product, [lambda x, y: x[:0]], "expected a tensor of shape (1,)"),
        (kernels.modulation, [lambda f, s, p: f + s, torch.sum], "count it modulo p"),
        (kernels.modulation, [lambda f, s, p: (f + s) % p, torch.mean], "takes each eigenvalue's place once"),
        (kernels.best_coefficients, [lambda C: sum(C.roll((-t, -t), (0, 1)) for t in range(len(C)))], "divide by the"),
        (kernels.homogeneous, [dict.fromkeys(kernels.RAYS, True)], "at t near 0 every such function is near 0"),
        (kernels.homogeneous, [{"constant": False, "slope": True, "bend": False, "scale": True}], "another c changes"),
        (kernels.ridge_by_frequency, [lambda K, y, penalty: y.T], "expected a tensor of shape (4, 3)"),
    ],
)
def test_a_wrong_answer_is_told_why(rule, answers, words):
    with pytest.raises(NotYet, match=re.escape(words)):
        require(rule, *answers)


def test_what_the_exercise_says_of_homogeneous_kernels_is_so():
    """The truth behind ``homogeneous``, from the kernel itself, for two scales c."""
    x, y = torch.rand(3, 2, dtype=torch.float64), torch.rand(4, 2, dtype=torch.float64)
    for c in (0.01, 100.0):
        k = AuthorsQR(c, signs="positive")
        assert (k.values(3 * x, y) - 3 * k.values(x, y)).abs().max() < 1e-7 * k.values(x, y).abs().max()
