"""Li 2024: the runs of the chapter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from circles.papers.li2024.net import NAMES, Net
from circles.papers.li2024.run import LiRun
from circles.training import runs, shelf
from circles.training.runs import Run

EPOCHS = 10_000  # the paper's
LIVE_EPOCHS = {"binary": 3_000, "ternary": 4_500}  # enough to grok, so that they train in minutes
SEEDS = (0, 1, 2, 3, 4)
LIVE_SEED = 0
SHOWN_SEED = 0  # the nets of the figures; the recordings of the other seeds are slim
KINDS = ("full", "binary", "ternary")
SWEEP = ("binary", "ternary", "2bit", "4bit", "8bit", "full")  # 1, 1.58, 2, 4, 8 and 32 bits a weight


# What is drawn before the first step, by name: of the scale of the embedding and of the maps' law one at a time.
STARTS: dict[str, dict[str, Any]] = {
    "released": {"embedding": 1.0, "linear": "uniform"},
    "normal": {},
    "large embedding": {"embedding": 1.0},
    "uniform maps": {"linear": "uniform"},
}


def config(kind: str, seed: int, *, ends: bool = False, epochs: int = EPOCHS, start: str = "normal") -> LiRun:
    """A recorded run, of the paper's length unless said otherwise; ``start`` is one of STARTS."""
    return LiRun(kind=kind, seed=seed, ends=ends, epochs=epochs, **STARTS[start])


def live_config(kind: str) -> LiRun:
    """The shorter run that ``make reproduce`` trains anew; KeyError unless binary or ternary."""
    return LiRun(kind=kind, seed=LIVE_SEED, epochs=LIVE_EPOCHS[kind], tier="live")


def main_runs(seed: int) -> list[LiRun]:
    """Full precision, binary and ternary, 10,000 epochs each."""
    return [config(kind, seed) for kind in KINDS]


def released_runs(seed: int) -> list[LiRun]:
    """The same from the initial weights of Li's released code."""
    return [config(kind, seed, start="released") for kind in ("binary", "ternary", "full")]


def started_runs(seed: int) -> list[LiRun]:
    """Binary nets between the two starts: of the embedding's scale and the maps' law one at a time."""
    return [config("binary", seed, start=start) for start in ("large embedding", "uniform maps")]


def live_runs(seed: int = LIVE_SEED) -> list[LiRun]:
    """The two short runs; other seeds than the live one are trained as recorded runs of that length."""
    return [
        live_config(kind) if seed == LIVE_SEED else config(kind, seed, epochs=epochs)
        for kind, epochs in LIVE_EPOCHS.items()
    ]


def ends_runs(seed: int, start: str = "normal") -> list[LiRun]:
    """Binary and ternary with embedding and unembedding mapped too."""
    return [config(kind, seed, ends=True, start=start) for kind in ("binary", "ternary")]


def bits_runs(seed: int, start: str = "normal") -> list[LiRun]:
    """1, 1.58, 2, 4, 8 and 32 bits a weight."""
    return [config(kind, seed, start=start) for kind in SWEEP]


def two_bits_run(seed: int) -> LiRun:
    """Four values a weight, with a scale and without a zero, for as long as it takes to grok."""
    return config("2bit", seed, epochs=1_000)


def recorded(kind: str, *, ends: bool = False, start: str = "normal") -> dict[int, Run]:
    """The runs of this kind that the package holds, by seed."""
    found = shelf.recorded(config(kind, seed, ends=ends, start=start) for seed in SEEDS)
    return {run.config.seed: run for run in found}


def shown() -> dict[str, Net]:
    """The nets of the figures by name: full precision, binary, ternary."""
    return {NAMES[kind]: Net(runs.get(config(kind, SHOWN_SEED))) for kind in KINDS}


def live() -> dict[str, Net]:
    """The two live nets by name, trained now where CIRCLES_RUNS=fresh asks for it."""
    return {NAMES[kind]: Net(runs.get(live_config(kind))) for kind in LIVE_EPOCHS}


def two_bits() -> Net:
    """The net of ``two_bits_run``."""
    return Net(runs.get(two_bits_run(SHOWN_SEED)))


def every(
    kinds: tuple[str, ...] = KINDS, *, ends: bool = False, start: str = "normal"
) -> Iterator[tuple[str, int, Run]]:
    """All recorded runs of these kinds: name, seed, run."""
    for kind in kinds:
        for seed, run in recorded(kind, ends=ends, start=start).items():
            yield NAMES[kind], seed, run


def both_starts(kinds: tuple[str, ...] = KINDS) -> Iterator[tuple[str, int, Run]]:
    """As ``every``, of each kind and seed that is recorded from both starts; the start stands in the name."""
    for kind in kinds:
        released = recorded(kind, start="released")
        for seed, run in recorded(kind).items():
            if seed in released:
                yield f"{NAMES[kind]}, our start", seed, run
                yield f"{NAMES[kind]}, released start", seed, released[seed]
