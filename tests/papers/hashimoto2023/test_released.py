"""The released denoising script: its features and ridge against dense matrices, its slips, the settings beyond it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.linalg
import torch

from circles.foundations.errors import ConfigError, ShapeError
from circles.models import convolution, rkhm_released
from circles.papers.hashimoto2023 import released, released_frames, settings

SMALL = {"n": 4, "tests": 3, "steps": 2, "epochs": 3, "draws": 2}


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def dense(x, a, b):
    """Z of all pictures, stacked, with SciPy's factorisation."""
    rows = []
    for picture in x.numpy():
        Q, R = scipy.linalg.qr(scipy.linalg.circulant(picture) @ a[0] + a[1])
        B = np.eye(len(picture)) - b * Q.T
        rows.append(np.hstack([a[2] @ R.T @ B + a[3], a[2] @ R.T @ np.linalg.matrix_power(B, 3)]))
    return np.vstack(rows)


def test_features_ridge_and_losses_are_those_of_the_dense_system():
    n, p, b, penalty = 3, 5, 0.1, 0.7
    x, y, a = noise(n, p), noise(n, p, seed=1), noise(4, p, p, seed=2)
    Z = dense(x, a.numpy(), b)
    assert np.abs(rkhm_released.features(a, x, b=b).flatten(0, 1).numpy() - Z).max() < 1e-12
    Y = np.vstack([scipy.linalg.circulant(row) for row in y.numpy()])
    K = Z @ Z.T
    c = np.linalg.solve(K + penalty * np.eye(n * p), Y)
    y1 = c.T @ K @ Y
    stacked = (torch.from_numpy(z).reshape(n, p, -1) for z in (Z, Y))
    weights, ours = rkhm_released.solve(*stacked, penalty)
    assert np.abs(weights.numpy() - Z.T @ c).max() < 1e-10
    script = c.T @ K @ (K + penalty * np.eye(n * p)) @ c - y1 - y1.T
    assert abs(np.linalg.norm(script) - float(ours.norm())) < 1e-9
    misfit = np.linalg.norm(K @ c - Y) / np.linalg.norm(Y)
    assert abs(rkhm_released.misfit(a, weights, x, y, b=b) - misfit) < 1e-10
    start = rkhm_released.first_parameters(p).numpy()
    Z = dense(x, start, b)
    K = Z @ Z.T
    c = np.linalg.solve(K + penalty * np.eye(n * p), Y)
    whole = np.linalg.norm((Y - K @ c).T @ (Y - K @ c) + penalty * c.T @ K @ c)  # the paper's objective, in A
    found = rkhm_released.train(x, y, penalty=penalty, b=b, steps=1, loss="mended")
    assert abs(whole - float(found.losses[0])) < 1e-9
    assert torch.equal(found.before, rkhm_released.first_parameters(p)) and not torch.equal(found.after, found.before)


def test_the_read_out_is_the_mean_along_the_shifts_and_the_scripts_is_turned():
    p, x = 5, noise(2, 5)  # at a multiple of three a_0 has no inverse
    a, w = rkhm_released.first_parameters(p), noise(2 * p, p, seed=3)
    values = rkhm_released.features(a, x, b=0.1) @ w
    mean = [[float(np.mean([M[(j + k) % p, j] for j in range(p)])) for k in range(p)] for M in values.numpy()]
    turned = [[float(np.mean([M[j, (j + k) % p] for j in range(p)])) for k in range(p)] for M in values.numpy()]
    found = rkhm_released.predict(a, w, x, b=0.1, block=1)
    assert (found - torch.tensor(mean, dtype=found.dtype)).abs().max() < 1e-12
    assert (rkhm_released.turned(found) - torch.tensor(turned, dtype=found.dtype)).abs().max() < 1e-12
    black = rkhm_released.clipped(torch.tensor([[-1.0, 0.5, 2.0], [-1.0, -2.0, 0.0]]))
    assert black.tolist() == [[0.0, 0.25, 1.0], [0.0, 0.0, 0.0]]


