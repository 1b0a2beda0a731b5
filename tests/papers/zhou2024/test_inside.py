"""The small net opened, on random weights: what its modules write, its pairs."""

from types import SimpleNamespace

import pytest
import torch

from circles.foundations.streams import streams
from circles.models import decoder, decoder_spec
from circles.papers.zhou2024 import inside
from circles.papers.zhou2024.inside import SmallNet
from circles.papers.zhou2024.rescue import RescueRun
from circles.training import addition


@pytest.fixture(scope="module")
def net():
    """Weights at the start and large noise, so that answers differ from pair to pair."""
    config = RescueRun(addends=21, width=40, heads=2)
    noise = streams(5, "noise")["noise"]
    weights = {
        name: w + 0.3 * torch.randn(w.shape, generator=noise, dtype=torch.float64)
        for name, w in decoder_spec.initial(config.spec, [0], dtype=torch.float64).items()
    }
    return SmallNet.of(SimpleNamespace(config=config, weights=weights))


def test_its_pairs_are_those_that_it_was_not_trained_on(net):
    trained = set(addition.split(21, seed=0)["train"].tolist())
    assert trained.isdisjoint((net.a * 21 + net.b)[0].tolist()) and len(trained) + net.a.shape[1] == 21**2


def test_what_the_modules_write_takes_the_stream_from_its_start_to_its_end(net):
    found = inside.outputs(net, net.a, net.b)
    assert list(found) == [(layer, part) for layer in range(net.spec.depth) for part in ("attn", "mlp")]
    start = net.weights["W_S"][:, 1:] + net.weights["W_P"][:, 3:]
    last = decoder.residual(net.weights, net.a, net.b, net.spec)
    assert torch.allclose(start + sum(found.values()), last, atol=1e-9)
