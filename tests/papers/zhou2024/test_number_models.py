"""What is asked of many number embeddings: probes on planted digits, counts in a known text, levels, the figure."""

import json
import os

import pytest
import torch
from test_number_waves import planted

from circles.analysis import column_spectrum, digit_probes, number_spectrum
from circles.figures import numbers as figures
from circles.foundations.errors import ConfigError, NumbersError
from circles.papers.zhou2024 import number_counts, number_models, number_waves
from circles.papers.zhou2024.number_models import NumberModelRun


def probed(rows, **others):
    return {p.modulus: p for p in digit_probes.probes(rows, generator=torch.Generator().manual_seed(0), **others)}


def test_a_planted_digit_is_read_and_noise_is_not():
    found = probed(planted((10, 5, 2), size=12.0).rows[:100], permutations=19)
    assert found[10].accuracy > 0.8 and found[5].accuracy > 0.8 and found[2].accuracy > 0.8
    assert {m: p.p_value for m, p in found.items()} == {2: 0.05, 5: 0.05, 10: 0.05}
    noise = probed(planted(()).rows[:100], permutations=19)
    assert noise[10].accuracy < 0.3 and noise[2].p_value > 0.05
    assert abs(noise[2].permuted.mean() - 0.5) < 0.1


def test_a_probe_answers_for_numbers_that_it_has_not_seen():
    """One dimension a number: what is learnt of one says nothing of another, so that a probe must be at chance."""
    found = probed(torch.eye(100), permutations=9)
    assert found[10].accuracy <= 0.2


def test_a_wave_of_another_period_is_no_digit():
    assert probed(planted((7,), size=12.0).rows[:100], permutations=19)[10].accuracy < 0.3


def test_numbers_are_counted_as_whole_tokens():
    text = "12 and 12, x = 3; 3.5 1e5 0x10 7a a7 007 521 520 (0) [12] 1,000 99."
    counts = number_counts.counted([text, "12"])
    assert len(counts) == 521
    assert {n: c for n, c in enumerate(counts) if c} == {0: 1, 3: 1, 12: 4, 99: 1, 520: 1}


def test_the_counts_are_recorded_and_a_damaged_file_is_named(monkeypatch, tmp_path):
    assert number_counts.log_counts().shape == (521, 1)
    monkeypatch.setattr(number_counts, "recorded_file", lambda: tmp_path / "counts.json")
    for counts in ("{}", "[1, 2]", [1] * 520, [1] * 520 + [-1], [1] * 520 + [1.5], [1] * 520 + [2**53], [[1]] * 521):
        (tmp_path / "counts.json").write_text(json.dumps({"counts": counts}), encoding="utf-8")
        with pytest.raises(NumbersError, match="counts.json: damaged, expected counts of numbers 0 to 520; git"):
            number_counts.log_counts()
    (tmp_path / "counts.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(NumbersError, match="counts.json: damaged, not JSON .*; git restore brings it back"):
        number_counts.log_counts()
    (tmp_path / "counts.json").unlink()
    os.mkfifo(tmp_path / "counts.json")
    with pytest.raises(NumbersError, match="counts.json: damaged, a pipe or a device"):
        number_counts.log_counts()


def test_ranks_are_the_tokens_in_their_order():
    ranks = number_counts.log_ranks("minilm")
    assert ranks.shape == (342, 1)
    assert ranks[1] < ranks[341]  # 1 is a more frequent word than 341


def test_what_a_column_tells_is_taken_away_and_no_more():
    rows = planted((10,)).rows
    column = torch.randn(101, 1, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    left = number_models.without(rows + 5 * column, column)
    assert torch.allclose(left, number_models.without(rows, column))
    assert (left.mT @ column).abs().max() < 1e-9


@pytest.fixture
def few(monkeypatch):
    """Planted embeddings for a model, fewer permutations."""
    monkeypatch.setattr(number_waves, "PERMUTATIONS", 49)
    monkeypatch.setattr(number_models, "waves", lambda of: planted((10, 5, 2.5, 2), size=3.0))
    return number_models.Found("minilm", NumberModelRun().compute())


def test_a_model_is_asked_everything(few):
    assert few.N == 100
    assert sorted(few.largest()) == sorted(few.largest(basis="exact")) == [2, 2.5, 5, 10]
    assert few.above_chance() == [10, 5, 2.5, 2]
    assert list(few.p_values()) == list(few.p_values("fives_levelled")) == [10, 5, 3.333, 2.5, 2]
    assert few.probe(10).accuracy > 0.5
    frame = number_models.frame({"planted": few})
    assert frame["digit"].sum() == 5 and len(frame) == 41
    assert number_models.probe_frame({"planted": few})["modulus"].tolist() == [2, 5, 10]
    figure = figures.spikes_by_model(frame)
    assert "planted: above it 10, 5, 2.5, 2." in figure.alt


def test_an_unknown_name_is_refused():
    with pytest.raises(ConfigError, match="of is 'gpt9', expected one of minilm, whisper-tiny"):
        NumberModelRun(of="gpt9")


def test_a_flat_column_has_no_low_band():
    net = number_models.waves("minilm-ranks-flat")
    assert net.shares["low frequencies"] < 1e-9
    assert net.p == 341


def test_a_column_has_the_spikes_that_the_products_give():
    column = planted((10, 5), size=1.0).rows[:100, :1]
    draws = [torch.Generator().manual_seed(1) for _ in range(2)]
    one = column_spectrum.spikes(column, range(10, 51), permutations=99, generator=draws[0])
    other = number_spectrum.spikes(column, range(10, 51), permutations=99, generator=draws[1])
    assert torch.allclose(one.size, other.size) and torch.equal(one.corrected, other.corrected)
    assert torch.equal(one.p_value, other.p_value)
    assert torch.allclose(one.largest_controls, other.largest_controls)
