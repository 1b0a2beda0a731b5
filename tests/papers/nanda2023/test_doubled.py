"""What stands in the embedding and not in the readout: doubles modulo p, and what a net loses without one."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from circles.analysis import losses
from circles.foundations import fourier
from circles.models import modular
from circles.papers.nanda2023 import doubled
from circles.papers.nanda2023.net import LEFT, Net
from circles.training.grokking import GrokkingRun
from circles.training.runs import Run

P = 13


@pytest.fixture
def net() -> Net:
    """A random net with key frequency 5, whose double 3 stands out in W_E, and after it 2."""
    config = GrokkingRun(p=P, d_model=12, n_heads=2, d_mlp=10, seed=1)
    weights = modular.initial(config.spec, [1], dtype=torch.float64)
    for k, size in ((5, 90.0), (3, 60.0), (2, 20.0)):
        weights["W_E"][0, :-1, k] += size * fourier.basis(P)[2 * k]
    return Net(Run(config, weights, {"keys": torch.tensor([5])}, torch.zeros(1), {}, Path()))


@pytest.mark.parametrize(("k", "double"), [(5, 3), (3, 6), (1, 2), (6, 1)])
def test_a_double_is_the_frequency_of_the_squared_wave(k, double):
    assert doubled.twice(k, P) == double
    square = fourier.bands(fourier.transform(fourier.angles(P, k).cos().square()))
    assert square[1:].argmax() + 1 == double


def test_without_takes_both_waves_of_one_frequency_and_leaves_the_others(net):
    weights = {name: w.clone() for name, w in net.weights.items()}
    for wave in (fourier.angles(P, 3).cos(), fourier.angles(P, 3).sin()):
        weights["W_E"][0, :-1] -= torch.outer(wave, wave @ weights["W_E"][0, :-1]) * 2 / P
    logits = modular.activations(weights, net.spec)["logits"][0]
    assert math.isclose(doubled.without(net, 3), losses.loss(logits, net.test), rel_tol=1e-9)
    assert torch.equal(net.W_E, net.weights["W_E"][0, :-1]), "the net's own weights were changed"


def test_the_table_finds_the_double_and_a_control(net):
    table = doubled.beyond_readout({4: net})
    assert table[["seed", "frequency", "twice"]].to_numpy().tolist() == [[4, 3, 5], [4, 2, 0]]
    assert table["stands_out"].tolist()[0] and 0.5 < table["size"][0] < 0.8
    assert math.isclose(table["times"][0], doubled.without(net, 3) / net.loss)


def test_the_rank_is_held_against_the_papers_share(net):
    power = torch.linalg.svdvals(net.W_L.double()).square()
    left = ((power.sum() - power.cumsum(0)) / power.sum()).clamp(min=0).sqrt()
    assert left[net.wl_rank - 1] <= LEFT < left[net.wl_rank - 2]
    assert abs(net.wl_best_residual - left[1]) < 1e-9
