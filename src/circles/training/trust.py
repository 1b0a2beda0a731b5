"""Whether what lies in a run's folder is what was written there, and the command that mends it where it is not."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from circles.foundations.errors import DamagedError
from circles.training import store
from circles.training.run_config import RunConfig

TENSORS = {"weights.safetensors", "measures.safetensors"}


@contextmanager
def mended(folder: Path, recordings: Path) -> Iterator[None]:
    """Within, a DamagedError says what mends this folder: a recording is restored, all else is made anew."""
    try:
        yield
    except DamagedError as error:
        place = shlex.quote(str(folder))
        if not folder.is_relative_to(recordings):
            way = f"`rm -r {place}` mends it: what was there is made anew"
        elif any((above / ".git").exists() for above in recordings.parents):
            way = f"`git -C {shlex.quote(str(recordings))} restore {place}` mends it"
        else:
            way = "`pip install --force-reinstall --no-deps learning-in-circles` mends it"
        raise DamagedError(f"{error}; {way}") from error


def is_of(held: Any, config: RunConfig) -> bool:
    """Whether these settings, read from a ``run.json``, are this run's; one that it lacks counts as today's default.

    They are compared and no configuration is made of them: a stranger's numbers would be computed with.
    """
    fields = {f.name: f for f in dataclasses.fields(config)}
    if not isinstance(held, dict) or held.keys() - fields.keys():
        return False
    for name, value in config.counted.items():
        found = held.get(name, fields[name].default)
        if isinstance(value, float) and type(found) is int and abs(found) < 2**53:
            found = float(found)
        if found is dataclasses.MISSING or json.dumps(found, sort_keys=True) != json.dumps(value, sort_keys=True):
            return False
    return True


def check(folder: Path, about: dict[str, Any], config: RunConfig, recordings: Path) -> None:
    """Raise DamagedError, naming the value, where a finished run's description is not what was written.

    Its seal must be that of its values. One without a seal is older than seals: outside of the recordings, which
    version control keeps, the name of its folder must be that of its settings. Who knows how they are made can forge
    both; they tell an edit and a mixed-up folder.
    """
    file = folder / "run.json"
    if "seal" in about:
        if about["seal"] != store.sealed(about)["seal"]:
            raise DamagedError(f"{file}: forged or damaged, its seal is not that of its values")
    elif not folder.is_relative_to(recordings) and not folder.name.endswith(f"-{_digest(about['config'], config)}"):
        raise DamagedError(f"{file}: forged or damaged, its settings are not those that the folder's name stands for")
    sums = about.get("sha256")
    expected = TENSORS if config.keeps_weights else TENSORS - {"weights.safetensors"}
    if not isinstance(sums, dict) or set(sums) != expected or not all(map(store.is_digest, sums.values())):
        raise DamagedError(f"{file}: damaged, it names no checksums")
    made = about.get("provenance")
    if not isinstance(made, dict) or not store.is_seconds(made.get("seconds", 0)):
        raise DamagedError(f"{file}: damaged, it names no provenance")


def _digest(held: dict[str, Any], config: RunConfig) -> str:
    """The digest of settings as they were written, with the fields of their day."""
    counted = {name: value for name, value in held.items() if name in config.counted}
    return hashlib.sha256(json.dumps([type(config).__name__, counted], sort_keys=True).encode()).hexdigest()[:12]