def test_the_released_loss_falls_while_the_fit_gets_worse_and_the_mended_one_does_not():
    found = released_frames.trained((1, 30)).set_index(["loss", "step"])
    for loss, worse in (("released", True), ("mended", False)):
        first, last = found.loc[(loss, 0)], found.loc[(loss, 29)]
        assert last["value"] < first["value"] and (last["misfit"] > first["misfit"]) == worse


def test_each_slip_changes_what_it_names_and_nothing_else():
    draw = released.Draw(released.ReleasedRun(**SMALL), 5)
    near, far = draw.tests(())
    clean, n = draw.clean, SMALL["n"]
    assert ((draw.far["released"] - clean[n:]) - (draw.near - clean[:n])[:3]).abs().max() < 1e-12  # the same noise
    assert ((draw.far["mended"] - clean[n:]) - (draw.near - clean[:n])[:3]).abs().max() > 1e-3
    assert draw.targets(()) == (draw.near, draw.far["released"])
    assert all(torch.equal(a, b) for a, b in zip(draw.targets(("targets",)), (clean[:n], clean[n:]), strict=True))
    assert all(torch.equal(rkhm_released.turned(a), b) for a, b in zip((near, far), draw.tests(("turn",)), strict=True))
    moves = {"late": (False, True), "noise": (False, True), "loss": (True, True), "targets": (False, False)}
    for slip, moved in moves.items():
        pairs = zip((near, far), draw.tests((slip,)), strict=True)
        assert tuple(not torch.equal(a, b) for a, b in pairs) == moved
    bare = released.Draw(replace(draw.config, applied=False), 5)
    assert torch.equal(bare.tests(())[1], bare.far["released"])
    assert torch.equal(bare.tests(("tests",))[1], far)
    alone = draw.tests((), bare=True)
    assert torch.equal(alone[0], draw.near) and torch.equal(alone[1], draw.far["released"])


def test_pictures_are_chosen_as_the_script_chooses_them():
    from sklearn.datasets import load_digits

    data = load_digits()
    found = released.chosen("digits", 20, 100)
    own = [np.flatnonzero(data.target == i % 10)[i] for i in range(120)]
    assert np.abs(found.numpy() - data.data[own] / 16).max() == 0
    with pytest.raises(ConfigError, match="pictures is 'letters', expected one of digits, mnist14, mnist"):
        released.chosen("letters", 1, 1)


def test_a_short_run_has_a_distance_a_variant_and_the_net_alone_is_torchs():
    config = released.ReleasedRun(**SMALL)
    found = config.compute()
    assert {k for k, v in found.items() if v.shape == (2,)} == {*config.variants, *released_frames.ALONE, "left"}
    draw = released.Draw(config, 1)
    weights = convolution.keras_weights(1, generator=released.streams(1, "net")["net"])
    assert weights[0].abs().max() < 3**-0.5 and float(weights[1]) == 0
    net = torch.nn.Conv2d(1, 1, 3, padding=1)
    net.weight.data, net.bias.data = weights
    adam = torch.optim.Adam(net.parameters(), lr=config.lr, eps=1e-7)
    image = lambda z: z.reshape(-1, 1, 8, 8).float()  # noqa: E731
    for _ in range(config.epochs):
        adam.zero_grad()
        (net(image(draw.near)).relu() - image(draw.clean[:4])).square().mean().backward()
        adam.step()
    out = net(image(draw.far["released"])).relu().detach().flatten(1).double()
    by_hand = (rkhm_released.clipped(out) - draw.clean[4:]).norm(dim=-1).mean()
    assert abs(float(found["CNN"][1] - by_hand)) < 1e-5


def test_settings_are_spoilt_as_they_say():
    _, y, _, truth = settings.spoilt("gain", 3, 2, 0)
    place = np.arange(64)
    x, *_ = settings.spoilt("gain", 3, 2, 0)
    gain = 1 + 0.9 * np.cos(2 * np.pi * place / 64)
    same, *_ = settings.spoilt("noise 0.1", 3, 2, 0)
    assert np.abs((x - same).numpy() - (gain - 1) * y.numpy()).max() < 1e-12  # the noise is the same
    wave = (settings.spoilt("wave", 3, 2, 0)[0] - same).numpy()
    size = np.abs(np.fft.rfft(wave, axis=1))
    assert np.allclose(size[:, 16], 16) and np.delete(size, 16, 1).max() < 1e-9
    blur = settings.spoilt("blur", 3, 2, 0)[0] - same + y
    assert np.abs(blur.numpy() - sum(np.roll(y.numpy(), s, 1) for s in range(-4, 5)) / 9).max() < 1e-12
    assert truth.shape == (2, 64)
    with pytest.raises(ConfigError, match="setting is 'rain', expected one of noise 0.01"):
        settings.spoilt("rain", 1, 1, 0)


