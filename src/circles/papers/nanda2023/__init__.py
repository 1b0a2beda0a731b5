"""Nanda et al. 2023, "Progress measures for grokking via mechanistic interpretability": runs, measures, frames."""

from circles.papers.nanda2023 import claims, doubled, frames, moments, one_sum
from circles.papers.nanda2023.net import Net
from circles.papers.nanda2023.training import (
    LIVE_SEED,
    LONG_EPOCHS,
    SEEDS,
    NandaRun,
    config,
    long_config,
    main_run,
    recorded_long,
    recorded_seeds,
)

__all__ = [
    "LIVE_SEED", "LONG_EPOCHS", "SEEDS", "NandaRun", "Net", "claims", "config", "doubled", "frames", "long_config",
    "main_run", "moments", "one_sum", "recorded_long", "recorded_seeds",
]  # fmt: skip
