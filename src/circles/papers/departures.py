"""A paper's settings beside ours, a row a setting, and where they part."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pandas as pd
import torch

from circles.training import tasks
from circles.training.grokking import GrokkingRun
from circles.training.loop import AdamW
from circles.training.run_config import Weights

UNKNOWN = "not known to us"  # the texts at hand do not say it
SILENT = (UNKNOWN, "none released")
SAME, DEPARTS, OPEN = "same", "departs", "open"
WIDTHS = {"setting": 20, "paper": 15, "released code": 20}  # characters; other columns share what is left
LINE = 80  # characters of a terminal's line


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


@dataclass(frozen=True, eq=False)
class Shown:
    """A table of settings: an HTML table in a notebook, text in wrapped columns elsewhere, stars where ours departs."""

    table: pd.DataFrame
    title: str = ""

    @property
    def columns(self) -> list[str]:
        """The columns that are shown: all but ``against``, which the stars say."""
        return [name for name in self.table.columns if name != "against"]

    def __repr__(self) -> str:
        fixed = sum(WIDTHS.get(name, 0) for name in self.columns) + 2 * len(self.columns)
        free = [name for name in self.columns if name not in WIDTHS]
        widths = WIDTHS | dict.fromkeys(free, (LINE - 2 - fixed) // max(len(free), 1))
        lines = [self.title, ""] if self.title else []
        lines += _line([(name, widths[name]) for name in self.columns], " ")
        for row in self.table.to_dict("records"):
            star = "*" if row["against"] == DEPARTS else " "
            lines += _line([(row[name], widths[name]) for name in self.columns], star)
        return "\n".join(line.rstrip() for line in lines)

    def _repr_html_(self) -> str:
        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        heads = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.columns)
        rows = "".join(self._html_row(row) for row in self.table.to_dict("records"))
        return (
            f'<table class="circles-settings" style="--columns: {len(self.columns) - 1}">{caption}'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _html_row(self, row: dict[str, str]) -> str:
        first, *others = self.columns
        mark, star = (' class="departs"', "* ") if row["against"] == DEPARTS else ("", "")
        cells = "".join(f"<td>{html.escape(row[name])}</td>" for name in others)
        return f'<tr{mark}><th scope="row">{star}{html.escape(row[first])}</th>{cells}</tr>'


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
