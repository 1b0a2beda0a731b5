"""Seconds of the chapters: kept, read back, summed by chapter, and shown beside the limits that the commands state."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from nbformat import NotebookNode

from circles import ledger
from circles.book import chapters, page, reproduce, spent
from circles.foundations.errors import RunError
from circles.training import runs, shelf

ROOT = Path(__file__).parents[2]
ONE, TWO = Path("chapters/02_grokking.ipynb"), Path("chapters/primer.ipynb")


@pytest.fixture
def recordings(monkeypatch, tmp_path) -> Path:
    monkeypatch.setattr(runs, "recordings", lambda: tmp_path)
    return tmp_path


def a_run(recordings: Path, family: str, name: str, tier: str, seconds: float) -> None:
    folder = recordings / family / name
    folder.mkdir(parents=True)
    about = {"config": {"tier": tier}, "provenance": {"seconds": seconds}}
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")


def test_what_was_not_measured_now_stays(recordings):
    assert spent.kept() == {"fresh": {}, "recorded": {}}
    spent.keep({ONE: 400.04}, {ONE: 90.0, TWO: 3.0})
    spent.keep({}, {ONE: 80.0})
    assert spent.kept() == {"fresh": {"02_grokking": 400.0}, "recorded": {"02_grokking": 80.0}}
    assert json.loads((recordings / "seconds.json").read_text(encoding="utf-8"))["provenance"]["cores"] >= 1


@pytest.mark.parametrize("content", ["", "[]", '{"fresh": 3}', '{"recorded": {"x": "y"}}', '{"fresh": {"x": -1}}'])
def test_a_damaged_file_is_named_in_one_line(recordings, content):
    (recordings / "seconds.json").write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match="seconds.json: damaged") as caught:
        spent.kept()
    assert "\n" not in str(caught.value)


def test_training_is_that_of_the_live_runs_by_chapter(recordings):
    for family, name, tier, seconds in (
        ("grokking", "a", "live", 10.5),
        ("rkhm-mixing", "a", "live", 1.0),
        ("sgm-gaps", "a", "live", 2.0),
        ("sgm-gaps", "b", "recorded", 1000.0),
    ):
        a_run(recordings, family, name, tier, seconds)
    assert spent.training() == {"02_grokking": 10.5, "04_kernels": 3.0}


def test_every_paper_with_live_runs_has_seconds():
    found = spent.training()
    assert set(found) == {paper.chapter for paper in ledger.papers()}
    assert all(seconds > 0 for seconds in found.values())


def test_the_table_shows_sums_and_leaves_open_what_was_not_measured(recordings):
    a_run(recordings, "grokking", "a", "live", 1234.4)
    spent.keep({}, {ONE: 90.0, TWO: 3.4})
    text = page.seconds(ROOT / "chapters")
    assert "| {doc}`02_grokking` | 1,234 | 90 |  |" in text
    assert "| {doc}`primer` |  | 3 |  |" in text
    assert "| together | 1,234 | 93 |  |" in text
    assert "03_quantized" not in text


def test_the_limits_are_those_that_the_commands_state():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name, minutes in spent.LIMITS.items():
        assert re.search(rf"^{name}:.*under {minutes} minutes", makefile, re.MULTILINE)


@pytest.mark.parametrize(
    ("outputs_only", "kept"), [(False, {"fresh": 7.0, "recorded": 2.0}), (True, {"fresh": None, "recorded": 2.0})]
)
def test_record_keeps_what_it_measured(recordings, monkeypatch, outputs_only, kept):
    """The driver itself, its notebooks and runs left out."""
    took = {"fresh": 7.0, "recorded": 2.0}
    monkeypatch.setattr(reproduce, "run_all", lambda mode, *_: ({}, {ONE: took[mode]}, []))
    monkeypatch.setattr(shelf, "promote", lambda cache: [])
    monkeypatch.setattr(chapters, "write_ours", lambda notebooks: None)
    reproduce.record(outputs_only=outputs_only)
    assert {kind: spent.kept()[kind].get("02_grokking") for kind in spent.KINDS} == kept


def test_a_summary_that_fails_on_what_was_just_written_is_refused(recordings, monkeypatch, tmp_path):
    (summary := tmp_path / "scorecard.ipynb").write_text("as it was", encoding="utf-8")
    (ours := tmp_path / "ours.json").write_text('{"a/b": "1"}', encoding="utf-8")
    seen = []

    def execute(path, *_):
        seen.append(ours.read_text(encoding="utf-8"))
        return NotebookNode(cells=[]), ["scorecard cell 3: KeyError: 'a/b'"]

    monkeypatch.setattr(chapters, "OURS", ours)
    monkeypatch.setattr(chapters, "execute", execute)
    monkeypatch.setattr(reproduce, "run_all", lambda *_: ({summary: NotebookNode(cells=[])}, {summary: 2.0}, []))
    with pytest.raises(reproduce.Failed, match="scorecard cell 3: KeyError: 'a/b'\nthe outputs were left"):
        reproduce.record(outputs_only=True)
    assert seen == ["{}\n"], "the summary reads what this call found"
    assert summary.read_text(encoding="utf-8") == "as it was" and ours.read_text(encoding="utf-8") == '{"a/b": "1"}'
    assert not (recordings / "seconds.json").exists()
