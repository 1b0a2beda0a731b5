"""Slim recordings: a run keeps its curves and what it computes with, and not the pictures that no figure shows."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import singledispatch
from pathlib import Path

from circles.foundations.errors import ConfigError
from circles.training import runs, store
from circles.training.run_config import RunConfig, Weights

PICTURES = ("circles", "neuron")  # how the measures begin that figures alone read, and one seed of them


@singledispatch
def lighter(config: RunConfig, weights: Weights) -> Weights:
    """What a slim recording keeps of the weights: all of them, unless the run's paper registers less."""
    return weights


def slim(config: RunConfig, keep: Sequence[str] = ()) -> float:
    """Make the recorded run of this configuration slim; the megabytes that were saved.

    The pictures go, but those that ``keep`` names, of PICTURES. The weights become ``lighter``, and losses and all
    other measures stay, bit for bit. ``run.json`` has the new checksums. The run is replaced in one piece. Raises
    RunError when it is missing, damaged or stale, ConfigError for a picture that is none.
    """
    for name in keep:
        if name not in PICTURES:
            raise ConfigError(f"keep is {name!r}, expected one of {', '.join(PICTURES)}")
    dropped = tuple(name for name in PICTURES if name not in keep)
    folder = runs.folder_of(config, runs.recordings())
    found = runs.load(folder, config)
    measures = {name: x for name, x in found.measures.items() if not name.startswith(dropped)}
    weights = lighter(config, found.weights)
    if measures.keys() == found.measures.keys() and weights.keys() == found.weights.keys():
        return 0.0
    about = store.read_json(folder / "run.json")
    aside = folder.with_name(f".{folder.name}.slim")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(folder, aside)
    for name, kept in (("measures", measures | {"losses": found.losses}), ("weights", weights)):
        if (file := f"{name}.safetensors") in about["sha256"]:
            about["sha256"][file] = store.write_tensors(aside / file, kept)
    store.write_json(aside / "run.json", store.sealed(about))
    before = _size(folder)
    shutil.rmtree(folder)
    aside.rename(folder)
    return before - _size(folder)


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6
