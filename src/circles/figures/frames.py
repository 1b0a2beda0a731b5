"""Tidy frames into inlined data: named columns, few digits, few bytes."""

import math
from typing import Any

import altair as alt
import pandas as pd

from circles.foundations.errors import CirclesError


class FigureError(CirclesError):
    """A chart was given a frame it cannot draw."""


def require(frame: pd.DataFrame, chart: str, *columns: str) -> None:
    """Raises FigureError, in one line, when `frame` is empty or lacks one of `columns`."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise FigureError(
            f"{chart}: the frame has no column {', '.join(map(repr, missing))}; "
            f"expected {', '.join(columns)}, got {', '.join(map(str, frame.columns))}"
        )
    if frame.empty:
        raise FigureError(f"{chart}: the frame has no rows; expected at least one")


def short(value: Any, digits: int = 4) -> Any:
    """Returns `value` with `digits` significant digits as a plain Python object; None where it is not finite."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return bool(value)
    number = float(value)
    if not math.isfinite(number):
        return None
    # Whole numbers (epochs, seeds, tokens) are names, not measurements: they keep every digit.
    number = number if number.is_integer() else float(f"{number:.{digits}g}")
    return int(number) if number.is_integer() else number


def records(frame: pd.DataFrame, *columns: str, digits: int = 4) -> alt.InlineData:
    """Returns `columns` of `frame` as one inlined object a row."""
    cells = zip(*([short(v, digits) for v in frame[name]] for name in columns), strict=True)
    return alt.InlineData(values=[dict(zip(columns, row, strict=True)) for row in cells])


def series(frame: pd.DataFrame, *, by: list[str], over: list[str], digits: int = 4) -> alt.InlineData:
    """Returns one inlined object for each combination of `by`, holding a list for each column of `over`.

    The chart unfolds them with `transform_flatten(over)`: a curve's name is then written once, not at every point.
    """
    rows = []
    for names, part in frame.groupby(by, sort=False, dropna=False):
        row = {name: short(value) for name, value in zip(by, names, strict=True)}
        rows.append(row | {name: [short(v, digits) for v in part[name]] for name in over})
    return alt.InlineData(values=rows)


def thin(frame: pd.DataFrame, *, column: str = "epoch", most: int = 200) -> pd.DataFrame:
    """Returns the rows at no more than about `most` evenly spaced distinct values of `column`, first and last kept."""
    values = sorted(frame[column].unique())
    if len(values) <= most:
        return frame
    kept = {values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)}
    return frame[frame[column].isin(kept)]


def panels(frame: pd.DataFrame, panel: str | None) -> list[tuple[str, pd.DataFrame]]:
    """Returns the name and the rows of each panel, in their order; one without a name where there is no column for it."""
    if panel is None:
        return [("", frame)]
    return [(str(name), part) for name, part in frame.groupby(panel, sort=False)]


def order(values: pd.Series) -> list:
    """Returns the distinct values as they come."""
    return list(dict.fromkeys(values))
