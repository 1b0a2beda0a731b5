"""Spectra, clusters and readout against nets made by hand and against dense least squares."""

import math
import time

import pytest
import torch

from circles.analysis import clusters, readout, spectra
from circles.foundations.errors import ShapeError

P, M = 17, 24


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def wave(p, k, phase=0.0):
    return (2 * math.pi * k * torch.arange(p, dtype=torch.float64) / p + phase).cos()


def worst(x, y):
    return (x - y).abs().max().item()


def with_frequencies(keys, p=P, columns=M, dust=1e-3):
    parts = [noise(1, columns, seed=k) * wave(p, k, i).unsqueeze(1) for i in (0, 1.3) for k in keys]
    return sum(parts) + 3.0 + dust * noise(p, columns)


@pytest.mark.parametrize("keys", [(1,), (2, 5, 8), (8,)])
def test_both_weight_rules_find_the_frequencies_put_in(keys):
    W = with_frequencies(keys)
    assert spectra.embedding_frequencies(W) == keys
    assert spectra.readout_frequencies(W) == keys
    low, high = spectra.stable_shares(spectra.spectrum(W))
    assert low < 0.01 < spectra.PROMINENT < high


def test_the_highest_frequency_56_is_searched():
    assert spectra.embedding_frequencies(with_frequencies((14, 56), p=113)) == (14, 56)
    a = torch.arange(113)
    unit = wave(113, 56)[a].unsqueeze(1) * wave(113, 56, 0.4)[a]
    assert clusters.clusters(unit.reshape(-1, 1)).counts == {56: 1}


def test_a_random_matrix_has_no_sparse_spectrum_and_zeros_have_none():
    assert len(spectra.embedding_frequencies(noise(113, 128))) == 56
    assert spectra.embedding_frequencies(torch.zeros(P, M)) == ()


def test_spectrum_does_not_see_a_shift():
    W = noise(P, M)
    assert worst(spectra.spectrum(W), spectra.spectrum(W.roll(5, 0))) < 1e-12
    with pytest.raises(ShapeError, match="p is 2, expected at least 3"):
        spectra.spectrum(noise(2, M))


def test_gini_of_known_distributions():
    assert abs(spectra.gini(torch.ones(50))) < 1e-12
    one = torch.zeros(50)
    one[7] = 3.0
    assert abs(spectra.gini(one) - 49 / 50) < 1e-12
    x = noise(30).abs()
    by_differences = (x.unsqueeze(0) - x.unsqueeze(1)).abs().sum() / (2 * 30 * x.sum())
    assert abs(spectra.gini(x) - by_differences.item()) < 1e-12
    assert math.isnan(spectra.gini(torch.zeros(4)))


def test_sum_of_squares():
    assert spectra.sum_of_squares({"a": torch.full((2, 3), 2.0), "b": torch.tensor([3.0])}) == 33.0


def dense_design(p, k):
    """The 9 functions of (a, b) as columns, by hand."""
    one = torch.ones(p, dtype=torch.float64)
    factors = [one, wave(p, k), wave(p, k, -math.pi / 2)]
    return torch.stack([torch.outer(f, g).flatten() for f in factors for g in factors], 1)


def dense_fit(x, k):
    design = dense_design(math.isqrt(len(x)), k)
    return design @ torch.linalg.lstsq(design, x).solution


