"""Persistence diagrams: when each loop of a cloud of points is born and when it dies."""

import altair as alt
import pandas as pd

from circles.figures.frames import records, require
from circles.figures.show import Figure

SIDE = 148


def persistence_diagrams(frame: pd.DataFrame, *, lasts: float, caption: str) -> Figure:
    """A panel for each `panel`: death against birth, a point a loop; those above the dashed line last.

    frame: panel, birth, death (scales, in the lengths of the latent space). lasts: the slope of the dashed line.
    Raises FigureError when a column is missing.
    """
    require(frame, "persistence_diagrams", "panel", "birth", "death")
    rows = frame.assign(
        kind=["lasts" if d >= lasts * b else "passes" for b, d in zip(frame["birth"], frame["death"], strict=True)]
    )
    kinds = ["lasts", "passes"]
    views = []
    for name, part in rows.groupby("panel", sort=False):
        top = 1.12 * float(part["death"].max())
        x = alt.X("birth:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(title="birth", tickCount=4))
        y = alt.Y("death:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(title="death", tickCount=4))
        points = (
            alt.Chart(records(part, "birth", "death", "kind", digits=3))
            .mark_point(filled=True, size=58, opacity=0.85)
            .encode(
                x=x,
                y=y,
                color=alt.Color("kind:N", scale=alt.Scale(domain=kinds), legend=alt.Legend(title="a loop")),
                shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds), legend=alt.Legend(title="a loop")),
                tooltip=["kind:N", alt.Tooltip("birth:Q", format=".2f"), alt.Tooltip("death:Q", format=".2f")],
            )
        )
        line = _line([(0, 0), (top / lasts, top)], "guide")
        diagonal = _line([(0, 0), (top, top)], "thread")
        views.append(
            alt.layer(diagonal, line, points, width=SIDE, height=SIDE, title=alt.Title(str(name), fontSize=12))
        )
    counts = "; ".join(
        f"{name}: {(part['kind'] == 'lasts').sum()} of {len(part)}" for name, part in rows.groupby("panel", sort=False)
    )
    text = f"Persistence diagrams of codes, death against birth. Loops that last, of those drawn: {counts}."
    return Figure(alt.concat(*views, columns=1, spacing=16), text, caption, columns=3)


def _line(ends: list[tuple[float, float]], style: str) -> alt.Chart:
    data = alt.InlineData(values=[{"birth": round(a, 3), "death": round(b, 3)} for a, b in ends])
    return alt.Chart(data).mark_line(style=style).encode(x="birth:Q", y="death:Q")
