"""Where the time goes: seconds of every chapter, as ``make record`` measured them, and of the live runs' training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import torch

from circles.book.registry import FAMILIES
from circles.foundations.errors import RunError
from circles.ledger import papers
from circles.training import runs, store
from circles.training.provenance import provenance

KINDS = ("fresh", "recorded")  # executed on runs trained anew, and on the recorded ones
LIMITS = {"test": 20, "reproduce": 30}  # minutes on two cores; the Makefile says the same


def keep(fresh: Mapping[Path, float], recorded: Mapping[Path, float]) -> None:
    """Keep the seconds of these chapters, by notebook; a kind that was not measured now stays as it was."""
    values = dict(kept())
    for kind, found in zip(KINDS, (fresh, recorded), strict=True):
        if found:
            values[kind] = {path.stem: round(seconds, 1) for path, seconds in found.items()}
    store.write_json(_file(), values | {"provenance": provenance(torch.device("cpu"))})


def kept() -> dict[str, dict[str, float]]:
    """Seconds by notebook, of each of KINDS; empty where nothing was measured yet. Raises RunError when damaged."""
    values = store.read_json(_file()) if _file().exists() else {}
    found = {kind: values.get(kind, {}) for kind in KINDS}
    for kind, seconds in found.items():
        if not isinstance(seconds, dict) or not all(type(s) in (int, float) and s >= 0 for s in seconds.values()):
            raise RunError(f"{_file()}: damaged, expected seconds by chapter under {kind!r}")
    return found


def training() -> dict[str, float]:
    """Seconds that the recorded runs of the live tier took to train, summed by the notebook of their paper."""
    chapters = {paper.id: paper.chapter for paper in papers()}
    seconds: Counter[str] = Counter()
    for file in sorted(runs.recordings().glob("*/*/run.json")):
        made = store.read_json(file)
        kind = FAMILIES.get(file.parent.parent.name)
        config, made_of = made.get("config"), made.get("provenance")
        if not isinstance(config, dict) or not isinstance(made_of, dict):
            raise RunError(f"{file}: damaged, expected settings and provenance; 'git restore' it")
        if kind and config.get("tier") == "live":
            seconds[chapters[kind.__module__.split(".")[2]]] += made_of["seconds"]
    return dict(seconds)


def _file() -> Path:
    return runs.recordings() / "seconds.json"
