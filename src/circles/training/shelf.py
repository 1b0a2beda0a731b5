"""The shelf of runs: what is recorded in the package, what is cached here, how the one becomes the other."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from circles.foundations.errors import DamagedError, RunError
from circles.training import leftovers, runs, stamp, store, trust
from circles.training.run_config import RunConfig
from circles.training.runs import Run


@dataclass(frozen=True)
class Entry:
    """One finished run on the shelf."""

    name: str
    place: str
    megabytes: float
    days: float
    machine: str


def entries() -> list[Entry]:
    """All recorded and cached runs, by place and name; what killed commands left in the cache goes."""
    leftovers.clear_once(runs.cache())
    places = (("recorded", runs.recordings()), ("cached", runs.cache()))
    return [_entry(file, place) for place, root in places for file in _finished(root)]


def recorded(configs: Iterable[RunConfig]) -> list[Run]:
    """Those of these runs that the package holds, in this order; none is trained."""
    return [runs.get(c) for c in configs if (runs.folder_of(c, runs.recordings()) / "run.json").exists()]


def promote(cache: Path) -> list[str]:
    """Copy the runs of this cache over the recorded ones of the same name and seed; the names copied.

    Raises RunError when a run of this name does not say its seed.
    """
    return _promote([file.parent for file in _finished(cache)])


def promote_runs(configs: Iterable[RunConfig]) -> list[str]:
    """The same for the cached runs of these configurations. Raises RunError when one is missing or stale."""
    configs = list(configs)
    folders = [runs.folder_of(config, runs.cache()) for config in configs]
    for config, folder in zip(configs, folders, strict=True):
        if not (folder / "run.json").exists():
            raise RunError(f"no finished run {folder}, expected one of {config.name}: 'python -m circles run' makes it")
        runs.load(folder, config)
    return _promote(folders)


def _finished(root: Path) -> list[Path]:
    """The descriptions of the runs below a folder, in which other things may lie too."""
    return [file for file in sorted(root.glob("*/*/run.json")) if leftovers.RUN.fullmatch(file.parent.name)]


def _promote(sources: Sequence[Path]) -> list[str]:
    moved = []
    for source in sources:
        target = runs.recordings() / source.parent.name / source.name
        family, name = target.parent, source.name.rpartition("-")[0]
        seed = _seed(source)
        # some names hold no seed: there the recordings of the other seeds stay
        replaced = [old for old in family.glob(f"{name}-{'[0-9a-f]' * 12}") if old == target or _seed(old) == seed]
        aside = family / f".{source.name}.new"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(source, aside)
        stamp.copy(source, target)
        for old in replaced:
            shutil.rmtree(old)
        aside.rename(target)
        for state in stamp.unused(family):
            state.unlink()
        moved.append(source.name)
    return moved


def _seed(folder: Path) -> int:
    config = store.read_json(folder / "run.json").get("config")
    if not isinstance(config, dict) or not isinstance(config.get("seed"), int):
        raise RunError(f"{folder}/run.json: damaged, expected a run's seed")
    return config["seed"]


def _entry(file: Path, place: str) -> Entry:
    with trust.mended(file.parent, runs.recordings()):
        made = store.read_json(file).get("provenance")
        if not isinstance(made, dict) or not {"processor", "cores"} <= made.keys():
            raise DamagedError(f"{file}: damaged, expected a run's provenance")
    machine = f"{made['processor']}, {made['cores']} cores"
    size = sum(f.stat().st_size for f in file.parent.iterdir() if f.is_file())
    days = (time.time() - file.stat().st_mtime) / 86400
    return Entry(f"{file.parent.parent.name}/{file.parent.name}", place, size / 1e6, days, machine)
