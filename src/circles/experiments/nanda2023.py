"""Nanda et al. 2023: which runs the chapter needs."""

from __future__ import annotations

from dataclasses import dataclass

from circles.training.grokking import GrokkingRun


@dataclass(frozen=True, kw_only=True)
class NandaRun(GrokkingRun):
    """The paper's main run."""
