"""The denoising study: its nets against torch's, its draws against the script's setting, what its claims count."""

import json
from dataclasses import replace

import pandas as pd
import pytest
import torch

from circles.foundations.errors import ConfigError, ShapeError
from circles.foundations.streams import streams
from circles.models import convolution, convolution_stack, rkhm_layers
from circles.papers.hashimoto2023 import costs, denoising, denoising_frames, denoising_runs, denoising_sweep
from circles.papers.hashimoto2023.denoising_sweep import DenoisingSweep
from circles.training import runs


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def first(channels, dtype=torch.float64):
    return convolution.first_weights(1, channels, generator=torch.Generator().manual_seed(0), dtype=dtype)


@pytest.mark.parametrize("channels", [(1, 1), (1, 3, 1)])
def test_a_stack_of_one_or_two_layers_is_the_net_side_by_side(channels):
    x, y = noise(4, 6, 5), noise(4, 6, 5, seed=1).abs()
    stack = convolution_stack.train(first(channels), x, y, epochs=5, lr=0.01)
    beside = convolution.train(first(channels), x.unsqueeze(1), y.unsqueeze(1), epochs=5, lr=0.01)
    found = convolution_stack.forward(stack, x) - convolution.forward(beside, x.unsqueeze(1))[:, 0]
    assert found.abs().max() < 1e-12


def test_a_stack_of_three_layers_is_torchs_and_learns():
    x, y = noise(4, 6, 5), noise(4, 6, 5, seed=1).abs()
    weights = first((1, 4, 3, 1))
    layers = [torch.nn.Conv2d(i, o, 3, padding=1, dtype=torch.float64) for i, o in ((1, 4), (4, 3), (3, 1))]
    for layer, w, bias in zip(layers, weights[::2], weights[1::2], strict=True):
        layer.weight.data, layer.bias.data = w, bias
    net = torch.nn.Sequential(*(part for layer in layers for part in (layer, torch.nn.ReLU())))
    assert (net(x.unsqueeze(1))[:, 0] - convolution_stack.forward(weights, x)).abs().max() < 1e-12

    def loss(w):
        return (convolution_stack.forward(w, x) - y).square().mean()

    assert loss(convolution_stack.train(weights, x, y, epochs=20, lr=0.01)) < loss(weights)
    with pytest.raises(ShapeError, match="weights are 3 tensors, expected weights and biases in turn"):
        convolution_stack.forward(weights[:3], x)


def test_the_large_net_has_as_many_parameters_as_the_module_and_its_convolution():
    ours = rkhm_layers.first_parameters(784, full=False).numel() + convolution.parameter_count((1, 1))
    assert abs(convolution.parameter_count(denoising_sweep.DEEP) - ours) <= 1


def test_a_short_sweep_is_the_study_of_one_ridge_at_each_ridge(monkeypatch):
    """The same draws and first weights as the older study; only the order of its sums may differ."""
    monkeypatch.setattr(denoising, "REPLICATES", 3)
    short = {"n": 3, "tests": 4, "epochs": 5}
    ours = DenoisingSweep(ridges=(10.0, 0.01), draws=3, **short).compute()
    assert ours["RKHM"].shape == (2, 3)
    for i, ridge in enumerate((10.0, 0.01)):
        theirs = denoising.DenoisingRun(penalty=ridge, **short).compute()
        same = {"RKHM": ours["RKHM"][i], "RKHM then CNN": ours["RKHM then CNN"][i], "CNN, two layers": ours["large"]}
        for name, value in {"CNN": ours["CNN"], "nothing": ours["nothing"], **same}.items():
            assert (theirs[name] - value).abs().max() < 1e-4, name


