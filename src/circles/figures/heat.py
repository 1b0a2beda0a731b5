"""Squares of colour: matrices and what depends on two numbers, a picture each, cell by cell."""

import altair as alt
import pandas as pd

from circles.figures.axes import number
from circles.figures.frames import FigureError, order, panels, require, short
from circles.figures.show import Figure

LEVELS = 99
SIDE = 165


def heat(
    frame: pd.DataFrame, *, panel: str, row: str, column: str, value: str, across: str, up: str, unit: str,
    each: bool = False, diverging: bool = False, side: int = SIDE, height: int | None = None, origin: str = "top",
    caption: str,
) -> Figure:  # fmt: skip
    """A heat map for each of `panel`: `value` in the cell of `row` (names) and `column` (0, 1, ...), each cell once.

    All pictures have one scale of colours from the least value to the largest, or `each` from zero to its own largest;
    `diverging` sets zero in the middle. `across`, `up` and `unit` name the axes and the colour; `origin` is where the
    first row lies ("top", "bottom"). Raises FigureError when a column or a cell is missing.
    """
    require(frame, "heat", panel, row, column, value)
    low, high = (0.0, 1.0) if each else _span(frame[value], diverging)
    step = (high - low) / LEVELS or 1.0
    names = order(frame[row])
    tall, wide = len(names), frame[column].nunique()
    data = []
    for name, part in panels(frame, panel):
        if len(part) != tall * wide:
            raise FigureError(f"heat: {name} has {len(part)} cells; expected {tall} times {wide}")
        top = (float(part[value].abs().max()) or 1.0) if each else 1.0
        data.append({"picture": name, "v": [round((float(v) / top - low) / step) for v in part[value]]})
    tips = [alt.Tooltip("row:N", title=up), alt.Tooltip("x:Q", title=across), alt.Tooltip("value:Q", title=unit, format=".3g")]
    cells = (
        alt.Chart(alt.InlineData(values=data))
        .transform_calculate(cell=f"sequence({tall * wide})")
        .transform_flatten(["cell", "v"])
        .transform_calculate(
            x=f"datum.cell % {wide}",
            x2=f"datum.cell % {wide} + 1",
            y=f"floor(datum.cell / {wide})",
            y2=f"floor(datum.cell / {wide}) + 1",
            row=f"{_compact(names)}[floor(datum.cell / {wide})]",
            value=f"{short(low, 6)} + datum.v * {short(step, 6)}",
        )
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X("x:Q", scale=alt.Scale(domain=[0, wide], nice=False), axis=_axis(across, wide)),
            x2="x2:Q",
            y=alt.Y("y:Q", scale=alt.Scale(domain=_domain(tall, origin), nice=False), axis=_axis(up, tall, names)),
            y2="y2:Q",
            color=_colour(low, high, unit, each, diverging),
            tooltip=tips,
        )
        .properties(width=side, height=height or side)
        .facet(facet=alt.Facet("picture:N", sort=[d["picture"] for d in data], header=alt.Header(title=None)), columns=1)
    )
    seen = "; ".join(f"{name}: {_largest(part, row, column, value)}" for name, part in panels(frame, panel))
    text = f"Heat maps of {unit}, {up} against {across}. {seen}."
    return Figure(cells, text, caption, columns=len(data), canvas=True)


def _span(values: pd.Series, diverging: bool) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (-max(-low, high), max(-low, high)) if diverging else (low, high)


def _colour(low: float, high: float, unit: str, each: bool, diverging: bool) -> alt.Color:
    legend = alt.Legend(title=unit, gradientLength=160, titleLimit=320, **({"format": ".0%"} if each else {}))
    shades = {"range": "diverging"} if diverging else {}
    return alt.Color("value:Q", scale=alt.Scale(domain=[short(low), short(high)], **shades), legend=legend)


def _domain(tall: int, origin: str) -> list[int]:
    return [tall, 0] if origin == "top" else [0, tall]


def _compact(names: list) -> str:
    return str([short(n) for n in names]).replace(" ", "")


def _axis(title: str, count: int, names: list | None = None) -> alt.Axis:
    """Ticks that name each of a few rows; of many places, their numbers."""
    if names is not None and count <= 20:
        at = [i + 0.5 for i in range(count)]
        labels = f"{_compact(names)}[floor(datum.value)]"
        return alt.Axis(title=title, grid=False, values=at, labelExpr=labels, ticks=False)
    return alt.Axis(title=title, tickCount=4, grid=False)


def _largest(part: pd.DataFrame, row: str, column: str, value: str) -> str:
    best = part.nlargest(4, value)
    cells = (f"({short(r)}, {short(c)})" for r, c in zip(best[row], best[column], strict=True))
    return f"mean {number(part[value].mean())}, the largest {number(part[value].max())}, first in {', '.join(cells)}"
