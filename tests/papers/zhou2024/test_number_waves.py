"""Chapter 1's first section on planted embeddings, where the answer is known."""

import pytest
import torch

from circles.foundations.errors import ShapeError
from circles.papers.zhou2024 import number_waves


def planted(periods, size=3.0, p=101, d=16):
    n = torch.arange(p).double()
    rows = torch.randn(p, d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for i, period in enumerate(periods):
        angle = 2 * torch.pi * n / period
        rows[:, 2 * i] += size * angle.cos()
        rows[:, 2 * i + 1] += size * angle.sin()
    return number_waves.NumberWaves(rows, "planted")


@pytest.fixture(scope="module")
def four():
    return planted((10, 5, 2.5, 2))


def test_planted_periods_are_the_largest_and_no_chance(four, monkeypatch):
    monkeypatch.setattr(number_waves, "PERMUTATIONS", 99)
    paper, exact, other = four.norms
    assert four.largest_periods(paper) == four.largest_periods(exact) == [2, 2.5, 5, 10]
    assert four.largest_periods(other) == [2.02, 2.525, 5.05, 10.1]
    assert four.found_periods() == [2, 2.5, 5, 10]
    assert set(four.p_values) == {"2", "2.5", "5", "10"}
    assert max(four.p_values.values()) == pytest.approx(0.01)


def test_another_period_is_found_and_the_paper_s_are_not(monkeypatch):
    monkeypatch.setattr(number_waves, "PERMUTATIONS", 99)
    net = planted((4,))
    assert net.found_periods() == [4]
    assert min(net.p_values.values()) > 0.05


def test_marks_on_multiples_of_five_are_levelled(monkeypatch):
    monkeypatch.setattr(number_waves, "PERMUTATIONS", 99)
    rows = planted(()).rows.clone()
    rows[::5] += 3
    net = number_waves.NumberWaves(rows)
    assert net.found_periods() == [2.5, 5]
    assert number_waves.levelled(net, [0, 5]).found_periods() == []


def test_frames_hold_what_the_figures_ask_for(four):
    spectra = number_waves.spectra(four)
    assert spectra.groupby("panel")["spike"].sum().tolist() == [4, 4, 4]
    assert number_waves.spectra(four, four, basis="exact, 100")["panel"].unique().tolist() == ["planted"]
    wheel = number_waves.wheel(four)
    assert wheel["period"].unique().tolist() == [10, 5, 2.5]
    assert (wheel["number"] // 10 % 2 == 1).all()
    left = number_waves.left_over(four)
    assert len(left) == 100
    assert left["x"].iloc[-1] >= left["x"].iloc[0]


def test_shares_add_up_and_digits_are_read(four):
    assert sum(four.shares.values()) == pytest.approx(1)
    assert four.digit_accuracy() > 0.5 > 0.25 > four.digit_accuracy_permuted()


def test_a_count_without_the_periods_is_refused():
    with pytest.raises(ShapeError, match="100 numbers, expected one more than a multiple of ten, 21 at least"):
        number_waves.NumberWaves(torch.zeros(100, 3))