def test_a_draw_alone_is_trained_by_the_stack_and_a_run_without_the_large_net_has_none():
    config = DenoisingSweep(n=2, tests=3, epochs=2, draws=1, seed=4, ridges=(1.0,), large=(1, 2, 2, 1))
    found = config.compute()
    x, y, new, truth = denoising.pairs(denoising_sweep.images("digits"), 4, 2, 3, 0.01)
    image = lambda z: z.reshape(-1, 8, 8).float()  # noqa: E731
    weights = convolution.first_weights(1, (1, 2, 2, 1), generator=streams(4, "net")["net"])
    weights = convolution_stack.train(weights, image(x), image(y), epochs=2, lr=1e-3)
    far = convolution_stack.forward(weights, image(new)).flatten(1).double()
    assert abs(float((far - truth).norm(dim=-1).mean() - found["large"])) < 1e-6
    without = replace(config, large=())
    assert "large" not in without.compute() and without.name != config.name
    with pytest.raises(ConfigError, match="pictures is 'letters', expected one of digits, mnist"):
        denoising_sweep.images("letters")


def _frame(ours, plain, **more):
    rows = [
        {"method": method, "seed": seed, "n": n, "ridge": 1.0, "test": test[seed] * n**power, **more}
        for method, test, power in ((denoising_frames.OURS, ours, -0.5), (denoising_frames.PLAIN, plain, 0.0))
        for seed in range(len(ours))
        for n in (5, 10, 20)
    ]
    return pd.DataFrame(rows)


def test_wins_ratios_and_trend_of_made_up_errors():
    frame = _frame([3.0, 4.0, 9.0], [1.0, 1.0, 1.0])
    assert [denoising_frames.won(frame[frame["n"] == n]).sum() for n in (5, 10, 20)] == [0, 1, 2]
    assert abs(denoising_frames.ratios(frame)["10"] - 16 / 3 / 10**0.5) < 1e-12
    assert denoising_frames.trend(frame) < 0.02 < 0.9 < denoising_frames.trend(frame.assign(n=-frame["n"]))
    other = frame.assign(ridge=0.1, test=frame["test"].where(frame["method"] == denoising_frames.PLAIN, 0.5))
    both = pd.concat([frame, other])[lambda f: f["n"] == 5]
    assert denoising_frames.best_ridge(both) == 0.1 and denoising_frames.most_wins(both) == 3
    missing = both[lambda f: (f["ridge"] == 0.1) & ((f["method"] == denoising_frames.OURS) | (f["seed"] < 2))]
    assert denoising_frames.won(missing).tolist() == [True, True]  # a draw without the other net is left out


def test_the_relu_alone_is_never_farther_than_the_noisy_image():
    relu, nothing = denoising_frames.only_relu(denoising.authors()), runs.get(denoising.authors()).measures["nothing"]
    assert list(relu.index) == list(range(denoising.REPLICATES))
    assert all(0 < r < n for r, n in zip(relu, nothing.tolist(), strict=True))


def test_the_chosen_ridge_is_the_best_and_every_unit_has_a_name_of_its_own():
    noisy = denoising_frames.table([denoising_runs.ridges()])
    assert denoising_frames.best_ridge(noisy) == denoising_runs.CHOSEN
    units = [*denoising_runs.every(0), *(c for s in range(10) for c in denoising_runs.every_on_mnist(s))]
    assert len({c.name for c in units}) == len(units)
    assert {c.seed for c in denoising_runs.mnist()} == set(range(10))


def test_the_recorded_exponents_are_those_of_the_recorded_costs():
    import numpy as np

    for what, value in (("time", "seconds"), ("memory", "megabytes")):
        seen = costs.over_sizes(what)
        for axis in ("points n", "entries d"):
            for solver, exponent in costs.exponent(what, axis).items():
                part = seen[(seen["solver"] == solver) & seen["panel"].str.startswith(axis)].sort_values("size")[-4:]
                slope = np.polyfit(np.log(part["size"]), np.log(part[value]), 1)[0]
                assert abs(slope - exponent) < 0.01, json.dumps([what, axis, solver])
