"""The two measures of Zhong et al. 2023 against nets whose values are known in closed form."""

import math

import pytest
import torch

from circles.analysis.clock_pizza import distance_irrelevance, gradient_symmetry, verdict

P, K = 23, 3
A, B, C = torch.arange(P)[:, None, None], torch.arange(P)[None, :, None], torch.arange(P)
W = 2 * math.pi * K / P


def over_pairs(cube):
    return cube.expand(P, P, P).reshape(P * P, P).double()


def test_a_pizza_is_as_sure_as_its_distance_allows():
    """|cos(w(a-b)/2)| cos(w(a+b-c)): the answer's logit is a function of a - b alone."""
    logits = over_pairs((W * (A - B) / 2).cos().abs() * (W * (A + B - C)).cos())
    assert distance_irrelevance(logits) < 1e-6


def test_a_logit_that_follows_the_sum_alone_knows_no_distance():
    """g(a+b) cos(w(a+b-c)): for every distance the same values are taken, so the ratio is one."""
    height = torch.randn(P, generator=torch.Generator().manual_seed(0))
    logits = over_pairs(height[(A + B) % P] * (W * (A + B - C)).cos())
    assert distance_irrelevance(logits) == pytest.approx(1.0, abs=1e-6)


def test_distance_irrelevance_is_the_ratio_of_the_paper_written_out():
    logits = torch.randn(P * P, P, generator=torch.Generator().manual_seed(1))
    L = torch.tensor([[logits[a * P + b, (a + b) % P] for b in range(P)] for a in range(P)])
    spread = [torch.stack([L[(b + d) % P, b] for b in range(P)]).std(correction=0) for d in range(P)]
    expected = float(torch.stack(spread).mean() / L.std(correction=0))
    assert distance_irrelevance(logits) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("weights", "expected"), [((1.0, 1.0), 1.0), ((1.0, 3.0), 1.0), ((1.0, -1.0), -1.0)])
def test_gradients_of_a_weighted_sum_are_alike_or_opposite(weights, expected):
    noise = torch.Generator().manual_seed(2)
    x, map_ = torch.randn(50, 3, 8, generator=noise), torch.randn(8, P, generator=noise)
    classes = torch.randint(P, (50,), generator=noise)
    one, other = weights
    found = gradient_symmetry(lambda e: (one * e[:, 0] + other * e[:, 1]).tanh().cumsum(1) @ map_, x, classes)
    assert found == pytest.approx(expected, abs=1e-5)


def test_gradients_of_a_product_are_each_the_other():
    """Q = (E_a, E_b) has the gradients E_b and E_a."""
    x = torch.randn(50, 2, 8, generator=torch.Generator().manual_seed(3))
    found = gradient_symmetry(lambda e: (e[:, 0] * e[:, 1]).sum(1, keepdim=True), x, torch.zeros(50, dtype=torch.long))
    cosine = torch.nn.functional.cosine_similarity(x[:, 0], x[:, 1], dim=-1).mean().item()
    assert found == pytest.approx(cosine, abs=1e-6)


def test_verdicts_of_the_papers_two_models():
    """Model A, a pizza, has 0.99 and 0.17; Model B, a clock, 0.33 and 0.85."""
    assert verdict(0.9937, 0.17) == "pizza"
    assert verdict(0.3336, 0.85) == "clock"
    assert verdict(0.99, 0.9) == verdict(math.nan, math.nan) == "between"


def test_a_net_whose_measures_lie_between_the_bounds_is_neither():
    assert verdict(0.96, 0.49) == "pizza" and verdict(0.94, 0.49) == verdict(0.96, 0.51) == "between"
    assert verdict(0.89, 0.61) == "clock" and verdict(0.91, 0.61) == verdict(0.5, 0.55) == "between"
