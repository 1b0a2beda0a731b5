"""Laws of the quantising maps, the same for all."""

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
