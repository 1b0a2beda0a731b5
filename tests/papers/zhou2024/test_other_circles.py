"""Frozen circles of other periods: what their table holds, and that a run is held to it."""

import math

import numpy as np
import pytest
import torch

from circles.book import registry
from circles.foundations.errors import ConfigError
from circles.papers.zhou2024 import embeddings, other_circles
from circles.papers.zhou2024.other_circles import CircleRun
from circles.training import runs

TINY = {"addends": 21, "width": 12, "heads": 2, "depth": 1, "epochs": 2, "batch": 64, "lr": 1e-3}


def test_the_papers_circles_are_those_of_the_rescue():
    ours = CircleRun(addends=51, width=96, periods=embeddings.CIRCLES).table()
    assert torch.allclose(ours, embeddings.table("circles", 96, count=101, seed=0, std=0.5), atol=1e-6)


@pytest.mark.parametrize(("periods", "rank"), [((100, 1000), 4), ((3, 7, 11, 100, 1000), 10), ((2, 5), 3)])
def test_a_table_holds_the_waves_of_its_periods_and_no_more(periods, rank):
    table = CircleRun(addends=51, width=96, periods=periods).table().double()
    assert float(table.std()) == pytest.approx(0.5, rel=1e-5)
    size = torch.linalg.svdvals(table)
    assert int((size > 1e-4 * size[0]).sum()) == rank
    n = np.arange(101)
    waves = [f(2 * math.pi * n / period) for period in periods for f in (np.cos, np.sin)] + [np.ones(101)]
    fit, *_ = np.linalg.lstsq(np.stack(waves, 1), table.numpy(), rcond=None)
    assert np.abs(np.stack(waves, 1) @ fit - table.numpy()).max() < 1e-5


@pytest.mark.parametrize(
    ("periods", "message"),
    [
        ((1, 5), "periods holds 1, expected whole numbers from 2"),
        (tuple(range(3, 11)), "periods has 16 waves, expected"),
    ],
)
def test_periods_that_cannot_be_meant(periods, message):
    with pytest.raises(ConfigError, match=message):
        CircleRun(**TINY, periods=periods).table()


def test_a_run_holds_its_circles_fast(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    config = CircleRun(**TINY)
    (run,) = runs.train([config], device="cpu")
    assert len(run.measures["errors"]) == 441 - 352
    weights, epoch, settings = CircleRun.problem([config], torch.device("cpu"))
    *_, last = config.descent(weights, settings).records(epoch, 1)
    assert torch.equal(last.weights["W_E"][0], config.table())


def test_the_command_trains_both_sets_at_the_small_setting():
    found = registry.RUNS["rescue-circles"](1)
    assert [c.periods for c in found] == [(100, 1000), (3, 7, 11, 100, 1000)]
    assert len({(c.name, c.digest) for c in found}) == 2
    assert {(c.numbers, c.width, c.depth, c.epochs, c.trained) for c in found} == {(101, 96, 2, 35, False)}
    assert registry.FAMILIES["rescue-circles"] is other_circles.CircleRun
