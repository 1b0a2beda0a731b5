"""The saved state of a run that is to go on, held against what this run could have saved: like a recording, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from circles.foundations.errors import DamagedError
from circles.training import store
from circles.training.run_config import RunConfig

STATES = ("state-0.safetensors", "state-1.safetensors")


def trained(folder: Path, about: dict[str, Any], config: RunConfig) -> None:
    """Raise DamagedError, naming the key, where ``trained.json`` is none, or lacks a snapshot before its last one."""
    sums, made = about.get("snapshots"), about.get("provenance")
    due = [str(epoch) for epoch in sorted({*config.checkpoints(), config.epochs})]
    _expect(folder / "trained.json", {
        "seal": _is_sealed(about),
        "digest": isinstance(about.get("digest"), str),
        "snapshots": isinstance(sums, dict) and 0 < len(sums) <= len(due) and set(sums) == set(due[: len(sums)])
        and _are_sums(sums),
        "losses": store.is_digest(about.get("losses")),
        "provenance": isinstance(made, dict) and store.is_seconds(made.get("seconds")),
    })  # fmt: skip


def partial(folder: Path, about: dict[str, Any], due: Sequence[int], replicates: int) -> None:
    """Raise DamagedError, naming the key, where ``partial.json`` is not that of a batch with these snapshots due."""
    state, sums, ended = about.get("state"), about.get("snapshots"), about.get("finished")
    _expect(folder / "partial.json", {
        "seal": _is_sealed(about),
        "seconds": store.is_seconds(about.get("seconds")),
        "state": isinstance(state, list) and len(state) == 2 and state[0] in STATES and store.is_digest(state[1]),
        "snapshots": isinstance(sums, dict) and set(sums) <= {f"{e}.safetensors" for e in due} and _are_sums(sums),
        "finished": isinstance(ended, dict) and set(ended) <= {str(i) for i in range(replicates)}
        and all(type(e) is int and e in due for e in ended.values()),
    })  # fmt: skip


def state(file: Path, found: Mapping[str, Tensor], meant: Mapping[str, Tensor], configs: Sequence[RunConfig]) -> None:
    """Raise DamagedError, naming the tensor, where a state is not one of this batch: other names, shapes, numbers.

    ``meant`` is the state of the batch before its first step.
    """
    if missing := sorted((meant.keys() | {"losses"}) ^ found.keys()):
        raise DamagedError(f"{file}: damaged, {missing[0]!r} is missing or none of its tensors")
    for name, w in meant.items():
        if found[name].shape != w.shape or found[name].dtype != w.dtype:
            raise DamagedError(
                f"{file}: damaged, {name!r} is {found[name].dtype} {tuple(found[name].shape)}, "
                f"expected {w.dtype} {tuple(w.shape)}"
            )
    epoch, losses = int(found["epoch"]), found["losses"]
    if not 0 <= epoch < configs[0].epochs:
        raise DamagedError(f"{file}: damaged, its epoch is {epoch}, expected 0 to {configs[0].epochs - 1}")
    if losses.shape != (epoch + 1, len(configs)) or losses.dtype != torch.float32:
        expected = (epoch + 1, len(configs))
        raise DamagedError(f"{file}: damaged, its losses have shape {tuple(losses.shape)}, expected {expected}")


def past(folder: Path, about: Mapping[str, Any], epoch: int, due: Sequence[int]) -> None:
    """Raise DamagedError where the snapshots are not those that were due up to this epoch."""
    _expect(folder / "partial.json", {
        "snapshots": set(about["snapshots"]) == {f"{e}.safetensors" for e in due if e <= epoch},
        "finished": all(e <= epoch for e in about["finished"].values()),
    })  # fmt: skip


def _expect(file: Path, right: Mapping[str, bool]) -> None:
    for key, there in right.items():
        if not there:
            raise DamagedError(f"{file}: damaged, its {key!r} is not what was written")


def _is_sealed(about: dict[str, Any]) -> bool:
    """Whether it says what was written; one without a seal is older than seals."""
    return about.get("seal", seal := store.sealed(about)["seal"]) == seal


def _are_sums(sums: Mapping[str, Any]) -> bool:
    return all(map(store.is_digest, sums.values()))
