"""Slimming a recording drops the pictures and packs what is mapped, loses nothing else, and leaves a whole run."""

from __future__ import annotations

import math
import shutil

import pytest
import torch

from circles import cli
from circles.foundations.errors import ConfigError, RunError
from circles.models import modular, quantized
from circles.papers import li2024, nanda2023
from circles.papers.li2024 import packed
from circles.training import runs
from circles.training.slim import PICTURES, lighter, slim

CONFIG = li2024.LiRun(kind="ternary", p=7, d_model=8, n_heads=2, d_mlp=12, epochs=20, every=4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of a second."""
    place = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIRCLES_CACHE", str(place))
        patch.delenv("CIRCLES_RUNS", raising=False)
        return runs.train([CONFIG], device="cpu")[0].folder


@pytest.fixture
def recorded(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "recordings", lambda: tmp_path)
    folder = runs.folder_of(CONFIG, tmp_path)
    shutil.copytree(trained, folder)
    return folder


def test_pictures_go_and_all_else_stays(recorded):
    before = runs.load(recorded, CONFIG)
    saved = slim(CONFIG)
    after = runs.load(recorded, CONFIG)
    gone = set(before.measures) - set(after.measures)
    assert gone == {"circles", "neuron", "neuron_epoch", "neuron_latent", "neuron_effective", "neuron_map"}
    assert not any(name.startswith(PICTURES) for name in after.measures)
    assert all(torch.equal(x, before.measures[name]) for name, x in after.measures.items())
    assert torch.equal(after.losses, before.losses)
    assert after.provenance == before.provenance
    bytes_gone = sum(before.measures[name].numel() * before.measures[name].element_size() for name in gone)
    assert saved * 1e6 >= bytes_gone
    assert [p.name for p in recorded.parent.iterdir()] == [recorded.name], "nothing is left beside it"


def test_pictures_that_are_still_shown_stay(recorded):
    before = runs.load(recorded, CONFIG)
    slim(CONFIG, keep=["neuron"])
    after = runs.load(recorded, CONFIG)
    assert set(before.measures) - set(after.measures) == {"circles"}
    assert packed.held(after.weights)


def test_a_picture_that_there_is_not_is_named_and_nothing_is_lost(recorded):
    files = {p.name: p.read_bytes() for p in recorded.iterdir()}
    with pytest.raises(ConfigError, match="keep is 'neurons', expected one of circles, neuron"):
        slim(CONFIG, keep=["neurons"])
    assert files == {p.name: p.read_bytes() for p in recorded.iterdir()}


@pytest.mark.parametrize("kind", ["binary", "ternary", "2bit", "4bit", "8bit"])
@pytest.mark.parametrize("ends", [False, True])
def test_what_is_packed_are_the_values_of_the_map_in_few_bits(kind, ends):
    config = li2024.LiRun(kind=kind, ends=ends, p=7, d_model=8, n_heads=2, d_mlp=13)
    latent = modular.initial(config.spec, [0])
    light = lighter(config, latent)
    assert packed.held(light) and not packed.held(latent)
    assert lighter(config, light) is light
    found = packed.unpack(light, config)
    mapped = quantized.BETWEEN + (quantized.ENDS if ends else ())
    for name, W in latent.items():
        assert torch.equal(found[name], quantized.MAPS[kind](W) if name in mapped else W), name
        if name in mapped:
            assert len(light[f"{name}/numbers"]) <= math.ceil(W.numel() * math.ceil(quantized.BITS[kind]) / 8)
    for name, W in config.effective(latent).items():
        torch.testing.assert_close(found[name], W)


def test_full_precision_and_other_kinds_of_run_keep_their_weights():
    weights = {"W": torch.ones(1, 2)}
    assert lighter(li2024.config("full", 0), weights) is weights
    assert lighter(nanda2023.config(), weights) is weights


def test_a_net_is_the_same_from_a_slim_recording(recorded):
    before = li2024.Net(runs.load(recorded, CONFIG))
    slim(CONFIG)
    after = li2024.Net(runs.load(recorded, CONFIG))
    torch.testing.assert_close(after.logits, before.logits)
    assert after.keys == before.keys


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            lambda light: light | {"W_in/numbers": light["W_in/numbers"][:-1]},
            "W_in: 37 packed bytes, expected 152 entries of 2 bits",
        ),
        (
            lambda light: light | {"W_in/values": light["W_in/values"][:-1]},
            "W_in: 38 packed bytes, expected 152 entries of 1 bits",
        ),
        (lambda light: light | {"W_in/numbers": torch.full_like(light["W_in/numbers"], 255)}, "names value 3, exp"),
    ],
)
def test_packed_weights_that_do_not_fit_are_named(change, line):
    config = li2024.LiRun(kind="ternary", p=7, d_model=8, n_heads=2, d_mlp=19)
    light = lighter(config, modular.initial(config.spec, [0]))
    with pytest.raises(RunError, match=line):
        packed.unpack(change(light), config)


def test_a_slim_run_is_left_as_it_is(recorded):
    slim(CONFIG)
    files = {p.name: p.read_bytes() for p in recorded.iterdir()}
    assert slim(CONFIG) == 0
    assert files == {p.name: p.read_bytes() for p in recorded.iterdir()}


def test_a_damaged_run_is_refused_and_not_blessed_with_a_new_checksum(recorded):
    file = recorded / "measures.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(RunError, match="measures.safetensors: damaged"):
        slim(CONFIG)
    assert file.read_bytes() == content


def test_the_command_slims_by_name_and_says_how_much(recorded, monkeypatch, capsys):
    from circles.book import registry

    monkeypatch.setitem(registry.RUNS, "small", lambda seed: CONFIG)
    assert cli.main(["slim", "small"]) == 0
    assert CONFIG.name in (line := capsys.readouterr().out) and "MB saved" in line
    assert cli.main(["slim", "small", "--keep", "circle"]) == 2
    assert "keep is 'circle', expected one of circles, neuron" in capsys.readouterr().err
    assert cli.main(["slim", "li2024", "--seeds", "0"]) == 2
    assert "no such file" in capsys.readouterr().err
