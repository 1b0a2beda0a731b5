"""A sweep on a Dask cluster that loses a worker in the middle ends with the same table, and repeats no finished run."""

from __future__ import annotations

import os
import signal
import threading
import time

import pandas as pd
import pytest

from circles.experiments import sweep
from circles.experiments.nanda2023 import sweeps
from circles.experiments.nanda2023.sweeps import SweepRun
from circles.training import runs

distributed = pytest.importorskip("distributed")
SMALL = dict(p=7, d_model=8, n_heads=1, d_mlp=16, fraction=0.8, lr=0.005, grokked=0.9)
FAST = [SweepRun(seed=seed, epochs=125, **SMALL) for seed in range(2)]
SLOW = [SweepRun(seed=seed, epochs=625, **SMALL | {"grokked": 2.0}) for seed in range(2, 4)]


def finished(root):
    """The finished runs of a cache, with when each was written."""
    return {file.parent.name: file.stat().st_mtime_ns for file in root.glob("*/*/run.json")}


def table(found):
    return sweeps.table(found).astype({"epochs_to_learn": float, "epochs_to_grok": float})


def test_a_lost_worker_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "here"))
    expected = table(sweep.train(FAST + SLOW, device="cpu"))

    there = tmp_path / "there"
    monkeypatch.setenv("CIRCLES_CACHE", str(there))
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, protocol="tcp")
    with cluster, distributed.Client(cluster) as client:
        before = {}

        def kill_one():
            while not list(there.glob("*/*.partial")) and not finished(there):
                time.sleep(0.05)
            while len(finished(there)) < 1:
                time.sleep(0.05)
            before.update(finished(there))
            pids = list(client.run(os.getpid).values())
            os.kill(pids[0], signal.SIGKILL)
            before["killed at"] = time.time_ns()

        killer = threading.Thread(target=kill_one, daemon=True)
        killer.start()
        found = table(sweep.train(FAST + SLOW, device="cpu", scheduler=cluster.scheduler_address))
        killer.join(5)
    killed = before.pop("killed at")
    after = finished(there)
    assert any(when > killed for when in after.values()), "all was done when the worker was lost: nothing was tested"
    pd.testing.assert_frame_equal(found, expected)
    assert {name: after[name] for name in before} == before, "a finished run was trained again"

    sweep.train(FAST + SLOW, device="cpu")
    assert finished(there) == after, "a finished sweep was trained again"


def test_progress_counts_what_is_on_disk(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    files = [runs.folder_of(config, tmp_path) / "run.json" for config in FAST + SLOW]
    for file in files:
        file.parent.mkdir(parents=True)
    files[0].write_text("{}")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with sweep.progress(FAST + SLOW, every=0.01) as bar:
        assert (bar.total, bar.n) == (4, 1)
        files[1].write_text("{}")
        end = time.monotonic() + 5
        while bar.n < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert bar.n == 2
    said = capsys.readouterr().err
    assert "2/4" in said and "left" in said
