"""The table of settings says what the configurations and their optimiser say."""

import math

import numpy as np
import pytest
import torch

from circles.models import vae
from circles.papers import departures
from circles.papers.rey2020 import mnist, mnist_likelihood, published, settings, shapes
from circles.training import binarised as module

OURS = settings.on_mnist().set_index("setting")["ours"]


def test_ours_are_those_of_the_recorded_runs():
    assert mnist.recorded([mnist.MnistRun()]), "the table is of a net that is not recorded"
    c = settings.training()
    assert OURS["steps of the walk"] == str(c.steps) and OURS["batch"] == str(c.batch)
    assert OURS["epochs"] == str(c.epochs) and OURS["rate"] == f"{c.lr:g}"
    assert OURS["encoder"] == "-".join(map(str, (784, *c.hidden)))
    assert OURS["decoder"] == "-".join(map(str, (*reversed(c.hidden), 784)))
    assert OURS["log t, tanh between"] == f"{c.low:g}, {c.high:g}" == OURS["its log variance"]
    assert settings.optimiser().eps == 1e-7 and OURS["decay, schedule"] == "none, none"
    assert OURS["latent spaces run"] == f"{len(mnist.MANIFOLDS)} spaces"


def test_the_start_is_the_one_that_the_table_says():
    spec = mnist.MnistRun().spec
    for name, w in vae.initial(spec, [0]).items():
        inputs, outputs = spec.shapes[name.partition(".")[0]]
        bound = math.sqrt(6 / (inputs + outputs))
        assert not w.any() if name.endswith("bias") else 0.5 * bound < w.abs().max() <= bound


def test_one_number_of_noise_in_flat_space_and_a_quarter_of_the_curvature():
    assert OURS["noise in flat space"] == "one number; once one a dimension"
    assert mnist.MnistRun(manifold="euclidean2").spec.shapes["t"][1] == 1
    assert mnist_likelihood.in_the_plane().training.noise == "each"
    assert vae.VaeSpec("euclidean2", noise="each").shapes["t"][1] == 2
    spec = vae.VaeSpec("sphere2")
    log_t = torch.tensor([[-5.0, -6.0]], dtype=torch.float64)
    mu = spec.space.project(torch.ones(1, 2, 3, dtype=torch.float64))
    found = vae.kl(vae.Posterior(mu, log_t), spec)[0]
    rest = math.log(4 * math.pi) - math.log(2 * math.pi) - log_t[0] - 1
    assert torch.allclose((found - rest) / log_t[0].exp(), torch.full((2,), 2 / 4, dtype=torch.float64))


def test_the_released_kl_of_the_flat_torus_is_too_large_by_log_two_pi():
    code = settings.on_mnist().set_index("setting")["released code"]
    assert code["KL above the exact one, flat torus"] == f"{math.log(2 * math.pi):.2f} nats"
    assert code["the same, torus in R³"] == f"{published.excess('torus'):.2f} nats"
    assert code["the same, rotations"] == f"{published.excess('so3'):.2f} nats"
    for manifold, least in (("flat_torus", 1e-9), ("torus", 1e-4), ("so3", 1e-6)):  # exact; solved on grids
        assert settings.kl_excess(manifold) == pytest.approx(0, abs=least)


def test_the_training_half_has_the_authors_bits_and_the_test_half_goes_on_from_there(monkeypatch):
    class Held:
        def __init__(self, seed):
            self.pictures = torch.randint(256, (30, 784), generator=torch.Generator().manual_seed(seed)).to(torch.uint8)

    sides = {"train": Held(1), "test": Held(2)}
    monkeypatch.setattr(module.mnist, "load", sides.get)
    found = module.binarised.__wrapped__()
    for side, same in (("train", True), ("test", False)):
        chances = sides[side].pictures.numpy().astype("float32") / np.float32(255)
        np.random.seed(0)  # noqa: NPY002  the generator that the released code uses
        theirs = np.random.uniform(0.0, 1.0, chances.shape) < chances  # noqa: NPY002
        assert np.array_equal(found[side].numpy().astype(bool), theirs) == same


def test_the_shifted_pictures_are_the_chapter_s():
    ours, c = settings.on_shifted().set_index("setting")["ours"], shapes.config("torus")
    assert ours["pixels a side"].startswith(str(math.isqrt(c.pictures.shape[-1])))
    assert ours["batch"] == str(c.setting.batch) and ours["nets shown"] == str(c.nets)
    assert c.pictures.shape[1] == shapes.GRID**2 and str(shapes.GRID) in ours["shifts"]
    assert ours["log t, tanh between"] == "{:g}, {:g}".format(*c.setting.log_t)


def test_every_row_is_complete_and_departures_are_named():
    table = settings.table()
    assert not table.isna().any(axis=None) and (table != "").all(axis=None)
    assert departures.departing(settings.on_mnist()) == [
        "latent spaces run", "seed of the pixels", "noise in flat space", "its log variance",
        "KL above the exact one, flat torus", "the same, torus in R³", "the same, rotations", "matrix to rotation",
        "likelihood", "seeds", "heat's density in it",
    ]  # fmt: skip
    assert departures.departing(settings.on_shifted()) == [
        "pixels a side", "waves an axis", "shifts", "values", "batch", "log t, tanh between",
    ]  # fmt: skip
    text = repr(departures.Shown(settings.on_mnist()))
    assert max(map(len, text.splitlines())) <= departures.LINE
