"""Li 2024, binary and ternary transformers on modular addition: runs, measures, frames."""

from circles.papers.li2024.net import BINARY, FULL, NAMES, TERNARY, Net
from circles.papers.li2024.run import LiRun
from circles.papers.li2024.training import (
    KINDS,
    LIVE_SEED,
    SEEDS,
    SHOWN_SEED,
    SWEEP,
    bits_runs,
    both_starts,
    config,
    ends_runs,
    every,
    live,
    live_config,
    live_runs,
    main_runs,
    recorded,
    released_runs,
    shown,
    started_runs,
    two_bits,
    two_bits_run,
)

__all__ = [
    "BINARY", "FULL", "KINDS", "LIVE_SEED", "NAMES", "SEEDS", "SHOWN_SEED", "SWEEP", "TERNARY", "LiRun", "Net",
    "bits_runs", "both_starts", "config", "ends_runs", "every", "live", "live_config", "live_runs", "main_runs",
    "recorded", "released_runs", "shown", "started_runs", "two_bits", "two_bits_run",
]  # fmt: skip
