"""Every run that ``python -m circles run`` knows, by name: a function from a seed to its configuration."""

from __future__ import annotations

from collections.abc import Callable

from circles.experiments import nanda2023
from circles.training.runs import RunConfig

RUNS: dict[str, Callable[[int], RunConfig]] = {"nanda2023": nanda2023.config}
