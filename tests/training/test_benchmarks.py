"""A benchmark's command line: its options reach the measurement, and nothing is kept unless it is asked for."""

from __future__ import annotations

import json

import pytest

from circles.foundations.errors import RunError
from circles.training import benchmarks, runs


def measured(steps: int, small: bool) -> dict[str, benchmarks.Row]:
    return {"row": {"steps": steps, "small": small}}


def ran(*words: str, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(runs, "recordings", lambda: tmp_path)
    monkeypatch.setattr("sys.argv", ["probe.py", *words])
    benchmarks.command("probe", "Probe.", measured, steps=(3, "how many"), small=(False, "leave the large out"))


@pytest.mark.parametrize(
    ("words", "row"), [((), {"steps": 3, "small": False}), (("--steps", "5", "--small"), {"steps": 5, "small": True})]
)
def test_options_reach_the_measurement_and_nothing_is_kept(words, row, monkeypatch, tmp_path, capsys):
    ran(*words, monkeypatch=monkeypatch, tmp_path=tmp_path)
    assert json.loads(capsys.readouterr().out) == {"row": row}
    with pytest.raises(RunError, match="benchmark 'probe' is not recorded"):
        benchmarks.recorded("probe")


def test_a_recorded_result_is_read_back(monkeypatch, tmp_path):
    (tmp_path / "benchmarks").mkdir()
    ran("--record", monkeypatch=monkeypatch, tmp_path=tmp_path)
    assert benchmarks.recorded("probe") == {"row": {"steps": 3, "small": False}}


def test_a_wrong_option_stops_it(monkeypatch, tmp_path, capsys):
    with pytest.raises(SystemExit):
        ran("--steps", "many", monkeypatch=monkeypatch, tmp_path=tmp_path)
    assert "--steps: invalid int value: 'many'" in capsys.readouterr().err
