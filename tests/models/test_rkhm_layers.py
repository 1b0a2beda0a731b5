"""Layers of module regression against the dense module, and the side-by-side nets against single ones."""

import pytest
import torch

from circles.foundations import circulant
from circles.foundations.errors import ShapeError
from circles.models import convolution, rkhm, rkhm_layers
from circles.models.rkhm_kernels import Products

P, SETTING = 5, {"penalty": 0.7, "b": 0.1}


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def worst(x, y):
    return (x - y).abs().max().item()


X, Y, NEW = noise(6, P), noise(6, P, seed=1), noise(3, P, seed=2)


def test_circulant_parameters_are_the_full_ones_when_these_are_circulants():
    a = noise(2, 4, P, seed=3)
    ours = rkhm_layers.forward(a, X, Y, NEW, **SETTING)
    full = rkhm_layers.forward(circulant.dense(a), X, Y, NEW, **SETTING)
    assert max(map(worst, ours, full)) < 1e-9


def test_a_layer_is_the_dense_ridge_regression():
    a = noise(1, 4, P, P, seed=3)
    one = torch.eye(P, dtype=torch.float64)
    parameters = (torch.stack([a[0, 0], one]), torch.stack([0.1**0.5 * a[0, 1], a[0, 2], a[0, 3], one]))
    dense = rkhm.ridge(Products(parameters), X, rkhm.columns(Y, whole=True), SETTING["penalty"], solver="dense")
    _, far = rkhm_layers.forward(a, X, Y, NEW, **SETTING)
    assert worst(far, rkhm.read(dense(NEW))) < 1e-8


def loss(a):
    return float((rkhm_layers.forward(a, X, Y, NEW, **SETTING)[0] - Y).square().sum())


def off_circulants(a):
    return worst(a, circulant.dense(circulant.project(a)))


@pytest.mark.parametrize("full", [False, True])
def test_training_lowers_the_loss(full):
    first = rkhm_layers.first_parameters(P, full=full)
    assert loss(rkhm_layers.train(first, X, Y, steps=15, lr=1e-2, **SETTING)) < loss(first)


def test_full_matrices_started_at_circulants_never_leave_them():
    """The loss does not change when every factor is conjugated by a shift, so its gradient at circulants is one."""
    steps = {"steps": 15, "lr": 1e-2}
    last = rkhm_layers.train(rkhm_layers.first_parameters(P, full=True), X, Y, **steps, **SETTING)
    assert off_circulants(last) < 1e-9
    elsewhere = rkhm_layers.first_parameters(P, full=True) + 0.01 * noise(2, 4, P, P, seed=4)
    assert off_circulants(rkhm_layers.train(elsewhere, X, Y, **steps, **SETTING)) > off_circulants(elsewhere)


def test_a_wrong_side_is_named():
    with pytest.raises(ShapeError, match="side 4, expected p = 5"):
        rkhm_layers.forward(noise(2, 4, 4), X, Y, NEW, **SETTING)


@pytest.mark.parametrize("channels", [(1, 1), (1, 4, 1), (1, 3, 2, 1), (1, 2, 3, 4, 1)])
def test_nets_are_torchs_convolutions(channels):
    x = noise(3, 2, 5, 7)
    weights = convolution.first_weights(2, channels, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    z = x
    for w, bias in zip(weights[::2], weights[1::2], strict=True):
        z = torch.nn.functional.conv2d(z, w, bias, padding=1, groups=2).relu()
    assert worst(convolution.forward(weights, x), z) < 1e-12


def test_nets_side_by_side_are_single_nets():
    x, y = noise(4, 3, 6, 6), noise(4, 3, 6, 6, seed=1).abs()
    weights = convolution.first_weights(3, (1, 2, 1), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    many = convolution.forward(convolution.train(weights, x, y, epochs=4, lr=0.01), x)
    for r in range(3):
        own = [w.reshape(3, -1, *w.shape[1:])[r] for w in weights]
        alone = convolution.train(own, x[:, r : r + 1], y[:, r : r + 1], epochs=4, lr=0.01)
        assert worst(many[:, r : r + 1], convolution.forward(alone, x[:, r : r + 1])) < 1e-12
    single = [w.reshape(3, -1, *w.shape[1:])[0] for w in weights]
    assert sum(w.numel() for w in single) == convolution.parameter_count((1, 2, 1))


@pytest.mark.parametrize("channels", [(3, 1), (1, 2), (1, 3, 3), ()])
def test_a_net_with_other_ends_is_named(channels):
    weights = convolution.first_weights(2, channels, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with pytest.raises(ShapeError, match=r"expected weights \[2 \* out, in, 3, 3\] and biases in turn, one channel in"):
        convolution.forward(weights, noise(3, 2, 5, 7))
