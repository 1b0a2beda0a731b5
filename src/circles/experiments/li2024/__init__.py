"""Li 2024, binary and ternary transformers on modular addition: runs, measures, frames."""

from circles.experiments.li2024.run import LiRun
from circles.experiments.li2024.training import KINDS, LIVE_SEED, SEEDS, config, live_config, recorded

__all__ = ["KINDS", "LIVE_SEED", "SEEDS", "LiRun", "config", "live_config", "recorded"]
