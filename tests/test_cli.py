"""The command line: what it prints, and one line with status 2 for every mistake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

import pytest

from circles import cli
from circles.book import reproduce, sweep
from circles.foundations.errors import LedgerError, RunError
from circles.training import runs, shelf
from circles.training.run_config import RunConfig

REGISTRY = SimpleNamespace(RUNS={"grokking": lambda seed: SimpleNamespace(seed=seed)})


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setitem(sys.modules, "circles.book.registry", REGISTRY)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("claims nanda2032", "did you mean 'nanda2023'"),
        ("run groking", "did you mean 'grokking'"),
        ("run grokking --seeds 4-0", "--seeds is '4-0', expected"),
        ("run grokking --seeds x", "--seeds is 'x', expected"),
        ("run grokking --seeds 1,,2", "--seeds is '1,,2', expected"),
        ("run grokking --seeds -1", "--seeds is '-1', expected"),
        ("run grokking --sed 1", "--sed"),
        ("run", "Missing argument"),
        ("where wl-rank", "expected paper/claim, such as nanda2023/wl-rank"),
        ("where nanda2023/wl-rang", "did you mean 'wl-rank'"),
        ("bogus", "No such command 'bogus'"),
        ("analyse", "Missing argument"),
        ("analyse /no/such/file.pth", "/no/such/file.pth"),
        ("record --trained /no/such/folder", "--trained is /no/such/folder, expected"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(registry, capsys, words, message):
    assert cli.main(words.split()) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert err.count("\n") == 1
    assert not out


def test_the_list_of_commands_says_each_in_full(capsys):
    assert cli.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert "Usage: python -m circles" in said and "..." not in said.partition("Commands:")[2]


@pytest.mark.parametrize(("text", "seeds"), [("0", [0]), ("0-4", [0, 1, 2, 3, 4]), ("3, 1,0-1", [3, 1, 0])])
def test_seeds(text, seeds):
    assert cli.parse_seeds(text) == seeds


def test_claims_lists_every_claim(capsys):
    from circles import ledger

    assert cli.main(["claims", "nanda2023"]) == 0
    out = capsys.readouterr().out
    for claim in ledger.paper("nanda2023").claims:
        assert claim.id in out
        assert f"paper  {claim.paper}" in out
        assert f"band   {claim.band}" in out


def test_no_word_prints_the_commands(capsys):
    assert cli.main([]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("claims", "run", "runs", "analyse", "reproduce", "record"))


def test_runs_lists_size_age_and_machine(monkeypatch, tmp_path, capsys):
    _shelve(tmp_path / "cache" / "grokking" / "p113-seed0-0123456789ab")
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(runs, "recordings", lambda: tmp_path / "recorded")
    assert cli.main(["runs"]) == 0
    assert "grokking/p113-seed0-0123456789ab" in (line := capsys.readouterr().out)
    assert "MB" in line
    assert "days  A processor, 2 cores" in line
    (tmp_path / "cache" / "grokking" / "p113-seed0-0123456789ab" / "run.json").write_text("{", encoding="utf-8")
    assert cli.main(["runs"]) == 2
    assert "damaged" in capsys.readouterr().err


def test_promoting_replaces_the_older_recording(monkeypatch, tmp_path):
    _shelve(tmp_path / "recorded" / "grokking" / "p113-seed0-0123456789ab")
    _shelve(tmp_path / "recorded" / "grokking" / "p113-seed1-0123456789ab")
    _shelve(tmp_path / "new" / "grokking" / "p113-seed0-ffffffffffff")
    monkeypatch.setattr(runs, "recordings", lambda: tmp_path / "recorded")
    assert shelf.promote(tmp_path / "new") == ["p113-seed0-ffffffffffff"]
    found = sorted(p.name for p in (tmp_path / "recorded" / "grokking").iterdir())
    assert found == ["p113-seed0-ffffffffffff", "p113-seed1-0123456789ab"]


def test_promoting_one_seed_keeps_the_others_whose_names_are_the_same(monkeypatch, tmp_path):
    shelved = {"0" * 12: 0, "1" * 12: 1, "2" * 12: 2}
    for digest, seed in shelved.items():
        _shelve(tmp_path / "recorded" / "rey2020-digits" / f"sphere2-{digest}", seed)
    for digest, seed in {"a" * 12: 0, "1" * 12: 1}.items():
        _shelve(tmp_path / "new" / "rey2020-digits" / f"sphere2-{digest}", seed)
    monkeypatch.setattr(runs, "recordings", lambda: tmp_path / "recorded")
    shelf.promote(tmp_path / "new")
    found = sorted(p.name for p in (tmp_path / "recorded" / "rey2020-digits").iterdir())
    assert found == [f"sphere2-{digit * 12}" for digit in "12a"]


def test_promoting_over_a_run_that_does_not_say_its_seed_removes_nothing(monkeypatch, tmp_path):
    old = tmp_path / "recorded" / "rey2020-digits" / "sphere2-0123456789ab"
    _shelve(old)
    (old / "run.json").write_text('{"config": {}}', encoding="utf-8")
    _shelve(tmp_path / "new" / "rey2020-digits" / "sphere2-ffffffffffff")
    monkeypatch.setattr(runs, "recordings", lambda: tmp_path / "recorded")
    with pytest.raises(RunError, match="0123456789ab/run.json: damaged, expected a run's seed"):
        shelf.promote(tmp_path / "new")
    assert [p.name for p in old.parent.iterdir()] == [old.name]


def test_runs_alike_but_for_the_seed_train_side_by_side(monkeypatch, capsys):
    @dataclass(frozen=True, kw_only=True)
    class Made(RunConfig):
        p: int = 5
        family: ClassVar[str] = "g"
        varies: ClassVar[tuple[str, ...]] = ("seed",)
        name: ClassVar[str] = "g"

    trained = []

    def train(group, device):
        trained.append([c.seed for c in group])
        return [SimpleNamespace(config=c, losses=[1.0, 2e-7], folder="F") for c in group]

    recipe = SimpleNamespace(RUNS={"g": lambda seed: Made(seed=seed, epochs=1, p=5 + seed // 2)})
    monkeypatch.setitem(sys.modules, "circles.book.registry", recipe)
    monkeypatch.setattr(runs, "train", train)
    monkeypatch.setattr(runs, "recorded", lambda config: None)
    monkeypatch.setattr(sweep, "progress", lambda chosen: nullcontext())
    assert cli.main(["run", "g", "--seeds", "0-3"]) == 0
    assert trained == [[0, 1], [2, 3]]
    assert "seed 3  loss 2e-07" in capsys.readouterr().out


@pytest.mark.parametrize(("error", "status"), [(reproduce.Failed("02 cell 3"), 1), (LedgerError("x"), 2)])
def test_a_changed_verdict_is_status_1(monkeypatch, capsys, error, status):
    def fail(jobs):
        raise error

    monkeypatch.setattr(reproduce, "reproduce", fail)
    assert cli.main(["reproduce"]) == status
    assert capsys.readouterr().err == f"circles: {error}\n"


@pytest.mark.parametrize(("before", "after"), [(None, "passive"), ("active", "active")])
def test_threads_sleep_while_they_wait_unless_told_otherwise(monkeypatch, before, after):
    monkeypatch.setenv("OMP_WAIT_POLICY", before or "")
    if before is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    cli.main(["claims", "x"])
    assert os.environ["OMP_WAIT_POLICY"] == after


def test_the_command_takes_how_many_chapters_run_at_once(monkeypatch):
    asked = []
    monkeypatch.setattr(reproduce, "reproduce", lambda jobs: asked.append(jobs) or "")
    assert [cli.main(["reproduce", "--jobs", "3"]), cli.main(["reproduce"])] == [0, 0]
    assert asked == [3, None]


def test_python_m_circles():
    command = [sys.executable, "-m", "circles", "claims", "x"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 2
    assert done.stderr.startswith("circles: no paper 'x' in the ledger")


def _shelve(folder, seed=0):
    folder.mkdir(parents=True)
    about = {"config": {"seed": seed}, "provenance": {"processor": "A processor", "cores": 2}}
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")


def test_machine_says_what_sums_depend_on(capsys, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert cli.main(["machine"]) == 0
    said = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert {"processor", "cores", "torch", "instructions", "threads"} <= set(said)
    assert said["OMP_NUM_THREADS"] == "1"
