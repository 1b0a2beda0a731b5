"""Measures and frames of Chapter 3 on nets made by hand and untrained ones, and the claims' form."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch

from circles import figures
from circles.analysis import one_neuron
from circles.analysis.net import Net
from circles.experiments.li2024 import frames, measures
from circles.models import modular
from circles.models.modular import ModularSpec
from circles.training.grokking import GrokkingRun
from circles.training.runs import Run

P, KEYS = 13, (2, 5)
EPOCHS = (0, 50, 100)


class StandIn(GrokkingRun):
    """The architecture of Li 2024, small."""

    @property
    def spec(self) -> ModularSpec:
        return ModularSpec(p=P, d_model=24, n_heads=2, d_mlp=18, positions=False, norm=True, score_scale=24**-0.5)


def stand_in(seed: int = 0, scale: float = 1.0) -> Net:
    config = StandIn(p=P, seed=seed)
    weights = modular.initial(config.spec, [seed], dtype=torch.float64)
    names = ("test_accuracy", "train_loss", "test_loss", "restricted_loss", "excluded_loss", "gini_E")
    curves = {name: scale * torch.tensor([1.0, 2.0, 3.0 + i]) for i, name in enumerate(names)}
    curves["test_accuracy"] = torch.tensor([0.1, 0.995, 1.0])
    curves |= {"epoch": torch.tensor(EPOCHS), "keys": torch.tensor(KEYS)}
    snapshots = {e: modular.initial(config.spec, [seed + e], dtype=torch.float64) for e in EPOCHS}
    curves |= one_neuron.follow(snapshots, config.spec, 5, lambda w: w, stride=2)
    return Net(Run(config, weights, curves, torch.zeros(3), {}, Path()))


def test_a_row_reads_the_last_checkpoint_and_the_first_above_99_percent():
    row = measures.row(stand_in())
    assert row["train_loss"] == 4
    assert row["excluded_loss"] == 7
    assert row["grokked"] == 50
    assert row["frequencies"] == len(KEYS)
    assert row["gini_rise"] == row["gini"] - 1


def test_the_embeddings_energy_is_outside_or_in_its_prominent_frequencies():
    net = stand_in()
    x = torch.arange(P, dtype=torch.float64)
    waves = [(2 * torch.pi * k * x / P).cos() for k in (3, 6)]
    net.W_E = torch.stack([2 * waves[0], 0.2 * waves[1]], 1) + 7  # energies 4 and 0.04; the constant is no frequency
    row = measures.row(net)
    assert row["in_embedding"] == 1
    assert row["outside"] == pytest.approx(0.04 / 4.04, abs=1e-12)


def test_neurons_of_one_frequency_are_periodic_and_on_the_diagonal():
    net = stand_in()
    x = torch.arange(P, dtype=torch.float64)
    pure = [((2 * torch.pi * k * x / P).cos()[:, None] * (2 * torch.pi * k * x / P).sin()).flatten() for k in KEYS]
    net.mlp = torch.stack(pure * 9, 1)
    row = measures.row(net)
    assert row["periodic_neurons"] == 1
    assert row["diagonal"] == pytest.approx(1, abs=1e-12)


def test_medians_are_taken_over_seeds_and_held_against_full_precision():
    rows = pd.DataFrame({
        "kind": ["full precision"] * 3 + ["binary"] * 3 + ["ternary"] * 3, "loss": [1, 2, 9, 4, 6, 50, 1, 1, 5.0],
    })  # fmt: skip
    assert measures.each(rows, "loss") == {"binary": 6, "ternary": 1}
    assert measures.against_full(rows, "loss", "ratio") == {"binary": 3, "ternary": 0.5}
    assert measures.against_full(rows, "loss", "difference") == {"binary": 4, "ternary": -1}


def test_weights_that_read_a_frequency_have_structure_and_fresh_ones_none():
    net = stand_in()
    assert measures.structure(net, controls=99).p_value > 0.01
    W_E, W = net.W_E, net.weights
    wave = (2 * torch.pi * KEYS[0] * torch.arange(P, dtype=torch.float64) / P).cos()
    came = wave @ W_E @ W["W_V"][0, 0] @ W["W_O"][0, 0]
    net.weights = dict(W) | {"W_in": came.sign()[None, :, None].expand(1, -1, 18)}
    found = measures.structure(net, controls=99)
    assert found.p_value == pytest.approx(0.01)
    assert torch.equal(found.controls, measures.structure(net, controls=99).controls)


def test_frames_hold_every_net_and_the_charts_take_them():
    nets = {kind: stand_in(i) for i, kind in enumerate((measures.FULL, measures.BINARY, measures.TERNARY))}
    triples = [(kind, 0, net) for kind, net in nets.items()]
    lines = frames.through_training(triples)
    assert len(lines) == 3 * 4 * len(EPOCHS)
    spectrum, fve, blocks = frames.embeddings(nets), frames.variances(nets), frames.blocks(nets)
    net = nets["binary"]
    assert [len(x) for x in (spectrum, fve, blocks)] == [3 * (P - 1), 3 * 18, 3 * 7 * 7]
    charts = [
        figures.nets_through_training(lines), figures.spectrum(spectrum), figures.variance_histograms(fve),
        figures.block_maps(blocks), figures.bits_against_algorithm(frames.bits(measures.table(triples))),
        figures.latent_slider(*frames.neuron(net), name="neuron 5"),
        figures.against_controls(*frames.alignments({"W_in": measures.structure(net, controls=9)}), unit="x"),
    ]  # fmt: skip
    assert all(chart.spec for chart in charts)


def test_the_block_frame_is_the_norm_at_its_frequencies():
    net = stand_in()
    frame = frames.blocks({"x": net})
    x = torch.arange(P, dtype=torch.float64)
    waves = {f: (2 * torch.pi * k * x / P) for f, k in (("a", 2), ("b", 6))}
    parts = [(p(waves["a"])[:, None] * q(waves["b"])).flatten() for p in (torch.cos, torch.sin)
             for q in (torch.cos, torch.sin)]  # fmt: skip
    want = sum(((part / part.norm()) @ net.mlp).square().sum().item() for part in parts) ** 0.5
    got = frame[(frame["frequency_a"] == 2) & (frame["frequency_b"] == 6)]["norm"].item()
    assert abs(got - want) < 1e-10


def test_a_net_that_never_grokked_is_left_out_of_that_panel():
    both = {"kind": ["binary", "4 bits"], "seed": 0, "grokked": [-1, 200], "frequencies": 5, "logit_variance": 0.9}
    rows = pd.DataFrame(both)
    found = frames.bits(rows)
    assert found[found["panel"] == "epochs to grok"]["bits"].tolist() == [4.0]
    assert sorted(found[found["panel"] == "frequencies in W_L"]["bits"]) == [1.0, 4.0]


def test_the_slider_shows_the_first_and_the_last_checkpoint():
    weights, maps = frames.neuron(stand_in(), moments=2)
    assert sorted(set(weights["epoch"])) == sorted(set(maps["epoch"])) == [0, 100]
    assert maps["a"].max() == maps["b"].max() == 12
    net = stand_in()
    kept = net.curves["neuron_map"][-1]
    cell = maps[(maps["epoch"] == 100) & (maps["a"] == 4) & (maps["b"] == 10)]["activation"].item()
    assert cell == kept[2, 5]
