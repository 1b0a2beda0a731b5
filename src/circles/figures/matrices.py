"""Matrices as pictures, one beside the other: what the eye makes of their entries."""

import altair as alt
import pandas as pd

from circles.figures.axes import number
from circles.figures.frames import FigureError, require, short
from circles.figures.show import Figure

SIDE = 230
LEVELS = 60


def matrices(
    frame: pd.DataFrame, *, rows: str, columns: str, unit: str, height: int = SIDE, caption: str | None = None
) -> Figure:
    """A heat map a picture, all on one colour scale from the least value to the largest.

    frame: picture, row (a number that names it), column (0, 1, ...), value; every row and column once a picture. `rows`,
    `columns` and `unit` name the axes and the colour. Raises FigureError when a column or a cell is missing.
    """
    require(frame, "matrices", "picture", "row", "column", "value")
    low, high = float(frame["value"].min()), float(frame["value"].max())
    step = (high - low) / LEVELS or 1.0
    data, names = [], []
    for name, part in frame.groupby("picture", sort=False):
        names = list(dict.fromkeys(int(r) for r in part["row"]))
        wide = int(part["column"].max()) + 1
        if len(part) != len(names) * wide:
            raise FigureError(f"matrices: {name} has {len(part)} cells; expected {len(names)} times {wide}")
        data.append({"picture": str(name), "v": [round((float(v) - low) / step) for v in part["value"]]})
    many = len(names) > 20
    place = f"floor(datum.cell / {wide})"
    title = alt.Axis(title=rows, grid=False, labels=not many, ticks=not many)
    labels = f"{names}[floor(datum.value)]".replace(" ", "")
    if not many:
        title = alt.Axis(
            title=rows, grid=False, values=[i + 0.5 for i in range(len(names))], labelExpr=labels, ticks=False
        )
    cells = (
        alt.Chart(alt.InlineData(values=data))
        .transform_calculate(cell=f"sequence({len(names) * wide})")
        .transform_flatten(["cell", "v"])
        .transform_calculate(
            x=f"datum.cell % {wide}",
            x2=f"datum.cell % {wide} + 1",
            y=place,
            y2=f"{place} + 1",
            row=f"{names}[{place}]".replace(" ", ""),
            value=f"{short(low, 6)} + datum.v * {short(step, 6)}",
        )
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X(
                "x:Q",
                scale=alt.Scale(domain=[0, wide], nice=False),
                axis=alt.Axis(title=columns, labels=False, ticks=False),
            ),
            x2="x2:Q",
            y=alt.Y("y:Q", scale=alt.Scale(domain=[len(names), 0], nice=False), axis=title),
            y2="y2:Q",
            color=alt.Color("value:Q", legend=alt.Legend(title=unit, gradientLength=160, titleLimit=320)),
            tooltip=[
                alt.Tooltip("row:N", title=rows),
                alt.Tooltip("x:Q", title=columns),
                alt.Tooltip("value:Q", title=unit, format=".3g"),
            ],
        )
        .properties(width=SIDE, height=height)
        .facet(
            facet=alt.Facet("picture:N", sort=[d["picture"] for d in data], header=alt.Header(title=None)), columns=1
        )
    )
    seen = "; ".join(f"{name}: mean {number(part['value'].mean())}, largest {number(part['value'].max())}"
                     for name, part in frame.groupby("picture", sort=False))  # fmt: skip
    return Figure(
        cells,
        f"Heat maps of {unit}, {rows} against {columns}. {seen}.",
        caption or "Matrices as pictures.",
        columns=len(data),
        canvas=True,
    )
