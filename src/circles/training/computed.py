"""A unit of a study whose result is a few tensors, computed in one go and kept like a run."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from circles.training import stamp, store
from circles.training.provenance import provenance
from circles.training.run_config import RunConfig

DESCRIPTION = 64 * 1024  # bytes of a ``run.json`` with the code beside it, and of a result of few numbers


@dataclass
class _Offer:
    """The device that a unit may compute on, and whether it took it: most know nothing but the CPU."""

    device: torch.device
    taken: bool = False


_OFFER: ContextVar[_Offer | None] = ContextVar("offer", default=None)


def offered(*, take: bool = False) -> torch.device | None:
    """The device offered to the unit that is being computed, None outside of one; ``take`` says that it is used."""
    if (offer := _OFFER.get()) is None:
        return None
    offer.taken = offer.taken or take
    return offer.device


@dataclass(frozen=True, kw_only=True)
class ComputedRun(RunConfig):
    """One unit of a study, such as one seed of one setting: short enough to be begun again when it is stopped."""

    keeps_weights: ClassVar[bool] = False

    def compute(self) -> dict[str, Tensor]:
        """The result; it becomes the run's ``measures``, and ``losses`` is empty.

        A unit that can use a GPU asks ``runs.pick("auto")``, which is then the device that the run was asked for.
        """
        raise NotImplementedError


def compute_run(config: ComputedRun, folder: Path, device: torch.device) -> None:
    """Compute a unit now, on this device if it takes it and else on the CPU, and write it as a finished run.

    Raises RunError before it computes where the disk is too full for its result.
    """
    store.ask_room(folder, _room(folder))
    began = time.monotonic()
    offer = _Offer(device)
    outer = _OFFER.set(offer)
    try:
        found = config.compute()
    finally:
        _OFFER.reset(outer)
    about = provenance(device if offer.taken else torch.device("cpu")) | {
        "seconds": round(time.monotonic() - began, 1), "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip
    store.write_run(
        folder, config, {"measures.safetensors": found | {"losses": torch.zeros(0)}},
        code=stamp.put(folder, type(config)), ended=0, provenance=about,
    )  # fmt: skip


def _room(folder: Path) -> int:
    """The bytes that a unit's result takes, as far as those of its family that lie beside it tell."""
    beside = [file.stat().st_size for file in folder.parent.glob("*/measures.safetensors")]
    return max(beside, default=0) + DESCRIPTION
