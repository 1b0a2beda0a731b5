"""Chapter 4's exercises on sampled frequencies: solutions pass, stubs fail and say why, as do wrong answers."""

from __future__ import annotations

import math
import re
from pathlib import Path

import nbformat
import pytest
import torch

from circles.teaching import NotYet, require, sampled
from circles.teaching.handout import exercises

NOTEBOOK = nbformat.read(Path(__file__).resolve().parents[1] / "chapters" / "04_exercises.ipynb", as_version=4)
STUB_SAYS = {
    "spread": "at x = y every pair gives cos^2 + sin^2 = 1",
    "stretch": "a flat direction keeps the distance",
    "bochner": "you have the frequencies of exp(-u^2 / 2) alone",
}
ALL = {name: parts for name, parts in exercises(NOTEBOOK).items() if name in STUB_SAYS}


def said(name: str, part: str, capsys: pytest.CaptureFixture[str]) -> str:
    imports = next(cell.source for cell in NOTEBOOK.cells if "from circles.teaching import" in cell.source)
    space: dict[str, object] = {}
    exec(imports, space)
    exec(ALL[name][part].source, space)
    if part == "stub":
        exec(ALL[name]["check"].source, space)
    return capsys.readouterr().out


def test_they_are_all_there():
    assert set(ALL) == set(STUB_SAYS)


@pytest.mark.parametrize("name", STUB_SAYS)
def test_the_solution_passes(name, capsys):
    assert said(name, "solution", capsys).startswith("Right: ")


@pytest.mark.parametrize("name", STUB_SAYS)
def test_the_stub_runs_and_its_check_says_what_is_wrong(name, capsys):
    words = said(name, "stub", capsys)
    assert words.startswith("Not yet: ")
    assert STUB_SAYS[name] in words


def one(k, k2, D):
    return ((1 + k2) / 2 - k**2) / D


def paired(k, k2, D):
    return 2 * one(k, k2, D)


def normal(count, generator):
    return torch.randn(count, generator=generator)


@pytest.mark.parametrize(
    ("rule", "answers", "words"),
    [
        (sampled.spread, [one, one], "D features are only D / 2 frequencies"),
        (sampled.spread, [paired, one], "the phases add 1 / 2"),
        (sampled.spread, [lambda k, k2, D: (1 + k2) / D, one], "at x = y every pair"),
        (sampled.stretch, [lambda a, b: max(1.0, a * b)], "no such f stretches by more than 1"),
        (sampled.stretch, [lambda a, b: 1.0], "a step may jump to the other side and farther"),
        (sampled.stretch, [lambda a, b: None], "gives None, expected a number"),
        (sampled.frequencies, [lambda c, generator: 3.0], "gives float, expected a tensor of 40000 numbers"),
        (sampled.frequencies, [lambda c, generator: torch.randn(c)], "pass generator=generator to each draw"),
        (
            sampled.frequencies,
            [lambda c, generator: torch.full((c,), 3.0)],
            "you have the frequencies of cos(3 u) alone",
        ),
        (sampled.frequencies, [lambda c, generator: 3 + normal(c, generator)], "every frequency with both signs"),
    ],
)
def test_a_wrong_answer_is_told_why(rule, answers, words):
    with pytest.raises(NotYet, match=re.escape(words)):
        require(rule, *answers)


def test_the_variances_by_adding_up_are_the_formulas_of_the_package():
    """The rule's own truth, sums over a grid of frequencies, against ``features.variance``."""
    from circles.foundations import features

    for u in (0.0, 0.7, 2.0):
        k, k2 = (torch.tensor(math.exp(-(s**2) / 2), dtype=torch.float64) for s in (u, 2 * u))
        assert abs(sampled._paired(u) - float(features.variance(k, k2, 1, "paired"))) < 1e-6
        assert abs(sampled._cosine(u) - float(features.variance(k, k2, 1, "cosine"))) < 1e-6
