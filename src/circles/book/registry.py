"""Every run that ``python -m circles run`` knows, by name: a function from a seed to its configurations."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from circles.book.sweep import Maker
from circles.foundations.errors import ConfigError
from circles.papers import li2024, nanda2023
from circles.papers.hashimoto2023 import denoising_runs
from circles.papers.hashimoto2023 import evidence as many_draws
from circles.papers.hashimoto2023 import found as hashimoto2023
from circles.papers.hashimoto2023 import released as denoising_released
from circles.papers.hashimoto2023 import settings as denoising_settings
from circles.papers.li2024 import between
from circles.papers.nanda2023 import denormals, small, sweeps
from circles.papers.rey2020 import (
    digits,
    homology_runs,
    kept,
    many,
    mnist,
    mnist_likelihood,
    mnist_noise,
    mnist_resized,
    shapes,
)
from circles.papers.samareh2018 import evidence as many_seeds
from circles.papers.samareh2018 import found as samareh2018
from circles.papers.zhou2024 import (
    adder_insides,
    adder_rows,
    adder_runs,
    gpt2_small,
    hub_embeddings,
    number_models,
    other_circles,
    paper_scale,
    rescue_runs,
    scratch,
    shape_runs,
)
from circles.training.run_config import RunConfig


def _at_once(name: str, make: Maker, seeds: int) -> Maker:
    """A maker for seed 0 alone, of runs that hold so many nets; ConfigError for another seed."""

    def only_the_first(seed: int) -> RunConfig | list[RunConfig]:
        if seed != 0:
            among = f"{name} trains seeds 0 to {seeds - 1} side by side in one run"
            raise ConfigError(f"--seeds has {seed}, but {among}, expected --seeds 0")
        return make(seed)

    return only_the_first


# Their nets start from seeds 0, 1, ... whatever the run's own seed is; the last measures the nets of two others.
AT_ONCE: dict[str, tuple[Maker, int]] = {
    "rey2020-shapes": (lambda _: shapes.live(), shapes.SEEDS),
    "rey2020-varied": (lambda _: shapes.recorded(), shapes.SEEDS),
    "rey2020-digits": (digits.every, digits.SEEDS),
    "rey2020-homology": (homology_runs.every, shapes.SEEDS),
    "rey2020-kept": (kept.every, digits.SEEDS),
}

RUNS: dict[str, Maker] = {
    "nanda2023": nanda2023.config,
    "nanda2023-long": nanda2023.long_config,
    "nanda2023-small": small.config,
    "no-weight-decay": sweeps.no_weight_decay,
    "weight-decay": sweeps.weight_decay,
    "fraction": sweeps.fraction,
    "primes": sweeps.primes,
    "step-times": denormals.step_times_run,
    "li2024": li2024.main_runs,
    "li2024-released": li2024.released_runs,
    "li2024-starts": li2024.started_runs,
    "li2024-live": li2024.live_runs,
    "li2024-ends": li2024.ends_runs,
    "li2024-bits": li2024.bits_runs,
    "li2024-ends-released": partial(li2024.ends_runs, start="released"),
    "li2024-bits-released": partial(li2024.bits_runs, start="released"),
    "li2024-two-bits": li2024.two_bits_run,
    "li2024-between": between.every,
    "hashimoto2023": hashimoto2023.studies,
    "hashimoto2023-many": many_draws.units,
    "hashimoto2023-denoising": denoising_runs.every,
    "hashimoto2023-mnist": denoising_runs.every_on_mnist,
    "hashimoto2023-released": denoising_released.every,
    "hashimoto2023-settings": denoising_settings.every,
    "samareh2018": samareh2018.studies,
    "samareh2018-many": many_seeds.units,
    **{name: _at_once(name, *rest) for name, rest in AT_ONCE.items()},
    "rey2020-mnist": mnist.config,
    "rey2020-mnist-short": mnist.short,
    "rey2020-mnist-first": mnist.first,
    "rey2020-mnist-likelihood": mnist_likelihood.config,
    "rey2020-mnist-resized": mnist_resized.config,
    "rey2020-mnist-noise": mnist_noise.config,
    "rey2020-large": lambda seed: list(shapes.large(seed).values()),
    "rey2020-many": many.every,
    "rescue": rescue_runs.live,
    "rescue-net": rescue_runs.net_config,
    "rescue-contrast": rescue_runs.contrast,
    "rescue-parts": rescue_runs.causal,
    "rescue-circles": other_circles.every,
    "rescue-scratch": scratch.config,
    "rescue-map": shape_runs.every,
    "rescue-full": shape_runs.full,
    "rescue-gpt2-small": gpt2_small.configs,
    "zhou2024-embeddings": hub_embeddings.configs,
    "zhou2024-spectra": number_models.every,
    **paper_scale.NAMES,
    **adder_runs.NAMES,
    **adder_insides.NAMES,
    **adder_rows.NAMES,
}


def _kinds(base: type[RunConfig]) -> Iterator[type[RunConfig]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


# What kind of run lies in which folder of recordings: all kinds that the modules above bring.
FAMILIES: dict[str, type[RunConfig]] = {
    kind.family: kind for kind in _kinds(RunConfig) if kind.__module__.startswith("circles.papers.")
}
