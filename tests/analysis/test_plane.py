"""The neurons' 2-D spectrum against sums over the grid and units whose blocks are known."""

from __future__ import annotations

import math

import pytest
import torch

from circles.analysis import plane
from circles.foundations.errors import ShapeError

P = 13


def grid(k_a: int, k_b: int, phase: float = 0.4) -> torch.Tensor:
    x = torch.arange(P, dtype=torch.float64)
    wave_a = (2 * math.pi * k_a * x / P + phase).cos()
    wave_b = (2 * math.pi * k_b * x / P - phase).cos()
    return (wave_a.unsqueeze(1) * wave_b).flatten()


def test_the_energy_of_a_product_lies_in_its_block():
    energy = plane.block_energy(torch.stack([grid(2, 5), grid(4, 4), grid(0, 3)], 1))
    for unit, block in enumerate([(2, 5), (4, 4), (0, 3)]):
        others = energy[..., unit].clone()
        others[block] = 0
        assert others.abs().max() < 1e-20
        assert energy[(*block, unit)] > 0.1


def test_the_energies_add_up_to_the_sum_of_squares():
    units = torch.randn(P * P, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    total = plane.block_energy(units).sum((0, 1))
    assert (total - units.square().sum(0)).abs().max() < 1e-10


def test_the_energy_agrees_with_the_complex_transform():
    units = torch.randn(P * P, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    power = torch.fft.fft2(units.T.unflatten(1, (P, P))).abs().square() / P**2
    half = torch.minimum(torch.arange(P), P - torch.arange(P))
    want = torch.zeros(P // 2 + 1, P // 2 + 1, 3, dtype=torch.float64)
    for i in range(P):
        for j in range(P):
            want[half[i], half[j]] += power[:, i, j]
    assert (plane.block_energy(units) - want).abs().max() < 1e-10


def test_the_diagonal_share_is_known_for_known_units():
    same, other = grid(3, 3), grid(2, 5)
    assert plane.diagonal_share(plane.block_energy(same[:, None])) == pytest.approx(1, abs=1e-12)
    assert plane.diagonal_share(plane.block_energy(other[:, None])) == pytest.approx(0, abs=1e-12)
    both = torch.stack([same / same.norm(), math.sqrt(3) * other / other.norm()], 1)
    assert plane.diagonal_share(plane.block_energy(both)) == pytest.approx(0.25, abs=1e-12)


def test_waves_of_one_number_do_not_count_as_interaction():
    alone = grid(3, 3) + 50 * grid(0, 4) + 9
    assert plane.diagonal_share(plane.block_energy(alone[:, None])) == pytest.approx(1, abs=1e-9)


def test_noise_has_the_share_of_chance():
    noise = torch.randn(P * P, 400, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    assert plane.diagonal_share(plane.block_energy(noise)) == pytest.approx(plane.chance(P), rel=0.05)


def test_the_picture_leaves_out_the_constant():
    norms = plane.block_norms(plane.block_energy((grid(3, 3) + 100)[:, None]))
    assert norms[0, 0] == 0
    assert norms.argmax() == 3 * (P // 2 + 1) + 3


def test_rows_that_are_no_square_are_refused():
    with pytest.raises(ShapeError, match="there are 12 rows, expected p"):
        plane.block_energy(torch.zeros(12, 2))
