"""Slim recordings: a run that no figure shows keeps its weights and curves, and not the pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

from circles.training import runs, store
from circles.training.run_config import RunConfig

PICTURES = ("circles", "neuron")  # how the measures begin that figures alone read, and one seed of them


def slim(config: RunConfig) -> float:
    """Drop the pictures from the recorded run of this configuration; the megabytes that were saved.

    Weights, losses and all other measures stay, bit for bit, and ``run.json`` has the new checksum. The run
    is replaced in one piece. Raises RunError when it is missing, damaged or stale.
    """
    folder = runs.folder_of(config, runs.recordings())
    runs.load(folder, config)
    about = store.read_json(folder / "run.json")
    measures = store.read_tensors(folder / "measures.safetensors")
    kept = {name: x for name, x in measures.items() if not name.startswith(PICTURES)}
    if len(kept) == len(measures):
        return 0.0
    aside = folder.with_name(f".{folder.name}.slim")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(folder, aside)
    about["sha256"]["measures.safetensors"] = store.write_tensors(aside / "measures.safetensors", kept)
    store.write_json(aside / "run.json", about)
    before = _size(folder)
    shutil.rmtree(folder)
    aside.rename(folder)
    return before - _size(folder)


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6