def test_ridges_are_chosen_on_some_draws_and_judged_on_others(monkeypatch):
    config = settings.SettingRun()
    after = torch.full((len(settings.KERNELS), len(settings.RIDGES), config.draws), 5.0, dtype=torch.float64)
    after[:, 1, : settings.CHOSEN_ON] = 1.0
    after[0, 1, settings.CHOSEN_ON :] = 7.0
    measures = {"then CNN": after, "CNN": torch.full((config.draws,), 2.0, dtype=torch.float64)}
    monkeypatch.setattr(released_frames.runs, "get", lambda _: type("Run", (), {"measures": measures}))
    errors, ridges = released_frames.judged(config)
    assert set(ridges.values()) == {1} and len(errors) == config.draws - settings.CHOSEN_ON
    assert errors["RKHM, script"].unique() == [7.0] and errors["CNN"].unique() == [2.0]
    methods = ["as released", "CNN, targets noisy"] * 2
    frame = pd.DataFrame({"seed": [0, 0, 1, 1], "method": methods, "test": [1.0, 2.0, 3.0, 2.0]})
    assert released_frames.wins(frame) == 1
    beside = released_frames.beside_rival(frame, released.RELEASED)
    assert beside["nearer on"] == f"1 of {frame['seed'].nunique()}"


def test_bad_input_is_named():
    with pytest.raises(ShapeError, match="parameters have the side 3, expected p = 4"):
        rkhm_released.features(rkhm_released.first_parameters(3), noise(1, 4), b=0.1)
    with pytest.raises(ConfigError, match="loss is 'least' and steps 1, expected one of released, mended"):
        rkhm_released.train(noise(1, 4), noise(1, 4), penalty=1.0, b=0.1, steps=1, loss="least")


def test_what_passes_a_picture_on():
    P = np.eye(6)[:, -np.arange(6) % 6]
    X = scipy.linalg.circulant(noise(6).numpy())
    assert np.abs(P @ X.T @ P - X).max() < 1e-12
    assert np.array_equal(rkhm_released.turned(torch.eye(6, dtype=torch.float64)).numpy(), P)
    row = released_frames.passed_on(ridges=(1e-5,)).iloc[0]
    assert row["picture"] < 1.1 * row["nothing"]  # the noise is all that is left
    assert row["turning"] < 0.5 * row["script"]
    assert row["adjoint"] > 0.9 * row["script"]


def test_each_picture_is_divided_by_its_own_largest_value():
    picture = torch.tensor([0.5, 1.0, 2.0])
    assert rkhm_released.clipped(torch.stack([picture, 10 * picture])).tolist() == [[0.25, 0.5, 1.0]] * 2


def test_a_step_on_a_small_gradient_is_shortened_as_keras_shortens_it():
    p, at, lr = 5, (3, 0, 1), 1e-4
    x, y = noise(2, p), 1e-4 * noise(2, p, seed=1)
    Y = np.vstack([scipy.linalg.circulant(row) for row in y.numpy()])

    def loss(moved):
        a = rkhm_released.first_parameters(p).numpy()
        a[at] += moved
        Z = dense(x, a, 0.1)
        return np.linalg.norm(Y.T @ Z @ Z.T @ np.linalg.solve(Z @ Z.T + np.eye(2 * p), Y))

    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert 1e-9 < abs(slope) < 1e-7
    found = rkhm_released.train(x, y, penalty=1.0, b=0.1, steps=1, lr=lr)
    assert float((found.before - found.after)[at]) == pytest.approx(lr * slope / (abs(slope) + 1e-7), rel=1e-4)
