"""What the exercises say is so: their answers against the models and formulas that the chapters use."""

from __future__ import annotations

import math

import torch

from circles.models.rkhm_vector import AuthorsQR
from circles.teaching import sampled


def test_what_the_exercise_says_of_the_two_weights_is_so():
    """The truth behind ``which_trains``, from the layer itself."""
    from circles.experiments.li2024.outer_weight import TwoWeights

    layer = TwoWeights(4, 6)
    before = {name: w.detach().clone() for name, w in layer.named_parameters()}
    adam = torch.optim.AdamW(layer.parameters(), lr=1e-3, weight_decay=1.0)
    layer(torch.ones(3, 4)).sum().backward()
    grads = {name: w.grad for name, w in layer.named_parameters()}
    adam.step()
    changed = {name: not torch.equal(w, before[name]) for name, w in layer.named_parameters()}
    assert grads["weight"] is None
    assert grads["inner.weight"].abs().max() > 0
    assert changed == {"weight": False, "inner.weight": True}


def test_what_the_exercise_says_of_homogeneous_kernels_is_so():
    """The truth behind ``homogeneous``, from the kernel itself, for two scales c."""
    x, y = torch.rand(3, 2, dtype=torch.float64), torch.rand(4, 2, dtype=torch.float64)
    for c in (0.01, 100.0):
        k = AuthorsQR(c, signs="positive")
        assert (k.values(3 * x, y) - 3 * k.values(x, y)).abs().max() < 1e-7 * k.values(x, y).abs().max()


def test_the_variances_by_adding_up_are_the_formulas_of_the_package():
    """The rule's own truth, sums over a grid of frequencies, against ``features.variance``."""
    from circles.foundations import features

    for u in (0.0, 0.7, 2.0):
        k, k2 = (torch.tensor(math.exp(-(s**2) / 2), dtype=torch.float64) for s in (u, 2 * u))
        assert abs(sampled._paired(u) - float(features.variance(k, k2, 1, "paired"))) < 1e-6
        assert abs(sampled._cosine(u) - float(features.variance(k, k2, 1, "cosine"))) < 1e-6
