"""A paper's settings beside ours, a row a setting, and where they part."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from functools import cache

import pandas as pd
import torch

from circles.training import tasks
from circles.training.grokking import GrokkingRun
from circles.training.loop import AdamW
from circles.training.run_config import Weights

SILENT = ("not said", "none released")
SAME, DEPARTS, OPEN = "same", "departs", "open"
WIDTHS = {"setting": 20, "paper": 15, "released code": 20}  # characters; other columns share what is left
PAGE = 82  # characters that fit beside the margins of a page 1,280 pixels wide


@cache
def problem(config: GrokkingRun) -> tuple[Weights, AdamW]:
    """The weights that a run of modular addition begins with, and its optimiser's constants."""
    weights, _, optimiser = type(config).problem([config], torch.device("cpu"))
    return weights, optimiser


def sides(config: GrokkingRun) -> str:
    """The numbers of its training and test pairs."""
    return " / ".join(f"{len(side):,}" for side in tasks.split(config.p, config.fraction, seed=config.seed))


def frame(rows: Iterable[tuple[str, ...]], columns: tuple[str, ...]) -> pd.DataFrame:
    """``columns`` of text, the last one ours, and against: "same", "departs", or "open" where nobody else says.

    Ours is compared with the column before it that says something and is nearest: the released code counts more than
    the paper.
    """
    found = pd.DataFrame(list(rows), columns=list(columns))
    return found.assign(against=[_against(row[1:]) for row in found.itertuples(index=False)])


def _against(values: tuple[str, ...]) -> str:
    *theirs, ours = values
    said = [value for value in theirs if value not in SILENT]
    if not said:
        return OPEN
    return SAME if ours == said[-1] else DEPARTS


def departing(table: pd.DataFrame) -> list[str]:
    """The settings in which ours departs, in the table's order."""
    return table[table["against"] == DEPARTS]["setting"].tolist()


def shown(table: pd.DataFrame) -> str:
    """The table as text in wrapped columns, no line wider than a page; a star before each setting that departs."""
    columns = [name for name in table.columns if name != "against"]
    fixed = sum(WIDTHS.get(name, 0) for name in columns) + 2 * len(columns)
    free = [name for name in columns if name not in WIDTHS]
    widths = WIDTHS | dict.fromkeys(free, (PAGE - 2 - fixed) // max(len(free), 1))
    lines = _line([(name, widths[name]) for name in columns], " ")
    for row in table.itertuples(index=False):
        star = "*" if row.against == DEPARTS else " "
        lines += _line([(row[i], widths[name]) for i, name in enumerate(columns)], star)
    return "\n".join(line.rstrip() for line in lines)


def _line(cells: list[tuple[str, int]], star: str) -> list[str]:
    columns = []
    for text, width in cells:
        parts = textwrap.wrap(text, width) or [""]
        columns.append((parts, width))
    deep = max(len(parts) for parts, _ in columns)
    lines = []
    for i in range(deep):
        padded = ((parts[i] if i < len(parts) else "").ljust(width) for parts, width in columns)
        lines.append(f"{star if i == 0 else ' '} {'  '.join(padded)}")
    return lines
