"""Runs by content: load the recorded run of a configuration, or the cached one, or train it.

CIRCLES_RUNS=recorded fails instead of training; CIRCLES_RUNS=fresh reads no recording of a live run.
CIRCLES_CACHE names the folder for what is trained here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.cache_place import possible_place
from circles.foundations.errors import ConfigError, DamagedError, RunError, quoted
from circles.training import computed, leftovers, stamp, store, trainer, trust
from circles.training.computed import ComputedRun
from circles.training.locked import locked
from circles.training.run_config import RunConfig, Weights


@dataclass(frozen=True)
class Run:
    """A finished run: final ``weights`` (R = 1; empty when its family keeps none), ``measures``,

    ``losses``: the training loss before each step, or before each ``losses_every``-th.
    """

    config: RunConfig
    weights: Weights
    measures: dict[str, Tensor]
    losses: Float[Tensor, " steps"]
    provenance: dict[str, Any]
    folder: Path


def mode() -> str:
    """The value of CIRCLES_RUNS, empty when unset; RunError unless it is "recorded", "fresh" or empty."""
    value = os.environ.get("CIRCLES_RUNS", "")
    if value not in ("", "recorded", "fresh"):
        raise RunError(f"CIRCLES_RUNS is {quoted(value)}, expected 'recorded', 'fresh' or nothing")
    return value


def cache() -> Path:
    """The folder for runs trained here. Raises RunError where CIRCLES_CACHE names none."""
    return possible_place()


def recordings() -> Path:
    """The folder, inside the package, of recorded runs."""
    return Path(str(files("circles"))) / "recorded"


def folder_of(config: RunConfig, root: Path) -> Path:
    """Where this run lies below ``root``, or where it would.

    A run is known by its family and its settings. A setting that it was made without, since there was none, counts as
    today's default; so a new setting, or another name of its class, changes the name of the folder and loses no run.
    """
    usual = root / config.family / f"{config.name}-{config.digest}"
    if usual.exists() or not usual.parent.exists():
        return usual
    return next((f.parent for f in sorted(usual.parent.glob("*/run.json")) if _holds(f, config)), usual)


def _holds(file: Path, config: RunConfig) -> bool:
    """Whether a ``run.json`` is of this run. Raises DamagedError when it names no settings."""
    with trust.mended(file.parent, recordings()):
        held = store.read_json(file).get("config")
        if not isinstance(held, dict):
            raise DamagedError(f"{file}: damaged, it names no settings")
        return trust.is_of(held, config)


def get(config: RunConfig, *, device: str = "auto") -> Run:
    """The recorded run of this configuration, or the cached one, or else a new one, trained now.

    Raises RunError when the recording is damaged, with the command that mends it, or, with CIRCLES_RUNS=recorded,
    missing or stale.
    """
    if mode() == "recorded" or (mode() == "fresh" and config.tier == "recorded"):
        folder = folder_of(config, recordings())
        if not (folder / "run.json").exists():
            raise RunError(_missing(config, folder))
        return load(folder, config)
    return recorded(config) or train([config], device=device)[0]


def recorded(config: RunConfig) -> Run | None:
    """The recorded run of this configuration unless it is stale; with CIRCLES_RUNS=fresh none of a live one."""
    folder = folder_of(config, recordings())
    if (mode() == "fresh" and config.tier == "live") or not _usable(folder, config):
        return None
    return load(folder, config)


def train(configs: Sequence[RunConfig], *, device: str = "auto") -> list[Run]:
    """The cached runs of these configurations, those missing trained side by side now.

    All must be of one family and length. Two processes may ask for the same run, or for batches that share some:
    one trains, the other waits and reads. What killed commands left in the cache goes.
    """
    leftovers.clear_once(cache())
    folders = [folder_of(c, cache()) for c in configs]
    for folder in folders:
        leftovers.clear_run(folder)
    if todo := {f: c for f, c in zip(folders, configs, strict=True) if not _usable(f, c)}:
        if mode() == "recorded":
            raise RunError(f"CIRCLES_RUNS=recorded forbids to train {next(iter(todo.values())).name}")
        for parent in {folder.parent for folder in todo}:
            _make(parent)
        with ExitStack() as locks:
            for folder in sorted(todo):  # in one order everywhere: two processes never wait for each other
                locks.enter_context(locked(folder))
            if missing := [c for f, c in todo.items() if not _usable(f, c)]:
                _produce(missing, device)
    return [load(f, c) for c, f in zip(configs, folders, strict=True)]


def load(folder: Path, config: RunConfig) -> Run:
    """Read a finished run, every file by its checksum.

    Raises RunError when a file is missing or damaged, or the run's code has changed since.
    """
    held = _holds(folder / "run.json", config)
    with trust.mended(folder, recordings()):
        if not held:
            raise DamagedError(f"{folder}: holds another run, expected {config.name}")
        return _load(folder, config)


def _load(folder: Path, config: RunConfig) -> Run:
    about = store.read_json(folder / "run.json")
    if names := stamp.changed(folder, about, type(config)):
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        raise RunError(
            f"{config.family}/{folder.name}: stale, {', '.join(names[:4])}{more} changed since; run it anew, or where "
            "the same is computed 'python -m circles restamp'"
        )
    trust.check(folder, about, config, recordings())
    tensors = {name: store.read_tensors(folder / name, digest) for name, digest in about["sha256"].items()}
    weights, measures = tensors.get("weights.safetensors", {}), tensors["measures.safetensors"]
    if "losses" not in measures:
        raise DamagedError(f"{folder}/measures.safetensors: damaged, it holds no losses")
    losses = measures.pop("losses")
    return Run(config, weights, measures, losses, about["provenance"], folder)


def is_stale(folder: Path, config: RunConfig) -> bool:
    """Whether the code that trains or measures has changed since this run."""
    with trust.mended(folder, recordings()):
        return bool(stamp.changed(folder, store.read_json(folder / "run.json"), type(config)))


def pick(device: str) -> torch.device:
    """The named device; "auto" is CUDA when present, but while a unit is computed the device that it was offered.

    Raises ConfigError for another name than auto, cpu and cuda, or for CUDA where there is none.
    """
    if device == "auto":
        if (found := computed.offered(take=True)) is not None:
            return found
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(device)
    except RuntimeError:
        found = None
    if found is None or found.type not in ("cpu", "cuda"):  # torch knows others, such as meta, that train nothing here
        raise ConfigError(f"device is {device!r}, expected auto, cpu or cuda")
    if found.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError(f"device is {device!r}, but no CUDA device is present; expected auto or cpu")
    return found


def _usable(folder: Path, config: RunConfig) -> bool:
    return (folder / "run.json").exists() and not is_stale(folder, config)


def _produce(configs: Sequence[RunConfig], device: str) -> None:
    folders = {config: folder_of(config, cache()) for config in configs}
    outer = computed.offered() if device == "auto" else None  # a run that a unit needs is made where the unit would be
    place = pick(device) if outer is None else outer
    if isinstance(configs[0], ComputedRun):
        for config, folder in folders.items():
            computed.compute_run(config, folder, place)
        return
    if untrained := [c for c, folder in folders.items() if not _is_trained(c, folder)]:
        # killed while its results were written: the whole batch goes on from its state, none of it is trained anew
        with trust.mended(trainer.partial(next(iter(folders.values()))), recordings()):
            batch = list(folders) if trainer.is_begun(list(folders), list(folders.values())) else untrained
        with trust.mended(trainer.partial(folders[batch[0]]), recordings()):
            trainer.train_batch(batch, [folders[c] for c in batch], place)
    for config, folder in folders.items():
        with trust.mended(folder, recordings()):
            trainer.measure_run(config, folder)


def _is_trained(config: RunConfig, folder: Path) -> bool:
    with trust.mended(folder, recordings()):
        return trainer.is_trained(config, folder)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: cannot write ({error.strerror}); set CIRCLES_CACHE to another folder") from error


def _missing(config: RunConfig, folder: Path) -> str:
    others = sorted(p.name for p in folder.parent.glob(f"{config.name}-*")) if folder.parent.exists() else []
    hint = f"; recorded is {', '.join(others)}: its configuration has changed" if others else ""
    return f"no recorded run {folder.name}{hint}; 'python -m circles run' trains it"
