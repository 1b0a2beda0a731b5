"""Signs against the planes of the frequencies: planted structure is found, noise is not."""

from __future__ import annotations

import pytest
import torch

from circles.analysis import alignment
from circles.foundations import fourier
from circles.foundations.errors import ShapeError

P, D, M, H = 23, 48, 60, 2


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def planes(keys=(2, 7)) -> list[torch.Tensor]:
    return alignment.arrivals(noise(P, D), noise(H, D, 6, seed=1), noise(H, 6, D, seed=2), keys)


def test_each_plane_is_orthonormal_and_holds_what_arrives():
    W_E, W_V, W_O = noise(P, D), noise(H, D, 6, seed=1), noise(H, 6, D, seed=2)
    for k, plane in zip((2, 7), planes(), strict=True):
        assert plane.shape == (D, 2 * H)
        assert (plane.mT @ plane - torch.eye(2 * H)).abs().max() < 1e-12
        wave = fourier.angles(P, k).sin()
        for head in range(H):
            came = wave @ W_E @ W_V[head] @ W_O[head]
            assert (plane @ (plane.mT @ came) - came).abs().max() < 1e-9


def test_directions_that_depend_on_each_other_count_once():
    W_E, W_V, W_O = noise(P, D), noise(1, D, 6, seed=1), noise(1, 6, D, seed=2)
    (plane,) = alignment.arrivals(W_E, W_V.expand(H, -1, -1), W_O.expand(H, -1, -1), (3,))
    assert plane.shape == (D, 2)


def test_the_energy_of_a_column_in_a_plane_is_one_and_of_noise_its_dimension():
    a, b = planes()
    inside = torch.stack([a[:, 0] + 2 * a[:, 3], b[:, 1]], 1)
    assert alignment.aligned_energy(inside, [a, b]) == pytest.approx(1, abs=1e-12)
    assert alignment.aligned_energy(noise(D, 4000, seed=5), [a]) == pytest.approx(2 * H / D, rel=0.03)


def test_the_best_plane_counts():
    a, b = planes()
    column = a[:, :1]
    worst = (b.mT @ column).square().sum().item()
    assert alignment.aligned_energy(column, [b]) == pytest.approx(worst, abs=1e-12)
    assert alignment.aligned_energy(column, [b, a]) == pytest.approx(1, abs=1e-12)


def test_columns_of_zeros_count_as_nothing():
    a, _ = planes()
    assert alignment.aligned_energy(torch.cat([a[:, :1], torch.zeros(D, 1)], 1), [a]) == pytest.approx(0.5)


def test_signs_that_read_a_frequency_differ_from_every_shuffled_control():
    found_planes = planes()
    read = torch.cat([plane @ noise(2 * H, M // 2, seed=8) for plane in found_planes], 1)
    signs = (read + 0.05 * noise(D, M, seed=9)).sign()
    found = alignment.against_shuffled(signs, found_planes, 99, generator=torch.Generator().manual_seed(3))
    assert found.p_value == pytest.approx(0.01)
    assert found.ratio > 3


def test_random_signs_do_not_and_the_p_value_is_uniform():
    values = [
        alignment.against_shuffled(
            noise(D, M, seed=100 + i).sign(), planes(), 19, generator=torch.Generator().manual_seed(i)
        ).p_value
        for i in range(40)
    ]
    assert 0.35 < sum(values) / len(values) < 0.7
    assert sum(v <= 0.05 for v in values) <= 7


def test_a_control_is_the_matrix_with_its_rows_in_the_order_that_the_generator_draws():
    columns, draw, expected = noise(D, M, seed=4), torch.Generator().manual_seed(6), []
    for _ in range(5):
        back = torch.randperm(D, generator=draw).argsort()  # moving the planes' rows back is the same as moving s's
        turned = [(plane[back].mT @ columns).square().sum(0) for plane in planes()]
        expected.append((torch.stack(turned).amax(0) / columns.square().sum(0)).mean())
    found = alignment.against_shuffled(columns, planes(), 5, generator=torch.Generator().manual_seed(6))
    assert (found.controls - torch.stack(expected)).abs().max() < 1e-12
    assert len({round(value, 9) for value in found.controls.tolist()}) == 5


def test_the_ratio_is_over_the_mean_of_the_controls():
    assert alignment.Alignment(3.0, torch.tensor([1.0, 1.0, 4.0], dtype=torch.float64)).ratio == 1.5


def test_the_global_random_state_does_not_move():
    before = torch.get_rng_state()
    alignment.against_shuffled(noise(D, M).sign(), planes(), 3, generator=torch.Generator().manual_seed(1))
    assert torch.equal(before, torch.get_rng_state())


def test_without_planes_it_is_refused():
    with pytest.raises(ShapeError, match="there are 0 planes, expected one for each key frequency"):
        alignment.aligned_energy(noise(D, M), [])
