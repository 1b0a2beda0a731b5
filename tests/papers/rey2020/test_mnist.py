"""MNIST's loader on small stand-ins: contents by MD5, damage named, no network in one line; one binarisation."""

import gzip
import hashlib
import struct
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from circles.foundations.errors import DataError
from circles.models import vae
from circles.papers.rey2020 import mnist_likelihood, mnist_noise
from circles.training import binarised, mnist


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three pictures a side in the real layout, with their own MD5s as the expected ones."""
    g = np.random.default_rng(0)
    expected = {}
    for side in ("train", "t10k"):
        x, y = g.integers(0, 256, (3, 784), np.uint8), g.integers(0, 10, 3, np.uint8)
        for name, head, body in (
            (f"{side}-images-idx3-ubyte", struct.pack(">IIII", 2051, 3, 28, 28), x),
            (f"{side}-labels-idx1-ubyte", struct.pack(">II", 2049, 3), y),
        ):
            content = head + body.tobytes()
            expected[name] = hashlib.md5(content).hexdigest()
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(mnist, "UNPACKED", expected)
    monkeypatch.setenv("CIRCLES_MNIST", str(tmp_path))
    binarised.binarised.cache_clear()
    yield tmp_path
    binarised.binarised.cache_clear()


def test_reads_packed_and_unpacked(folder):
    packed = mnist.load("train")
    for file in list(folder.glob("train*.gz")):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    unpacked = mnist.load("train")
    assert torch.equal(packed.pictures, unpacked.pictures) and torch.equal(packed.labels, unpacked.labels)
    assert packed.pictures.shape == (3, 784) and packed.labels.dtype == torch.int64


def test_each_pixel_is_drawn_once_with_its_own_chance(folder):
    first = binarised.binarised()
    binarised.binarised.cache_clear()
    again, other = binarised.binarised(), binarised.binarised(1)
    for side in ("train", "test"):
        assert torch.equal(first[side], again[side]) and not torch.equal(first[side], other[side])
        assert set(first[side].unique().tolist()) <= {0, 1}
        chances = mnist.load(side).pictures
        assert (first[side][chances == 255] == 1).all() and (first[side][chances == 0] == 0).all()
        assert abs(float(first[side].double().mean() - chances.double().mean() / 255)) < 0.03


def test_damage_is_named_by_its_hash(folder):
    file = folder / "t10k-images-idx3-ubyte.gz"
    content = bytearray(gzip.decompress(file.read_bytes()))
    content[-1] ^= 1
    file.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DataError, match=f"its MD5 is {hashlib.md5(bytes(content)).hexdigest()}, expected"):
        mnist.load("test")
    file.write_bytes(b"no archive")
    with pytest.raises(DataError, match=f"no gzip file, its MD5 is {hashlib.md5(b'no archive').hexdigest()}"):
        mnist.load("test")


def test_a_small_file_that_unpacks_to_much_is_refused(folder):
    file = folder / "t10k-images-idx3-ubyte.gz"
    file.write_bytes(gzip.compress(bytes(60_000_000), 1) * 20)  # 1.2 GB, were they unpacked
    began = time.monotonic()
    with pytest.raises(DataError, match="is damaged: unpacks to more than 50,000,000 bytes"):
        mnist.load("test")
    assert time.monotonic() - began < 10


def test_missing_files_and_sides_are_named(folder, tmp_path, monkeypatch):
    with pytest.raises(DataError, match="side is 'valid', expected 'train' or 'test'"):
        mnist.load("valid")
    monkeypatch.setenv("CIRCLES_MNIST", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="expected a folder that holds train-images-idx3-ubyte.gz"):
        mnist.load("train")


@pytest.mark.parametrize("error", [OSError("unreachable"), ValueError("hash differs:\n found")])
def test_a_download_that_fails_is_one_line(tmp_path, monkeypatch, error):
    import pooch

    def fails(*_, **__):
        raise error

    monkeypatch.delenv("CIRCLES_MNIST", raising=False)
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.setattr(pooch, "retrieve", fails)
    with pytest.raises(DataError) as found:
        mnist.load("train")
    assert "\n" not in str(found.value)
    assert ("cannot be downloaded" if isinstance(error, OSError) else "damaged as downloaded") in str(found.value)


@pytest.mark.parametrize("manifold", ["torus", "sphere2"])
def test_loss_and_likelihood_are_of_the_same_pictures(folder, tmp_path, monkeypatch, manifold):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    run = mnist_likelihood.LikelihoodRun(manifold=manifold, epochs=1)
    found = run.compute()
    assert found["history"].shape == (1,)
    for side in mnist_likelihood.SIDES:
        loss = found[f"loss/{side}"]
        # three pictures of noise: the loss lies above -log p, by no more than the range of the KL
        assert loss.shape == (2,) and -1 < float(loss.sum() + found[f"log_likelihood/{side}"]) < 10
    assert {c.manifold for c in mnist_likelihood.config(2)} == set(mnist_likelihood.mnist.MANIFOLDS)
    assert [c.noise for c in mnist_likelihood.config(2)] == ["one"] * len(mnist_likelihood.mnist.MANIFOLDS) + ["each"]


def test_the_place_of_log_t_is_taken_at_every_checkpoint(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    run = mnist_noise.NoiseRun(manifold="projective3", like="so3")
    found = run.compute()
    assert found["epoch"].tolist() == [1, 10, 25, 50, 75, 100]
    assert ((found["log_t"] >= 0) & (found["log_t"] <= 1)).all() and len(found["log_t"].unique()) > 1


def test_the_place_of_log_t_is_the_mean_over_pictures(folder, monkeypatch):
    run = mnist_noise.NoiseRun(manifold="sphere2")
    low, high = run.training.spec.log_t
    found = vae.Posterior(torch.zeros(1, 3, 3), torch.tensor([[low, low, high]]))
    monkeypatch.setattr(mnist_noise.runs, "get", lambda _: SimpleNamespace(measures={}, weights={}))
    monkeypatch.setattr(mnist_noise.vae, "encode", lambda *_: found)
    assert run.compute()["log_t"].tolist() == pytest.approx([1 / 3] * len(run.training.checkpoints()))
