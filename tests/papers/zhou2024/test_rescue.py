"""The rescue: its pairs, its embeddings, its errors, its runs."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from circles.analysis import addition_errors
from circles.figures import FigureError
from circles.figures import numbers as figures
from circles.foundations.errors import ConfigError
from circles.papers.zhou2024 import embeddings, rescue_frames, rescue_runs
from circles.papers.zhou2024.rescue import RescueRun
from circles.training import addition, runs

TINY = {"addends": 21, "width": 12, "heads": 2, "depth": 1, "epochs": 2, "batch": 64}


def test_the_split_is_a_partition_in_the_papers_shares():
    sides = addition.split(171, seed=3)
    assert {name: len(side) for name, side in sides.items()} == {"train": 23392, "valid": 2924, "test": 2925}
    assert torch.equal(torch.cat(list(sides.values())).sort().values, torch.arange(171**2))
    assert not torch.equal(sides["test"], addition.split(171, seed=4)["test"])
    with pytest.raises(ConfigError, match="addends is 2, expected enough for pairs"):
        addition.split(2, seed=0)


def test_an_epoch_shows_each_replicate_all_of_its_pairs_once():
    sides = [addition.split(21, seed=s)["train"] for s in (0, 1)]
    before = torch.random.get_rng_state()
    found = list(addition.batches(sides, 50, seeds=(0, 1), epoch=3))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert [x.shape[1] for x in found] == [50] * 7 + [2]
    for r in range(2):
        assert torch.equal(torch.cat(found, 1)[r].sort().values, sides[r])
    alone = torch.cat(list(addition.batches(sides[1:], 50, seeds=(1,), epoch=3)), 1)
    assert torch.equal(torch.cat(found, 1)[1:], alone)
    later = torch.cat(list(addition.batches(sides, 50, seeds=(0, 1), epoch=4)), 1)
    assert not torch.equal(torch.cat(found, 1), later)


def energy(rows):
    """Of the rows 0 ... N-1, the share of each k = 0 ... N/2 by numpy's transform."""
    power = (np.abs(np.fft.rfft(rows[:-1].double().numpy(), axis=0)) ** 2).sum(1)
    power[1:-1] *= 2
    return power / power.sum()


