"""Every run that ``python -m circles run`` knows, by name: a function from a seed to its configurations."""

from __future__ import annotations

from collections.abc import Iterator

from circles.experiments import li2024, nanda2023  # noqa: F401 (li2024 brings its kinds of runs)
from circles.experiments.hashimoto2023 import found as hashimoto2023
from circles.experiments.nanda2023 import denormals, sweeps
from circles.experiments.samareh2018 import found as samareh2018
from circles.experiments.sweep import Maker
from circles.training.run_config import RunConfig

RUNS: dict[str, Maker] = {
    "nanda2023": nanda2023.config,
    "no-weight-decay": sweeps.no_weight_decay,
    "weight-decay": sweeps.weight_decay,
    "fraction": sweeps.fraction,
    "primes": sweeps.primes,
    "step-times": denormals.step_times_run,
    "hashimoto2023": hashimoto2023.studies,
    "samareh2018": samareh2018.studies,
}


def _kinds(base: type[RunConfig]) -> Iterator[type[RunConfig]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


# What kind of run lies in which folder of recordings: all kinds that the modules above bring.
FAMILIES: dict[str, type[RunConfig]] = {
    kind.family: kind for kind in _kinds(RunConfig) if kind.__module__.startswith("circles.experiments.")
}
