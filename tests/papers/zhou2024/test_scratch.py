"""Embeddings that were random at first: kept after training, and counted for the paper's periods."""

import math

import torch

from circles.papers.zhou2024 import embeddings, number_waves, scratch
from circles.training import runs


def test_the_trained_embeddings_are_kept_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    config = scratch.ScratchRun(addends=11, width=12, heads=2, depth=1, epochs=2, lr=1e-3, batch=32)
    (run,) = runs.train([config], device="cpu")
    assert run.measures.keys() == {"W_E"}
    assert not run.weights
    start = embeddings.table("random", 12, count=21, seed=0, std=config.std)
    moved = (run.measures["W_E"] - start).norm() / start.norm()
    assert 1e-4 < float(moved) < 1
    assert number_waves.NumberWaves(run.measures["W_E"]).p == 21


def test_the_papers_periods_are_counted(monkeypatch):
    monkeypatch.setattr(number_waves, "PERMUTATIONS", 99)
    rows = torch.randn(101, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert scratch.of_the_paper(number_waves.NumberWaves(rows)) == 0
    n = torch.arange(101)
    for i, period in enumerate((10, 2.5, 4)):  # two of the paper's, one that is not
        rows[:, i] += 5 * torch.cos(2 * math.pi * n / period)
    assert scratch.of_the_paper(number_waves.NumberWaves(rows)) == 2
