"""Chapter 5's exercises: solutions pass, stubs fail and say why, wrong answers are told apart."""

from __future__ import annotations

import math
import re
from pathlib import Path

import nbformat
import pytest
import torch

from circles.teaching import NotYet, manifolds, require
from circles.teaching.handout import PARTS, exercises, master

CHAPTER = Path(__file__).resolve().parents[1] / "chapters" / "05_exercises.ipynb"
NOTEBOOK = nbformat.read(CHAPTER, as_version=4)
ALL = exercises(NOTEBOOK)
STUB_SAYS = {
    "kl_circle": "an integral over the circle gives 3.8728",
    "scaled": "d lengths are multiplied, each by s",
    "turned": "square and sum the nine entries",
    "mean_cosine": "time here has the factor 1/2",
    "ahead": "is ahead of heat by 0.50",
    "nearest_rotation": "flip only the direction that costs least",
    "around": "the inner side has less area than the outer",
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


@pytest.mark.parametrize("name", STUB_SAYS)
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
    assert len(table) >= 5


def test_every_exercise_has_all_parts_and_otter_can_be_given_it():
    assert all({*PARTS, "why"} <= set(parts) for parts in ALL.values())
    assert sum("BEGIN QUESTION" in cell.source for cell in master(NOTEBOOK).cells) == len(ALL)


def svd(x):
    u, _, vt = torch.linalg.svd(x)
    return u @ vt


@pytest.mark.parametrize(
    ("rule", "answer", "words"),
    [
        (manifolds.kl_circle, lambda t: math.log(2 * math.pi) - math.log(t) / 2 - 0.5, "the root of 2 pi t, not of t"),
        (manifolds.kl_circle, lambda t: -math.log(2 * math.pi * t) / 2 - 0.5, "the log of the circle's length"),
        (manifolds.kl_circle, lambda t: math.log(2 * math.pi / t) / 2, r"the mean of r\^2"),
        (manifolds.kl_circle, lambda t: None, "expected a number"),
        (manifolds.scaled, lambda d, s: (s**d, d * (d - 1) / s), "a larger sphere is flatter"),
        (manifolds.scaled, lambda d, s: (s**d, 1 / s**2), "the circle is flat"),
        (manifolds.scaled, lambda d, s: s**d, "expected two numbers"),
        (manifolds.turned, lambda w: (2 * math.sqrt(2) * math.sin(w / 2), w), "the angle itself is not the length"),
        (manifolds.turned, lambda w: (2 * math.sqrt(2) * math.sin(w / 2), 2 * w), "sum small chords"),
        (manifolds.mean_cosine, lambda d, t: math.exp(-d * t), "the square of what it should be"),
        (manifolds.mean_cosine, lambda d, t: math.exp(-t / 2), "its Laplacian?"),
        (manifolds.ahead, lambda d: max(0.0, (3 - d) / 2), r"S\^4 is behind heat by -0.50"),
        (manifolds.nearest_rotation, svd, "a mirrored rotation"),
        (manifolds.nearest_rotation, lambda x: x, "no orthogonal matrix"),
        (manifolds.nearest_rotation, lambda x: x.tolist(), "expected a 3 x 3 tensor"),
        (manifolds.around, lambda n, g: torch.zeros(n), "cos 1b is 1.000, expected 0.100: check the density"),
        (manifolds.around, lambda n, g: torch.rand(n - 1, generator=g), "expected a tensor of 40000 angles"),
    ],
)
def test_wrong_answers_are_told_apart(rule, answer, words):
    with pytest.raises(NotYet, match=words):
        require(rule, answer)
