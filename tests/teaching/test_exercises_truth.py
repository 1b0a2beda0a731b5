"""What the exercises say is so: their answers against the models and formulas that the chapters use."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from circles.foundations.errors import ConfigError
from circles.models.rkhm_vector import AuthorsQR
from circles.teaching import kernels, nets, rates, sampled, waves


def test_what_the_exercise_says_of_the_two_weights_is_so():
    """The truth behind ``which_trains``, from the layer itself."""
    from circles.papers.li2024.outer_weight import TwoWeights

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
        for tilt in (0.0, sampled.TILT):
            k, k2 = (torch.tensor(math.cos(tilt * s) * math.exp(-(s**2) / 2), dtype=torch.float64) for s in (u, 2 * u))
            assert abs(sampled._paired(u, tilt) - float(features.variance(k, k2, 1, "paired"))) < 1e-6
            assert abs(sampled._cosine(u, tilt) - float(features.variance(k, k2, 1, "cosine"))) < 1e-6


@pytest.mark.parametrize(
    "answer",
    [
        lambda a, b: torch.linalg.eigvalsh(torch.tensor([[a, b], [b, a]])),
        lambda a, b: np.linalg.eigvalsh([[a, b], [b, a]]),
        lambda a, b: torch.fft.fft(torch.tensor([a, b])).real,
        lambda a, b: torch.fft.fft(torch.tensor([a, b])).tolist(),
        lambda a, b: {a + b, a - b},
    ],
    ids=["torch", "numpy", "fft", "complex", "set"],
)
def test_two_eigenvalues_are_taken_in_any_form(answer):
    kernels.two_eigenvalues(answer, draw=torch.Generator().manual_seed(0))


def test_only_the_cosine_of_a_frequency_counts():
    """Three plus a normal frequency has the mean cosine of the kernel, with or without the other sign."""
    sampled.frequencies(
        lambda count, generator: 3 + torch.randn(count, generator=generator), draw=torch.Generator().manual_seed(0)
    )


def test_the_slope_of_the_decayed_loss_may_be_computed_in_single_precision():
    f = waves.clean_logits(nets.P, nets.KS)

    def slope(s: float, decay: float) -> float:
        s = torch.tensor(s, requires_grad=True)
        loss = torch.logsumexp(s * f, 0) - s * f[0] + decay / 2 * s**2
        return torch.autograd.grad(loss, s)[0].item()

    def optimum(decay: float) -> float:
        low, high = 0.0, 1000.0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (low, middle) if slope(middle, decay) > 0 else (middle, high)
        return low

    nets.finite_optimum(slope, optimum, draw=torch.Generator().manual_seed(0))


def test_what_the_exercise_says_of_the_recorded_gaps_is_so():
    """The truth behind ``exponent_and_error``: where the rate is that of a mean's noise, and where the bound's."""
    for name in ("moons", "digits", "breast cancer", "wine"):
        values, found = rates.gaps(name, "n")
        slope, error = rates.slope(values, found), rates.jackknife(values, found)
        assert abs(slope - (-1 if name == "moons" else -1 / 2)) < 2 * error
        assert name == "moons" or abs(slope + 1) > 5 * error
    _, moons = rates.gaps("moons", "n")
    falls = moons.mean(0)[1:] / moons.mean(0)[:-1]
    assert falls[:-1].max() < 0.55 and falls[-1] > 0.7, "fast first, then it stays"
    values, found = rates.gaps("digits", "steps")
    assert rates._from_line(values, found) < rates.jackknife(values, found) / 3, "too sure"
    assert found.min() < found.mean() / 50, "now and then one is near zero"


@pytest.mark.parametrize(("asked", "words"), [(("wines", "n"), "dataset is 'wines'"), (("wine", "m"), "over is 'm'")])
def test_another_curve_is_refused(asked, words):
    with pytest.raises(ConfigError, match=words):
        rates.gaps(*asked)
