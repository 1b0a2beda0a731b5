"""Laws of the quantising maps, the same for all."""

import math

import numpy as np
import pytest
import torch

from circles.foundations.errors import ConfigError
from circles.models import quantized

W = torch.randn(2, 40, 30, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 0.3


@pytest.mark.parametrize("kind", quantized.MAPS)
def test_few_values_and_the_gradient_of_the_identity(kind):
    size = {"binary": 2, "ternary": 3}.get(kind) or 2 ** int(kind[0])
    mapped = quantized.MAPS[kind](W)
    assert all(len(net.unique()) <= size for net in mapped) and len(mapped[0].unique()) > 1
    latent = W.clone().requires_grad_()
    quantized.straight_through(latent, quantized.MAPS[kind]).mul(W).sum().backward()
    assert torch.equal(latent.grad, W)


def test_binary_takes_the_sign_of_zero_for_one():
    assert torch.equal(quantized.binary(torch.tensor([[-1.0, 0.0, 1.0]])), torch.tensor([[-1.0, 1.0, 1.0]]))


def test_an_unknown_kind_is_named():
    with pytest.raises(ConfigError, match=r"kind is 'trinary', expected one of binary, ternary"):
        quantized.effective({"W_in": W}, "trinary")
    with pytest.raises(ConfigError, match=r"bits is 3, expected 2, 4 or 8"):
        quantized.uniform(W, bits=3)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_step_costs_a_normal_variable_least(bits):
    """By numerical minimisation of the mean of (x - Q(x))^2 under the normal density, in closed form a cell."""
    from scipy import optimize, stats

    half = 2 ** (bits - 1)

    def cost(step):
        edges = np.concatenate([[0.0], step * np.arange(1, half), [np.inf]])
        value = step * (np.arange(half) + 0.5)
        density, below = stats.norm.pdf(edges), stats.norm.cdf(edges)
        weighted = np.where(np.isinf(edges), 0.0, edges) * density
        mass, first = np.diff(below), -np.diff(density)
        return 2 * float((mass - np.diff(weighted) - 2 * value * first + value**2 * mass).sum())

    best = optimize.minimize_scalar(cost, bounds=(1e-3, 2.0), method="bounded", options={"xatol": 1e-9}).x
    assert abs(quantized.NORMAL_STEP[bits] - best) < 1e-4


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_uniform_takes_the_nearest_of_all_its_values(bits):
    """Of 2^k values D apart, the mean in their middle; the outermost ones take what lies beyond."""
    drawn = torch.randn(1, 5000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    drawn[0, :2] = torch.tensor([-30.0, 30.0])
    shifted = drawn - drawn.mean()
    step = quantized.NORMAL_STEP[bits] * shifted.std(correction=0)
    values = step * (torch.arange(2**bits, dtype=torch.float64) - (2**bits - 1) / 2)
    nearest = values[(shifted.unsqueeze(-1) - values).abs().argmin(-1)]
    mapped = quantized.uniform(drawn + 0.3, bits=bits)
    assert torch.allclose(mapped, nearest, rtol=1e-9)
    assert mapped.max() == -mapped.min() and abs(mapped.max() - values[-1]) < 1e-9


def test_bits_are_the_logarithm_of_the_number_of_values():
    W = torch.randn(1, 4000, generator=torch.Generator().manual_seed(0))
    for kind, quantise in quantized.MAPS.items():
        values = 2 ** int(kind[0]) if kind[0].isdigit() else len(quantise(W).unique())
        assert len(quantise(W).unique()) <= values
        assert abs(quantized.BITS[kind] - math.log2(values)) < 5e-4
    assert quantized.BITS["full"] == torch.finfo(torch.float32).bits


def test_ternary_rounds_in_units_of_the_mean_distance_from_the_mean():
    shifted = torch.tensor([[[-8.0, -1.4, -0.6, 10.0]], [[-1.0, -1.0, 1.0, 1.0]]], dtype=torch.float64)
    assert quantized.ternary(shifted + 3).tolist() == [[[-5.0, 0.0, 0.0, 5.0]], [[-1.0, -1.0, 1.0, 1.0]]]


@pytest.mark.parametrize("ends", [False, True])
def test_every_linear_map_is_quantised_and_the_ends_only_when_asked(ends):
    names = ("W_E", "W_pos", "W_Q", "W_K", "W_V", "W_O", "W_in", "W_out", "W_U")
    found = quantized.effective(dict.fromkeys(names, W), "binary", ends=ends)
    same = {name for name, value in found.items() if value is W}
    assert same == ({"W_pos"} if ends else {"W_pos", "W_E", "W_U"})
    assert all(value.abs().sub(1).abs().max() < 1e-12 for name, value in found.items() if name not in same)
