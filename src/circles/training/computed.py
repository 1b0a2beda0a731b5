"""A unit of a study whose result is a few tensors, computed in one go and kept like a run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from circles.training import store
from circles.training.provenance import provenance
from circles.training.run_config import RunConfig
from circles.training.source import fingerprint


@dataclass(frozen=True, kw_only=True)
class ComputedRun(RunConfig):
    """One unit of a study, such as one seed of one setting: short enough to be begun again when it is stopped.

    ``sources`` names every module whose change may change the result.
    """

    keeps_weights: ClassVar[bool] = False
    measured_by: ClassVar[tuple[str, ...]] = ()

    def compute(self) -> dict[str, Tensor]:
        """The result; it becomes the run's ``measures``, and ``losses`` is empty."""
        raise NotImplementedError


def compute_run(config: ComputedRun, folder: Path) -> None:
    """Compute a unit now and write it as a finished run."""
    began = time.monotonic()
    found = config.compute()
    about = provenance(torch.device("cpu")) | {
        "seconds": round(time.monotonic() - began, 1), "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip
    store.write_run(
        folder, config, {"measures.safetensors": found | {"losses": torch.zeros(0)}},
        code=fingerprint(config.sources), measured=fingerprint(config.measured_by), ended=0, provenance=about,
    )  # fmt: skip
