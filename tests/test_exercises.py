"""Solutions pass, stubs fail and say why, and otter makes and grades the student's notebook."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
import torch

from circles.foundations.errors import CirclesError
from circles.teaching import NotYet, check, nets, require, waves
from circles.teaching.handout import PARTS, exercises, master, place, write

CHAPTER = Path(__file__).resolve().parents[1] / "chapters" / "02_exercises.ipynb"
NOTEBOOK = nbformat.read(CHAPTER, as_version=4)
ALL = exercises(NOTEBOOK)
# What each check says of its stub: the words that tell a reader what to do.
STUB_SAYS = {
    "alias": "expected a whole number from 0 to p//2 = 3",
    "gini": "one of 5 holds all, but it is one of the 5",
    "losses": "expected the word low or high",
    "coefficients": "the basis rows carry sqrt(2/p) each",
    "sharp": "leave out d = 0",
    "attention": "the query is that of the token = at position 2",
    "decay": "differentiate log sum_d exp(s f(d))",
    "addition": "for p = 7 your net is right on 14% of the pairs; 0 + 1 gives 0",
    "split": "project each column",
    "keys": "these frequencies hold nearly everything",
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
def test_the_solution_passes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(name, "solution", capsys).startswith("Right: ")


@pytest.mark.parametrize("name", ALL)
def test_the_stub_runs_and_its_check_says_what_is_wrong(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = said(name, "stub", capsys)
    assert words.startswith("Not yet: ")
    assert STUB_SAYS[name] in words


def test_the_table_names_every_exercise_with_its_kind_and_minutes() -> None:
    table = re.findall(r"^\| (\d+) \| (.+) \| (\w+) \| (\d+) \|$", NOTEBOOK.cells[0].source, re.MULTILINE)
    heads = [
        re.match(r"## (\d+)\. (.+)\n\n\*(predict|prove|build) · (\d+) minutes\*\n", parts["statement"].source)
        for parts in ALL.values()
    ]
    assert [head and head.groups() for head in heads] == table
    assert {kind for _, _, kind, _ in table} == {"predict", "prove", "build"}


def test_every_solution_is_folded() -> None:
    for parts in ALL.values():
        assert "hide-cell" in parts["solution"].metadata.tags
    for cell in NOTEBOOK.cells:
        if place(cell)[1] == "why":
            assert cell.source.startswith("<details><summary>")


def wrong_sign(p: int, ks: tuple[int, ...]) -> dict[str, torch.Tensor]:
    space: dict[str, object] = {}
    exec("import torch\nfrom circles.foundations import fourier", space)
    exec(ALL["addition"]["solution"].source.split("\n\n\ncheck")[0], space)
    net = space["addition_net"](p, ks)
    n = len(ks)
    net["W_L"] = torch.cat([net["W_L"][:n], -net["W_L"][n : 2 * n], net["W_L"][2 * n : 3 * n], -net["W_L"][3 * n :]])
    return net


@pytest.mark.parametrize(
    ("rule", "answers", "words"),
    [
        (waves.alias, [lambda k, p: k % p // 2], "they are not the same wave"),
        (waves.alias, [lambda k, p: None], "gives None, expected a number"),
        (waves.alias, [lambda k, p: 1 // 0], "your code stopped with ZeroDivisionError"),
        (waves.coefficients, [lambda p: dict(zip(waves.PAIRS, (p / 2, p / 2, 0, 0), strict=True))], "the sign is not"),
        (waves.coefficients, [lambda p: None], "expected a dict with the keys cos cos, sin sin"),
        (waves.gini, [lambda n, m: m / n], "average |x_i - x_j|"),
        (nets.addition_net, [wrong_sign], "your net computes a - b: look at a sign"),
        (nets.split, [lambda logits, ks: None], "expected a pair of tensors"),
        (nets.two_losses, [{("memoriser", "restricted"): "low"}], "only the key waves are kept"),
    ],
)
def test_a_wrong_answer_is_told_why(rule, answers, words: str) -> None:
    with pytest.raises(NotYet, match=re.escape(words)):
        require(rule, *answers)


def test_one_frequency_is_not_enough_when_it_shares_a_divisor_with_p() -> None:
    def margin(p, ks):
        f = waves.clean_logits(p, ks)
        return f[0] - f[1:].max()

    with pytest.raises(NotYet, match=r"sharp\(4, \(2,\)\) says True, but the answer a \+ b - 2"):
        require(waves.sharp_argmax, margin, lambda p, ks: True)


def test_check_never_raises(capsys: pytest.CaptureFixture[str]) -> None:
    check(waves.alias, lambda: 0)
    assert "Not yet: your code stopped with TypeError" in capsys.readouterr().out


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


def test_every_exercise_has_all_parts() -> None:
    assert len(ALL) >= 7
    assert all(set(PARTS) <= set(parts) for parts in ALL.values())
