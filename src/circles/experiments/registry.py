"""Every run that ``python -m circles run`` knows, by name: a function from a seed to its configurations."""

from __future__ import annotations

from circles.experiments import li2024, nanda2023
from circles.experiments.nanda2023 import denormals, sweeps
from circles.experiments.sweep import Maker
from circles.experiments.zhou2024 import hub_embeddings, paper_scale, rescue, rescue_runs, scratch
from circles.training.run_config import RunConfig

RUNS: dict[str, Maker] = {
    "nanda2023": nanda2023.config,
    "no-weight-decay": sweeps.no_weight_decay,
    "weight-decay": sweeps.weight_decay,
    "fraction": sweeps.fraction,
    "primes": sweeps.primes,
    "step-times": denormals.step_times_run,
    "rescue": rescue_runs.live,
    "rescue-net": rescue_runs.net_config,
    "rescue-contrast": rescue_runs.contrast,
    "rescue-parts": rescue_runs.causal,
    "rescue-scratch": scratch.config,
    "zhou2024-embeddings": hub_embeddings.configs,
    **paper_scale.NAMES,
}

FAMILIES: dict[str, type[RunConfig]] = {
    kind.family: kind
    for kind in (
        nanda2023.NandaRun, sweeps.SweepRun, denormals.TimedRun, li2024.LiRun, rescue.RescueRun, rescue.RescueNet,
        scratch.ScratchRun,
    )  # fmt: skip
}
