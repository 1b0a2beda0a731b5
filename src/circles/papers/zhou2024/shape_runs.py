"""Where the rescue starts: which shapes are tried, one thing changed at a time, and the map they make."""

from __future__ import annotations

import pandas as pd

from circles.papers.zhou2024 import rescue_frames, rescue_runs
from circles.papers.zhou2024.rescue import RescueRun
from circles.papers.zhou2024.shapes import ShapeRun
from circles.training.runs import Run

SEEDS = (0, 1, 2)
BUDGET = rescue_runs.BUDGETS[0]
HERE = {"components": 96, "layers": 2, "width": 96}  # the chapter's small setting, where all roads cross
COMPONENTS, LAYERS, WIDTHS = (6, 12, 24, 48), (1, 4), (48, 192)
FULL_BUDGET = 40  # epochs, of the setting with nearly as many pairs as the paper's: RescueRun's defaults


def shape(kind: tuple[str, bool], seed: int, *, components: int = 96, layers: int = 2, width: int = 96) -> RescueRun:
    """The run of this embedding at this shape; at the small setting itself it is the chapter's own."""
    if (components, layers, width) == tuple(HERE.values()) or (
        kind == rescue_runs.RANDOM and (layers, width) == (2, 96)
    ):
        return rescue_runs.config(kind, BUDGET, seed)
    if kind == rescue_runs.RANDOM or components >= width:
        components = 0
    small = rescue_runs.SMALL | {"width": width, "depth": layers, "epochs": BUDGET}
    return ShapeRun(embedding=kind[0], trained=kind[1], seed=seed, components=components, **small)


def points() -> list[tuple[str, int]]:
    """What is changed and to what, the small setting once in each row."""
    rows = {"components": COMPONENTS, "layers": LAYERS, "width": WIDTHS}
    return [(what, value) for what, values in rows.items() for value in sorted((*values, HERE[what]))]


def pair(what: str, value: int, seed: int) -> list[RescueRun]:
    """MiniLM frozen and random trained with this one thing changed."""
    return [shape(kind, seed, **{what: value}) for kind in (rescue_runs.FROZEN, rescue_runs.RANDOM)]


def every(seed: int) -> list[RescueRun]:
    """All runs of the map, each once."""
    return list(dict.fromkeys(c for what, value in points() for c in pair(what, value, seed)))


def full(seed: int) -> list[RescueRun]:
    """MiniLM frozen and random trained with nearly as many pairs as the paper's: width 336, sums to 340."""
    kinds = (rescue_runs.FROZEN, rescue_runs.RANDOM)
    return [RescueRun(embedding=name, trained=trained, seed=seed, epochs=FULL_BUDGET) for name, trained in kinds]


def gains() -> pd.DataFrame:
    """What the rescue is worth at each recorded shape: what, value, seed, frozen, random (held-out accuracies), gain.

    What was tried at the small setting alone is left out, since it says nothing of a change; and so are seeds that not
    all points of a row have, since seeds differ by more than shapes.
    """
    rows = []
    for what, value in points():
        for seed in SEEDS:
            found: list[Run] = rescue_runs.recorded(pair(what, value, seed))
            if len(found) == 2:
                frozen, random = (rescue_frames.final(run) for run in found)
                row = {"what": what, "value": value, "seed": seed, "frozen": frozen, "random": random}
                rows.append(row | {"gain": frozen - random})
    frame = pd.DataFrame(rows)
    frame = frame[frame.groupby("what")["value"].transform("nunique") > 1]
    each = frame.groupby("what")["value"].transform("nunique")
    shared = frame.groupby(["what", "seed"])["value"].transform("nunique") == each
    return frame[shared].reset_index(drop=True)
