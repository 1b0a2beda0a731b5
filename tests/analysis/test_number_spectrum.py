"""Spectra against sums over cosines, the permutation test against what is known of it, digits against planted ones,
probes against their closed form."""

import math

import numpy as np
import pytest
import torch
from steep_rows import steep

from circles.analysis import digit_probes, last_digit, number_spectrum
from circles.foundations.errors import ShapeError


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def planted(n=60, d=12, periods=(10, 5), size=1.0, seed=0):
    """Noise with a wave of each period along two directions of its own."""
    x, rows = np.arange(n), noise(n, d, seed=seed)
    for i, period in enumerate(periods):
        angle = torch.tensor(2 * np.pi * x / period)
        rows[:, 2 * i] += size * angle.cos()
        rows[:, 2 * i + 1] += size * angle.sin()
    return rows


@pytest.mark.parametrize("n", [20, 21])
def test_norms_are_sums_over_cosines_and_sines(n):
    rows, x = noise(n, 5), np.arange(n)
    centred = rows.numpy() - rows.numpy().mean(0)
    for k in range(1, n // 2 + 1):
        waves = np.stack([np.cos(2 * np.pi * k * x / n), np.sin(2 * np.pi * k * x / n)])
        scale = 1 / n if 2 * k == n else 2 / n
        want = math.sqrt(((waves @ centred) ** 2).sum() * scale)
        assert abs(number_spectrum.norms(rows)[k].item() - want) < 1e-10
    assert number_spectrum.norms(rows)[0].item() < 1e-10


def test_the_papers_norms_fold_the_last_number_on_the_first():
    rows = noise(21, 5)
    centred = rows - rows.mean(0)
    folded = centred[:20].clone()
    folded[0] += centred[20]
    assert torch.allclose(number_spectrum.paper_norms(rows)[1:], number_spectrum.norms(folded)[1:])


def test_planted_waves_are_the_largest_and_are_found():
    rows = planted(size=2.0)
    components = range(3, 31)
    assert set(number_spectrum.largest(number_spectrum.norms(rows), components, 2)) == {6, 12}
    generator = torch.Generator().manual_seed(1)
    found = number_spectrum.spikes(rows, components, permutations=99, generator=generator)
    assert found.found() == [6, 12]
    assert found.corrected.min().item() == pytest.approx(0.01)
    assert bool((found.corrected >= found.p_value).all())


def test_the_fast_energies_are_those_of_the_basis():
    rows = noise(20, 7)
    centred = rows - rows.mean(0)
    waves = torch.full((11,), 2.0, dtype=torch.float64)
    waves[0] = waves[10] = 1.0
    order = torch.randperm(20, generator=torch.Generator().manual_seed(3))
    fast = number_spectrum._energy(centred @ centred.mT, order, torch.arange(11))
    assert (fast - number_spectrum.norms(rows[order]).square() / waves).abs().max() < 1e-10


def test_noise_seldom_has_a_spike():
    """At level 0.2 a fifth of noise embeddings have one; without the correction nearly all would."""
    hits, uncorrected = 0, 0
    for seed in range(60):
        generator = torch.Generator().manual_seed(seed)
        found = number_spectrum.spikes(noise(20, 4, seed=seed), range(1, 11), permutations=19, generator=generator)
        hits += bool(found.found(0.2))
        uncorrected += bool((found.p_value <= 0.2).any())
    assert 4 <= hits <= 22  # binomial(60, 0.2): 12 +- 3.1
    assert uncorrected > 40


def test_shares_add_up_and_removal_removes():
    rows = planted()
    shares = number_spectrum.shares(rows, {"low": [1, 2], "tens": [6, 12]})
    assert sum(shares.values()) == pytest.approx(1)
    left = number_spectrum.without(rows, [6, 12])
    after = number_spectrum.norms(left)
    assert after[[6, 12]].max().item() < 1e-10
    kept = [k for k in range(1, 31) if k not in (6, 12)]
    assert torch.allclose(after[kept], number_spectrum.norms(rows)[kept])


def test_functions_of_the_last_digit_are_the_waves_of_z10():
    digits = torch.arange(70) % 10
    table = noise(10, 3)
    energy = number_spectrum.norms(table[digits]).square()
    inside = energy[last_digit.components(70)].sum()
    assert inside.item() == pytest.approx(energy.sum().item())
    with pytest.raises(ShapeError, match="n is 71, expected a multiple of ten"):
        last_digit.components(71)


def test_a_planted_digit_is_read_from_held_out_numbers_and_noise_is_not():
    assert last_digit.accuracy(planted(200, 12, (10,), 8.0), (10.0,)) > 0.9
    assert last_digit.accuracy(noise(200, 12), (10.0, 5.0, 2.5, 2.0)) < 0.2


def test_a_number_is_read_alone_as_among_others():
    rows, numbers, periods = planted(100, 12, (10, 5), 1.5), torch.arange(100), (10.0, 5.0)
    fit, held = numbers[:80], numbers[80:]
    together = last_digit.read(rows, fit, held, periods)
    alone = torch.cat([last_digit.read(rows, fit, held[i : i + 1], periods) for i in range(20)])
    assert alone.tolist() == together.tolist() and len(together.unique()) > 5


def test_planes_leave_out_the_sine_of_period_two():
    n = torch.arange(20)
    assert last_digit.planes(noise(20, 6), n, (10.0, 2.0)).shape == (6, 3)


def test_a_mark_on_round_numbers_alone_makes_all_five_spikes_and_levelling_takes_them_away():
    mark = torch.zeros(60, 3, dtype=torch.float64)
    mark[::10] = torch.tensor([1.0, 2.0, -1.0], dtype=torch.float64)
    energy = number_spectrum.norms(mark).square()[last_digit.components(60)]
    assert torch.allclose(energy / energy[0], torch.tensor([1, 1, 1, 1, 0.5], dtype=torch.float64))  # one wave at 2
    assert last_digit.levelled(mark, [0]).abs().max().item() == 0
    fives = torch.zeros(60, 1, dtype=torch.float64)
    fives[::5] = 1.0
    strong = number_spectrum.norms(fives)[last_digit.components(60)] > 1e-9
    assert strong.tolist() == [False, True, False, True, False]  # periods 5 and 2.5 alone
    rows = noise(60, 4)
    kept = torch.arange(60) % 5 != 0
    assert torch.equal(last_digit.levelled(rows, [0, 5])[kept], rows[kept])
    assert torch.allclose(last_digit.levelled(rows, [0])[20], rows[21:30].mean(0))


def test_a_share_is_one_of_energy():
    x = torch.arange(40, dtype=torch.float64)
    turn = 2 * math.pi / 40 * x
    rows = torch.stack([3 + 2 * (4 * turn).cos(), (8 * turn).sin() + math.sqrt(0.5) * (20 * turn).cos()], 1)
    found = number_spectrum.shares(rows, {"four": [4], "eight": [8]})  # variances 2, 1/2 and 1/2
    assert found == pytest.approx({"four": 2 / 3, "eight": 1 / 6, "rest": 1 / 6})


def probed(rows):
    """What a probe for n mod 5 answers to 30 ... 39, which rows these are, and what it is taught."""
    numbers = torch.arange(len(rows))
    out, targets = numbers // 10 == 3, torch.nn.functional.one_hot(numbers % 5).double()
    return torch.from_numpy(digit_probes._answers(rows, targets.numpy(), out)), out, targets


def test_a_probe_answers_a_number_without_a_look_at_the_others_that_are_held_out():
    rows = planted(seed=4)
    moved = rows.clone()
    moved[31:40] = 50 + 9 * noise(9, 12, seed=5)
    before, after = probed(rows)[0], probed(moved)[0]
    assert (after[0] - before[0]).abs().max() < 1e-12 < 1 < (after[1:] - before[1:]).abs().max()


def test_a_probes_penalty_is_the_count_of_the_numbers_that_it_has_seen():
    """(X^T X + n I)^-1 X^T y with X scaled to mean 0 and variance 1, and the mean of y."""
    rows = planted(seed=4) * torch.linspace(0.1, 5, 12, dtype=torch.float64) + 3
    answers, out, y = probed(rows)
    known, seen = rows[~out], y[~out]
    n, (variance, mean) = len(known), torch.var_mean(known, 0, correction=0)
    X, asked = ((x - mean) / variance.sqrt() for x in (known, rows[out]))
    weights = torch.linalg.inv(X.mT @ X + n * torch.eye(12)) @ X.mT @ seen
    assert n == 50 and (answers - asked @ weights - seen.mean(0)).abs().max() < 1e-12


def test_a_wave_on_a_steep_spectrum_stands_out_beside_its_neighbours_alone():
    rows, high = steep(), list(range(10, 51))
    rows[:, 3] += 1.2 * (2 * torch.pi * torch.arange(100) / 5).cos()
    whole, beside = (
        number_spectrum.spikes(rows, high, permutations=200, beside=b, generator=torch.Generator().manual_seed(1))
        for b in (0, 8)
    )
    assert whole.found() == [] and beside.found() == [20], "period 5 of a hundred numbers"
    energy = number_spectrum.norms(rows).square() / 2
    energy[50] *= 2
    around = [k for k in range(12, 29) if k != 20]
    assert beside.size[10].item() == pytest.approx(float(energy[20] / energy[around].nanmedian()), rel=1e-6)
    last = energy[42:50].nanmedian()
    assert beside.size[-1].item() == pytest.approx(float(energy[50] / last), rel=1e-6), "fewer at the end"


def test_no_component_of_a_smooth_curve_stands_out_beside_its_neighbours():
    found = number_spectrum.spikes(
        steep(), range(10, 51), permutations=200, beside=8, generator=torch.Generator().manual_seed(1)
    )
    assert found.found(0.01) == []
