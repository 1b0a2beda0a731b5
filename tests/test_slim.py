"""Slimming a recording drops the pictures and nothing else, and leaves a whole run."""

from __future__ import annotations

import shutil

import pytest
import torch

from circles import cli
from circles.experiments import li2024
from circles.experiments.slim import PICTURES, slim
from circles.foundations.errors import RunError
from circles.training import runs

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
    assert all(torch.equal(x, before.weights[name]) for name, x in after.weights.items())
    assert torch.equal(after.losses, before.losses)
    assert after.provenance == before.provenance
    bytes_gone = sum(before.measures[name].numel() * before.measures[name].element_size() for name in gone)
    assert saved * 1e6 >= bytes_gone
    assert [p.name for p in recorded.parent.iterdir()] == [recorded.name], "nothing is left beside it"


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
    from circles.experiments import registry

    monkeypatch.setitem(registry.RUNS, "small", lambda seed: CONFIG)
    assert cli.main(["slim", "small"]) == 0
    assert CONFIG.name in (line := capsys.readouterr().out) and "MB saved" in line
    assert cli.main(["slim", "li2024", "--seeds", "0"]) == 2
    assert "cannot read" in capsys.readouterr().err
