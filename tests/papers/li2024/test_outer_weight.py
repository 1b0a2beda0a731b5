"""The miniature of the two-weight layer: its outer weight takes no part, its inner one learns a structure."""

from __future__ import annotations

import pytest
import torch

from circles.papers.li2024 import outer_weight


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def trained():
    return outer_weight.train(generator=generator())


def test_the_layer_inherits_one_weight_and_owns_another():
    names = dict(outer_weight.TwoWeights(3, 5).named_parameters())
    assert {name: tuple(w.shape) for name, w in names.items()} == {"weight": (5, 3), "inner.weight": (5, 3)}


def test_the_layer_computes_with_the_signs_of_the_inner_weight():
    layer = outer_weight.TwoWeights(4, 6).double()
    x = torch.randn(9, 4, dtype=torch.float64, generator=generator())
    inner = layer.inner.weight.detach()
    want = torch.tensor([[sum((1 if w >= inner.mean() else -1) * v for w, v in zip(row, one, strict=True))
                          for row in inner] for one in x])  # fmt: skip
    assert (layer(x) - want).abs().max() < 1e-12


def test_the_gradient_passes_the_signs_unchanged_and_misses_the_outer_weight():
    layer = outer_weight.TwoWeights(4, 6).double()
    x, g = (torch.randn(9, n, dtype=torch.float64, generator=generator(n)) for n in (4, 6))
    (layer(x) * g).sum().backward()
    assert (layer.inner.weight.grad - g.mT @ x).abs().max() < 1e-12
    assert layer.weight.grad is None


def test_the_sign_of_zero_is_one():
    assert outer_weight.binary(torch.zeros(2, 2)).tolist() == [[1, 1], [1, 1]]


def test_the_outer_weight_stays_bit_for_bit_while_the_inner_one_learns(trained):
    net, frame = trained
    last = frame[frame["step"] == frame["step"].max()].set_index("weight")
    assert last.loc["outer", "change"] == 0
    assert last.loc["outer", "flipped"] == 0
    assert last.loc["inner", "change"] > 1
    assert last.loc["inner", "flipped"] > 0.2
    assert last.loc["inner", "loss"] < 1.5
    assert outer_weight.accuracy(net) > 0.99


def test_other_numbers_in_the_outer_weight_change_no_logit(trained):
    net, _ = trained
    kept = net.layer.weight.clone()
    assert outer_weight.without_outer(net, generator=generator(1)) == 0
    assert torch.equal(net.layer.weight, kept)


def test_the_inner_signs_have_structure_and_the_outer_ones_none(trained):
    found = outer_weight.structure(trained[0], controls=99)
    assert found["inner"].p_value == pytest.approx(0.01)
    assert found["inner"].ratio > 3
    assert 0.8 < found["outer"].ratio < 1.2


def test_before_training_neither_has_structure():
    net, _ = outer_weight.train(0, generator=generator(3))
    found = outer_weight.structure(net, controls=99)
    assert all(0.8 < a.ratio < 1.2 for a in found.values())


def test_the_global_random_state_does_not_move():
    before = torch.get_rng_state()
    outer_weight.train(1, generator=generator())
    assert torch.equal(before, torch.get_rng_state())


def test_the_generator_decides_every_number():
    one, other = (outer_weight.train(2, generator=generator(5))[1] for _ in "ab")
    assert one.equals(other)