def test_variance_by_frequency_is_that_of_least_squares():
    x = noise(P * P, 5) + 7.0
    found = clusters.variance_by_frequency(x)
    assert found.shape == ((P - 1) // 2, 5)
    for k in range(1, (P + 1) // 2):
        left = (x - dense_fit(x, k)).square().sum(0) / (x - x.mean(0)).square().sum(0)
        assert worst(found[k - 1], 1 - left) < 1e-12


def test_clusters_polynomials_and_parts():
    frequency = torch.tensor([3] * 4 + [8] * 3 + [5])
    units = torch.cat([dense_design(P, int(k)) @ noise(9, 1, seed=i) for i, k in enumerate(frequency)], 1)
    units = torch.cat([units, noise(P * P, 2), torch.full((P * P, 1), 0.3)], 1)
    found = clusters.clusters(units)
    assert found.frequency[:8].tolist() == frequency.tolist()
    assert worst(found.explained[:8], torch.ones(8)) < 1e-12
    assert found.counts == {3: 4, 5: 1, 8: 3}
    assert found.frequencies == (3, 8)  # one neuron makes no key frequency
    assert found.frequency[-1] == 0 and found.explained[-1] == 0
    fitted = clusters.polynomials(units, found.frequency)
    for i in range(10):
        assert worst(fitted[:, i], dense_fit(units[:, i], int(found.frequency[i]))) < 1e-12
    assert worst(fitted[:, -1], units[:, -1]) < 1e-12
    kept = clusters.keep_frequencies(units, (3,))
    assert worst(kept, dense_fit(units, 3)) < 1e-12
    assert worst(clusters.drop_frequencies(units, (3,)) + kept - units.mean(0), units) < 1e-12


def test_clusters_of_the_full_size_take_about_a_second():
    units, threads, seconds = noise(113 * 113, 512).float(), torch.get_num_threads(), []
    torch.set_num_threads(1)  # processor time of one thread: a busy machine does not count
    try:
        for _ in range(2):
            begin = time.process_time()
            clusters.clusters(units)
            seconds.append(time.process_time() - begin)
    finally:
        torch.set_num_threads(threads)
    assert min(seconds) < 2.0  # 0.6 to 0.8 s measured


def test_readout_of_an_exact_sum_of_frequencies():
    W_L, keys = with_frequencies((2, 5), dust=0.0) - 3.0, (2, 5)
    assert readout.rank(W_L) == 2  # noise(1, m) gave both phases of a frequency one direction
    W_L = sum(torch.outer(wave(P, k, i), noise(M, seed=10 * k + i)) for k in keys for i in (0, 1))
    assert readout.rank(W_L) == 4
    assert readout.residual_fraction(W_L, keys) < 1e-12
    assert abs(readout.residual_fraction(W_L, ()) - 1) < 1e-12
    gone = readout.residual_fraction(W_L, (2,))
    rows = readout.directions(W_L, (5,))[0]
    assert abs(gone - (rows.norm() / W_L.norm()).item()) < 1e-12
    unit = wave(P, 5) / wave(P, 5).norm()
    assert worst(rows[0], unit @ W_L) < 1e-12


def test_direction_variance_of_ideal_neurons():
    a = torch.arange(P)
    total = (a.unsqueeze(1) + a).flatten() % P
    u, v = noise(M, seed=1), noise(M, seed=2)
    v = v - u * (u @ v) / (u @ u)
    W_L = torch.outer(wave(P, 4), u) + torch.outer(wave(P, 4, -math.pi / 2), v)
    mlp = torch.outer(wave(P, 4)[total], u) + torch.outer(wave(P, 4, -math.pi / 2)[total], v) + 2.0
    assert worst(readout.direction_variance(mlp, W_L, (4,)), torch.ones(1, 2)) < 1e-12
    other = torch.outer(wave(P, 3)[total], u)
    half = readout.direction_variance(mlp + other, W_L, (4,))
    assert worst(half, torch.tensor([[0.5, 1.0]])) < 1e-12


def test_logit_fit_is_that_of_least_squares():
    keys = (2, 7)
    a = torch.arange(P)
    s = (a.view(-1, 1, 1) + a.view(1, -1, 1) - a) % P
    logits = (5 * wave(P, 2)[s] + 3 * wave(P, 7)[s]).flatten(0, 1)
    exact = readout.fit_logits(logits, keys)
    assert worst(torch.tensor(list(exact.alpha.values()), dtype=torch.float64), torch.tensor([5.0, 3.0])) < 1e-12
    assert abs(exact.explained - 1) < 1e-12
    noisy = logits + noise(P * P, P) + 4.0
    found = readout.fit_logits(noisy, keys)
    design = torch.stack([wave(P, k)[s].flatten() for k in keys] + [torch.ones(P**3).double()], 1)
    alpha = torch.linalg.lstsq(design, noisy.reshape(-1, 1)).solution
    left = (noisy.reshape(-1, 1) - design @ alpha).square().sum() / (noisy - noisy.mean()).square().sum()
    assert worst(torch.tensor(list(found.alpha.values()), dtype=torch.float64), alpha[:2, 0]) < 1e-12
    assert abs(found.explained - (1 - left.item())) < 1e-12
    fitted = (alpha[0] * wave(P, 2)[s] + alpha[1] * wave(P, 7)[s]).flatten(0, 1)
    reference = torch.nn.functional.cross_entropy(fitted, ((a.view(-1, 1) + a) % P).flatten())
    assert abs(found.loss - reference.item()) < 1e-12
    assert readout.fit_logits(noisy, ()).explained == 0.0


def test_a_unit_belongs_to_a_cluster_when_one_frequency_explains_more_than_85_percent():
    shares = torch.tensor([0.84, 0.86, 0.9], dtype=torch.float64)
    a, b = torch.arange(P).repeat_interleave(P), torch.arange(P).repeat(P)
    units = shares.sqrt() * wave(P, 3)[a].unsqueeze(1) + (1 - shares).sqrt() * wave(P, 5)[b].unsqueeze(1)
    found = clusters.clusters(units)
    assert worst(found.explained, shares) < 1e-12 and found.frequency.tolist() == [3] * 3
    assert found.clustered.tolist() == [False, True, True]
    assert clusters.clusters(units, 0.88).clustered.tolist() == [False, False, True]
