"""A net taken apart: its activations, its readout with the norm's gain, its curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from circles.analysis.net import Net
from circles.models import modular
from circles.models.modular import ModularSpec
from circles.papers import net_frames, pair_maps
from circles.papers.nanda2023 import frames
from circles.papers.nanda2023.net import Net as NandaNet
from circles.papers.nanda2023.training import NandaRun
from circles.training.grokking import GrokkingRun
from circles.training.runs import Run


class NormRun(GrokkingRun):
    """A net as in Li 2024: no positions, a norm before the unembedding."""

    @property
    def spec(self) -> ModularSpec:
        return ModularSpec(p=13, d_model=12, n_heads=2, d_mlp=10, positions=False, norm=True)


@pytest.fixture
def net() -> Net:
    config = NormRun(p=13, seed=3, fraction=0.3)
    weights = modular.initial(config.spec, [3], dtype=torch.float64)
    weights["gain"] = torch.rand(1, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 0.5
    n = 4
    measures = {"epoch": torch.tensor([0, 10, 20, 30]), "keys": torch.tensor([2, 5])} | {
        f"{split}_{kind}": torch.linspace(1, 2, n) for split in ("train", "test") for kind in ("loss", "accuracy")
    }
    return Net(Run(config, weights, measures, torch.zeros(4), {}, Path()))


def test_the_logits_are_the_norm_of_what_the_readout_reads(net):
    W = net.weights
    past = (net.resid_mid[0] + W["b_out"][0]) * W["gain"][0] @ W["W_U"][0]
    post = net.resid_mid[0] + net.mlp @ W["W_out"][0] + W["b_out"][0]
    factor = (post.square().mean(-1, keepdim=True) + 1e-8).rsqrt()
    assert (factor * (past + net.mlp @ net.W_L.mT) - net.logits).abs().max() < 1e-12


def test_the_readout_without_a_norm_is_the_product():
    config = GrokkingRun(p=13, d_model=12, n_heads=2, d_mlp=10, seed=1)
    weights = modular.initial(config.spec, [1], dtype=torch.float64)
    net = Net(Run(config, weights, {"keys": torch.tensor([1])}, torch.zeros(1), {}, Path()))
    assert torch.equal(net.W_L, (weights["W_out"] @ weights["W_U"])[0].mT)
    assert net.keys == (1,)


def test_other_weights_than_the_runs_may_be_taken_apart(net):
    halved = {name: w / 2 for name, w in net.weights.items()}
    other = Net(net.run, halved)
    assert (other.mlp - modular.activations(halved, net.spec)["mlp"][0]).abs().max() == 0
    assert (other.W_E - net.W_E / 2).abs().max() == 0


def test_the_first_epoch_is_that_of_the_curve(net):
    assert net.first_epoch("test_accuracy", 1.5) == 20
    assert net.first_epoch("test_accuracy", 3.0) == -1
    assert net.at("test_loss", 30) == 2


def test_a_curve_stays_below_a_level_from_its_last_fall_on(net):
    net.curves["test_loss"] = np.array([0.5, 3.0, 0.9, 0.2])
    assert net.stays_below("test_loss", 1.0) == 20
    assert net.stays_below("test_loss", 4.0) == 0
    assert net.stays_below("test_loss", 0.2) == -1


def test_frames_name_their_net(net):
    embedding = net_frames.embedding(net, "binary")
    assert set(embedding["net"]) == {"binary"}
    assert len(embedding) == 12
    direct = np.array([(net.W_E.numpy() * np.sqrt(2 / 13) * np.cos(2 * np.pi * 4 * np.arange(13) / 13)[:, None])
                       .sum(0)])  # fmt: skip
    row = embedding[(embedding["frequency"] == 4) & (embedding["kind"] == "cos")]
    assert abs(row["norm"].item() - np.linalg.norm(direct)) < 1e-10
    assert set(net_frames.singular_values(net, "binary")["net"]) == {"binary"}
    assert net_frames.curves({3: net})["loss"].between(1, 2).all()


def test_a_net_that_has_not_generalised_is_shown_in_bounds():
    """It has a key frequency for nearly each wave: tables still have its row, maps no more neurons than they hold."""
    config = NandaRun(p=41, d_model=16, n_heads=2, d_mlp=64, seed=1)
    weights = modular.initial(config.spec, [1], dtype=torch.float64)
    names = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
    curves = {name: torch.linspace(0.9, 0.5, 4) for name in names}
    measures = {"epoch": torch.tensor([0, 10, 20, 30]), "keys": torch.arange(1, 21)} | curves
    net = NandaNet(Run(config, weights, measures, torch.zeros(4), {}, Path()))
    assert not net.generalised and frames.seeds({0: net}).empty
    found = frames.lengths(net, {0: net, 1: net})
    assert found.shape == (len(frames.COMPARED), 5)
    assert list(found)[1:4] == ["30 epochs, seed 1", "30 epochs, seed 1", "30 epochs, seed 0"]
    maps, blocks = pair_maps.pair_maps(net)
    assert len(maps) == 2 + pair_maps.NEURONS and set(blocks["unit"]) == set(maps)
