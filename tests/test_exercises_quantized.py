"""Chapter 3's exercises: solutions pass, stubs fail and say why, wrong answers are told apart."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
import torch

from circles.teaching import NotYet, quantized, require
from circles.teaching.handout import PARTS, exercises, master

CHAPTER = Path(__file__).resolve().parents[1] / "chapters" / "03_exercises.ipynb"
NOTEBOOK = nbformat.read(CHAPTER, as_version=4)
ALL = exercises(NOTEBOOK)
STUB_SAYS = {
    "bits": "bits(1) gives 1, which is wrong: one value tells nothing",
    "maps": "take the mean off first",
    "invariances": "the answer to 'shift' is '?', expected True or False",
    "through": "carries no gradient",
    "quiet": "the power for full precision is '?'",
    "trains": "the prediction for inner, gradient is '?'",
    "harmonics": "a square wave has the odd multiples",
    "pvalue": "no finite number of controls makes a result impossible",
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
    assert len(table) >= 5


def test_every_exercise_has_all_parts_and_otter_can_be_given_it():
    assert all({*PARTS, "why"} <= set(parts) for parts in ALL.values())
    assert sum("BEGIN QUESTION" in cell.source for cell in master(NOTEBOOK).cells) == len(ALL)


def signs(w):
    return torch.where(w >= w.mean(), 1.0, -1.0).to(w)


@pytest.mark.parametrize(
    ("rule", "answers", "words"),
    [
        (quantized.bits, [lambda n: (n - 1).bit_length()], "three values need less than two whole bits"),
        (quantized.maps, [lambda W: torch.where(W >= 0, 1.0, -1.0), lambda W: W], "take the mean off first"),
        (quantized.maps, [signs, lambda W: ((W - W.mean()) / (W - W.mean()).abs().mean()).round().clip(-1, 1)],
         "the scale g is missing"),
        (quantized.maps, [signs, lambda W: W[0]], "ternary(W) gives shape (9,), expected a tensor of shape (6, 9)"),
        (quantized.invariances, [dict.fromkeys(quantized.QUESTIONS, True)],
         "to 'negative scale', but the binary matrix changes"),
        (quantized.straight_through, [lambda W: W], "does not have the values of binary(W)"),
        (quantized.straight_through, [lambda W: 2 * W + (signs(W) - 2 * W).detach()], "W gets a gradient off by"),
        (quantized.which_trains, [{("inner", "gradient"): "numbers", ("inner", "changes"): True,
                                   ("outer", "gradient"): "zeros"}], "'zeros' for outer, gradient"),
        (quantized.quiet_scores, [dict.fromkeys(quantized.KINDS, 2)], "you say 2 for binary, but at t"),
        (quantized.quiet_scores, [dict.fromkeys(quantized.KINDS, 1)], "a score has two matrices in it"),
        (quantized.sign_of_wave, [lambda p, k: [m * k % p for m in (1, 3, 5)]], "fold each multiple back"),
        (quantized.p_value, [lambda o, c: (1 + int((c <= o).sum())) / (1 + len(c))], "count the other side"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_why(rule, answers, words):
    with pytest.raises(NotYet, match=re.escape(words)):
        require(rule, *answers)


def test_what_the_exercise_says_of_the_two_weights_is_so():
    """The truth behind ``which_trains``, from the layer itself."""
    from circles.experiments.li2024.outer_weight import TwoWeights

    layer = TwoWeights(4, 6)
    before = {name: w.detach().clone() for name, w in layer.named_parameters()}
    adam = torch.optim.AdamW(layer.parameters(), lr=1e-3, weight_decay=1.0)
    layer(torch.ones(3, 4)).sum().backward()
    grads = {name: w.grad for name, w in layer.named_parameters()}
    adam.step()
    changed = {name: not torch.equal(w, before[name]) for name, w in layer.named_parameters()}
    assert grads["weight"] is None
    assert grads["inner.weight"].abs().max() > 0
    assert changed == {"weight": False, "inner.weight": True}
