"""A sweep on a Dask cluster that loses a worker in the middle ends with the same table, and repeats no finished run."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pandas as pd
import pytest

from circles.book import sweep
from circles.training import runs

distributed = pytest.importorskip("distributed")
# In a module of its own, which the workers import too. A unit draws a number and takes its time.
MODULE = """
import time
from dataclasses import dataclass

import torch

from circles.foundations.streams import streams
from circles.training.computed import ComputedRun

@dataclass(frozen=True, kw_only=True)
class Unit(ComputedRun):
    family = "units"

    @property
    def name(self):
        return f"unit-seed{self.seed}"

    def compute(self):
        time.sleep(0.4)
        return {"drawn": torch.randn(3, generator=streams(self.seed, "unit")["unit"])}
"""


@pytest.fixture
def units(tmp_path, monkeypatch):
    """Eight units of a study."""
    (tmp_path / "studyunit.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    sys.modules.pop("studyunit", None)
    import studyunit

    return [studyunit.Unit(seed=seed) for seed in range(8)]


def finished(root):
    """The finished runs of a cache, with when each was written."""
    return {file.parent.name: file.stat().st_mtime_ns for file in root.glob("*/*/run.json")}


def table(found):
    return pd.DataFrame([run.measures["drawn"].tolist() for run in found], index=[run.config.seed for run in found])


def test_a_lost_worker_changes_nothing(units, tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "here"))
    expected = table(sweep.train(units))

    there = tmp_path / "there"
    monkeypatch.setenv("CIRCLES_CACHE", str(there))
    lost = {}

    def kill_one(pid):
        while len(finished(there)) < 2:
            time.sleep(0.02)
        lost["before"] = finished(there)
        os.kill(pid, signal.SIGKILL)
        lost["at"] = time.time_ns()

    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, protocol="tcp")
    with cluster, distributed.Client(cluster) as client:
        pid = next(iter(client.run(os.getpid).values()))
        killer = threading.Thread(target=kill_one, args=[pid], daemon=True)
        killer.start()
        found = table(sweep.train(units, scheduler=cluster.scheduler_address))
        killer.join(5)
    after = finished(there)
    assert any(when > lost["at"] for when in after.values()), (
        "all was done when the worker was lost: nothing was tested"
    )
    pd.testing.assert_frame_equal(found, expected)
    kept = {name: after[name] for name in lost["before"]}
    assert kept == lost["before"], "a finished run was done again"

    sweep.train(units)
    assert finished(there) == after, "a finished sweep was done again"


def test_units_of_a_study_are_sent_out_one_by_one(units):
    assert [len(group) for group in sweep.batches(units, "cpu")] == [1] * 8


def test_progress_counts_what_is_on_disk(units, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    files = [runs.folder_of(config, tmp_path) / "run.json" for config in units]
    for file in files:
        file.parent.mkdir(parents=True)
    files[0].write_text("{}", encoding="utf-8")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with sweep.progress(units, every=0.01) as bar:
        assert (bar.total, bar.n) == (8, 1)
        files[1].write_text("{}", encoding="utf-8")
        end = time.monotonic() + 5
        while bar.n < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert bar.n == 2
    said = capsys.readouterr().err
    assert "2/8" in said and "left" in said
