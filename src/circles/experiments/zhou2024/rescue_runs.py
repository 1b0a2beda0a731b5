"""Which nets the rescue trains: the smallest setting that shows it, its budgets, its seeds."""

from __future__ import annotations

from circles.experiments.zhou2024.rescue import RescueNet, RescueRun
from circles.training import runs
from circles.training.runs import Run

SEEDS = (0, 1, 2, 3, 4)
FEWER = SEEDS[:3]  # of the settings beside the main contrast
LIVE_SEED = 0
BUDGETS = (35, 50)  # epochs; the learning rate reaches 0 at the end of each
# Sums to 100, and the first 96 of the 100 components of their numbers: the paper's four periods divide 100.
SMALL = {"addends": 51, "width": 96, "lr": 2e-3}
FROZEN, RANDOM, HIGH = ("minilm", False), ("random", True), ("high", False)
CAUSAL = tuple((kind, False) for kind in ("no-spikes", "spikes-and-low", "low", "high", "moved", "circles"))
OTHERS = (("random", False), ("minilm", True))


def config(kind: tuple[str, bool], epochs: int, seed: int) -> RescueRun:
    """The run at the small setting with this embedding, trained or not, at this budget.

    Three are live, trained anew by ``make reproduce``; of these MiniLM's keeps its weights, for a look inside.
    """
    shared = {"embedding": kind[0], "trained": kind[1], "epochs": epochs, "seed": seed} | SMALL
    if (epochs, seed) == (BUDGETS[-1], LIVE_SEED) and kind in (FROZEN, RANDOM, HIGH):
        return (RescueNet if kind == FROZEN else RescueRun)(**shared, tier="live")
    return RescueRun(**shared)


def live(seed: int = LIVE_SEED) -> list[RescueRun]:
    """The nets of the live tier: MiniLM frozen, random trained, and only MiniLM's high frequencies."""
    return [config(kind, BUDGETS[-1], seed) for kind in (FROZEN, RANDOM, HIGH)]


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