@pytest.mark.parametrize(("count", "width", "border"), [(341, 336, 33), (101, 96, 10)])
def test_the_parts_of_minilm_hold_the_waves_they_say(count, width, border):
    N = count - 1
    spikes, low, high = [N // 10, N // 5, 2 * N // 5, N // 2], slice(1, border), slice(border, None)
    found = {kind: energy(embeddings.table(kind, width, count=count, seed=0, std=0.5)) for kind in embeddings.KINDS}
    assert found["low"][high].sum() < 1e-9
    assert found["high"][low].sum() < 1e-9
    assert found["no-spikes"][spikes].max() < 1e-9
    rest = [k for k in range(border, N // 2 + 1) if k not in spikes]
    assert found["spikes-and-low"][rest].max() < 1e-9
    assert found["spikes-and-low"][spikes].min() > 1e-3
    assert found["moved"][spikes].max() < 1e-9
    moved = [round(N / 7), round(2 * N / 7), round(3 * N / 7), round(N / 3)]
    assert np.allclose(found["moved"][moved].sum(), found["spikes-and-low"][spikes].sum(), atol=0.01)
    assert found["circles"][[N // 100 or 1, *spikes]].sum() > 0.5


def test_embeddings_are_equally_loud_and_principal_components_keep_all_distances():
    for kind in embeddings.KINDS:
        assert math.isclose(
            float(embeddings.table(kind, 48, count=101, seed=0, std=0.5).double().std()), 0.5, rel_tol=1e-5
        )
    from circles.foundations import numbers

    rows = numbers.load("minilm").rows[:101].double()
    whole = embeddings.principal(100, count=101)
    assert (torch.cdist(whole, whole) - torch.cdist(rows, rows)).abs().max() < 1e-5
    assert torch.equal(embeddings.table("random", 8, count=101, seed=1, std=1.0),
                       embeddings.table("random", 8, count=101, seed=1, std=1.0))  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "width", "count", "message"),
    [
        ("mini", 8, 101, "embedding is 'mini', expected one of minilm"),
        ("minilm", 8, 100, "100 numbers, expected one more than a multiple of ten"),
        ("minilm", 101, 101, "width is 101, expected 1 to 100, the components of 101 numbers"),
    ],
)
def test_embeddings_that_cannot_be_meant(kind, width, count, message):
    with pytest.raises(ConfigError, match=message):
        embeddings.table(kind, width, count=count, seed=0, std=0.5)


def test_an_answer_is_sought_among_the_numbers_alone():
    logits = torch.tensor([[0.0, 3.0, 1.0, 9.0], [2.0, 0.0, 1.0, 0.0]])
    assert addition_errors.errors(logits, torch.tensor([1, 2]), numbers=3).tolist() == [0, -2]


def test_the_signature_of_errors():
    found = addition_errors.signature(torch.tensor([0, 0, 1, -1, 10, -20, 3, 0, 0, 0]))
    assert found == {"exact": 0.5, "off_by_one": 0.4, "tens": 0.4, "within_2": 0.7, "within_10": 0.9}
    perfect = addition_errors.signature(torch.zeros(4, dtype=torch.long))
    assert perfect["exact"] == 1
    assert math.isnan(perfect["tens"])


def test_a_run_holds_its_frozen_embedding_fast_and_measures_held_out_pairs(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    together = runs.train([RescueRun(seed=s, **TINY) for s in (0, 1)])
    measures = together[1].measures
    assert measures["epoch"].tolist() == [0, 1, 2]
    assert len(measures["errors"]) == 441 - 352
    assert float((measures["errors"] == 0).double().mean()) == pytest.approx(float(measures["exact"][-1]))
    config = RescueRun(seed=1, **TINY)
    weights, epoch, settings = RescueRun.problem([config], torch.device("cpu"))
    *_, last = config.descent(weights, settings).records(epoch, 2)
    assert torch.equal(last.weights["W_E"], weights["W_E"])
    assert not torch.equal(last.weights["W_S"], weights["W_S"])
    assert float(last.loss) == pytest.approx(float(together[1].losses[-1]), rel=1e-3)  # alone as beside another
    a, b = config.held_out()
    trained = set(addition.split(21, seed=1)["train"].tolist())
    assert not trained & set((a * 21 + b)[0].tolist())


def test_trained_embeddings_move():
    config = RescueRun(embedding="random", trained=True, **TINY)
    weights, epoch, settings = RescueRun.problem([config], torch.device("cpu"))
    *_, last = config.descent(weights, settings).records(epoch, 1)
    assert not torch.equal(last.weights["W_E"], weights["W_E"])


def test_names_and_digests_tell_all_runs_apart():
    configs = [c for s in (0, 1) for c in (*rescue_runs.contrast(s), *rescue_runs.causal(s))]
    assert len({(c.family, c.name) for c in configs}) == len({c.digest for c in configs}) == len(configs)


def histogram_frame():
    rows = [("frozen", e, 0.1, 40) for e in (-10, -1, 1, 10, 25)] + [("random", e, 0.25, 12) for e in (-2, -1, 1, 2)]
    return pd.DataFrame(rows, columns=["net", "error", "share", "wrong"])


def test_figures_say_what_they_show():
    found = figures.error_histograms(histogram_frame())
    assert "frozen (40 errors): 20% off by one, 20% off by 10 or 20" in found.alt
    dots = pd.DataFrame({
        "row": ["low", "low", "high"], "who": ["ours", "paper", "ours"], "seed": [0, None, 0],
        "accuracy": [0.9, 0.5, 0.1],
    })  # fmt: skip
    assert "low, ours 90%; low, paper 50%; high, ours 10%" in figures.accuracy_dots(dots, caption="Dots.").alt
    lens = pd.DataFrame({"layer": [0, 1], "near": ["exact"] * 2, "share": [0.0, 0.5]})
    assert "at 0: exact 0%; at 1: exact 50%" in figures.lens_by_layer(lens).alt
    for figure in (found, figures.accuracy_dots(dots, caption="Dots."), figures.lens_by_layer(lens)):
        assert figure.picture[:4] == b"\x89PNG"


@pytest.mark.parametrize("chart", [figures.error_histograms, figures.lens_by_layer, figures.left_over])
def test_figures_name_a_missing_column(chart):
    with pytest.raises(FigureError, match="the frame has no column"):
        chart(pd.DataFrame({"net": ["a"]}))


def test_frames_count_what_the_runs_hold():
    class Held:
        config = rescue_runs.config(("low", False), 25, 0)
        measures = {
            "epoch": torch.tensor([0, 1, 2]), "exact": torch.tensor([0.0, 0.5, 0.75]),
            "off_by_one": torch.tensor([0.0, 0.0, 0.5]), "tens": torch.tensor([0.0, 0.0, 0.5]),
            "errors": torch.tensor([0, 1, -30, 0], dtype=torch.int16),
        }  # fmt: skip

    assert rescue_frames.pooled([Held], "tens") == 0.5
    found = rescue_frames.errors([Held])
    assert found["error"].tolist() == [-25, 1]
    assert found["share"].tolist() == [0.5, 0.5]
    assert rescue_frames.curves([Held])["value"].tolist() == [0.0, 0.5, 0.75]
