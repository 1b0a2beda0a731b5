"""Which nets the rescue trains: the smallest setting that shows it, its budgets, its seeds."""

from __future__ import annotations

from circles.experiments.zhou2024.rescue import RescueNet, RescueRun
from circles.training import runs
from circles.training.runs import Run

SEEDS = (0, 1, 2, 3, 4)
LIVE_SEED = 0
BUDGETS = (25, 50)  # epochs; the learning rate reaches 0 at the end of each
# Sums to 100, and the first 96 of the 100 components of their numbers: the paper's four periods divide 100.
SMALL = {"addends": 51, "width": 96, "lr": 2e-3}
FROZEN, RANDOM, HIGH = ("minilm", False), ("random", True), ("high", False)
CONTRAST = (FROZEN, RANDOM, ("minilm", True), ("random", False))
CAUSAL = ("no-spikes", "spikes-and-low", "low", "high", "moved", "circles")


def config(kind: tuple[str, bool], epochs: int, seed: int) -> RescueRun:
    """The run at the small setting with this embedding, trained or not, at this budget."""
    return RescueRun(embedding=kind[0], trained=kind[1], epochs=epochs, seed=seed, **SMALL)


def net_config(kind: tuple[str, bool], seed: int = LIVE_SEED) -> RescueNet:
    """The same at the larger budget with its weights; the live tier trains three of them."""
    return RescueNet(
        embedding=kind[0], trained=kind[1], epochs=BUDGETS[-1], seed=seed, tier="live", **SMALL
    )


def live(seed: int = LIVE_SEED) -> list[RescueNet]:
    """The nets of the live tier: MiniLM frozen, random trained, and only MiniLM's high frequencies."""
    return [net_config(kind, seed) for kind in (FROZEN, RANDOM, HIGH)]


def contrast(seed: int) -> list[RescueRun]:
    """MiniLM or random, frozen or trained, at both budgets."""
    return [config(kind, epochs, seed) for epochs in BUDGETS for kind in CONTRAST]


def causal(seed: int) -> list[RescueRun]:
    """Parts of MiniLM and circles, frozen, at both budgets."""
    return [config((kind, False), epochs, seed) for epochs in BUDGETS for kind in CAUSAL]


def recorded(configs: list[RescueRun]) -> list[Run]:
    """Those of these runs that the package holds, in the order asked for."""
    return [runs.get(c) for c in configs if (runs.folder_of(c, runs.recordings()) / "run.json").exists()]
