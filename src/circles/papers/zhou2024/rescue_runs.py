"""Which nets the rescue trains: the smallest setting that shows it, its budgets, its seeds."""

from __future__ import annotations

from circles.papers.zhou2024.rescue import RescueNet, RescueRun
from circles.training import runs
from circles.training.runs import Run

SEEDS = (0, 1, 2, 3, 4)
FEWER = SEEDS[:3]  # of the settings beside the main contrast
LIVE_SEED = 0
MANY = range(1, 18)  # seeds of the live settings that the live nets are held against
BUDGETS = (35, 50)  # epochs; the learning rate reaches 0 at the end of each
# Sums to 100, and the first 96 of the 100 components of their numbers: the paper's four periods divide 100.
SMALL = {"addends": 51, "width": 96, "lr": 2e-3}
FROZEN, RANDOM, HIGH = ("minilm", False), ("random", True), ("high", False)
LIVE = ((FROZEN, BUDGETS[-1]), (RANDOM, BUDGETS[-1]), (HIGH, BUDGETS[0]))  # trained anew by ``make reproduce``
CAUSAL = tuple((kind, False) for kind in ("no-spikes", "spikes-and-low", "low", "high", "moved", "circles"))
OTHERS = (("random", False), ("minilm", True))


def config(kind: tuple[str, bool], epochs: int, seed: int) -> RescueRun:
    """The run at the small setting with this embedding, trained or not, at this budget."""
    tier = "live" if seed == LIVE_SEED and (kind, epochs) in LIVE else "recorded"
    return RescueRun(embedding=kind[0], trained=kind[1], epochs=epochs, seed=seed, tier=tier, **SMALL)


def net_config(seed: int = LIVE_SEED) -> RescueNet:
    """MiniLM frozen at the larger budget, with its weights, for a look inside."""
    return RescueNet(embedding="minilm", epochs=BUDGETS[-1], seed=seed, **SMALL)


def live(seed: int = LIVE_SEED) -> list[RescueRun]:
    """MiniLM frozen, random trained, and only MiniLM's high frequencies: one seed of each is live."""
    return [config(kind, epochs, seed) for kind, epochs in LIVE]


def many() -> dict[str, list[Run]]:
    """The live settings at many seeds, by embedding: those of each that are recorded."""
    return {kind[0]: recorded([config(kind, epochs, seed) for seed in MANY]) for kind, epochs in LIVE}


def contrast(seed: int) -> list[RescueRun]:
    """MiniLM frozen and random trained, at both budgets."""
    return [config(kind, epochs, seed) for epochs in BUDGETS for kind in (FROZEN, RANDOM)]


def causal(seed: int) -> list[RescueRun]:
    """Parts of MiniLM, circles and noise, frozen, and MiniLM as a start that is trained on: at the smaller budget."""
    return [config(kind, BUDGETS[0], seed) for kind in (*CAUSAL, *OTHERS)]


def recorded(configs: list[RescueRun]) -> list[Run]:
    """Those of these runs that the package holds, or that are live, in the order asked for."""
    return [
        runs.get(c) for c in configs if c.tier == "live" or (runs.folder_of(c, runs.recordings()) / "run.json").exists()
    ]
