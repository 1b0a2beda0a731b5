"""Every run that ``python -m circles run`` knows, by name: a function from a seed to its configurations."""

from __future__ import annotations

from circles.experiments import li2024, nanda2023
from circles.experiments.nanda2023 import denormals, sweeps
from circles.experiments.rey2020 import digits, mnist, mnist_training, shapes, turned
from circles.experiments.sweep import Maker
from circles.training.run_config import RunConfig

RUNS: dict[str, Maker] = {
    "nanda2023": nanda2023.config,
    "no-weight-decay": sweeps.no_weight_decay,
    "weight-decay": sweeps.weight_decay,
    "fraction": sweeps.fraction,
    "primes": sweeps.primes,
    "step-times": denormals.step_times_run,
    "rey2020-mnist": mnist.config,
    "rey2020-mnist-short": mnist.short,
    "rey2020-mnist-first": mnist.first,
    "rey2020-shapes": shapes.every,
    "rey2020-coloured": turned.every,
    "rey2020-digits": digits.every,
}

FAMILIES: dict[str, type[RunConfig]] = {
    kind.family: kind for kind in (nanda2023.NandaRun, sweeps.SweepRun, denormals.TimedRun, li2024.LiRun)
}
FAMILIES |= {
    kind.family: kind
    for kind in (mnist.MnistRun, mnist_training.MnistTraining, shapes.ShapeRun, turned.ColouredRun, digits.DigitsRun)
}
