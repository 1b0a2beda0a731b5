"""Attention heads as functions of one token."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records, require
from circles.figures.show import Figure


def attention_heads(frame: pd.DataFrame, pattern: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Each head's attention over the token a, and how much of it one frequency explains.

    frame: head, frequency, fve (0 to 1). pattern: head, a, attention (to the first number), fitted. Raises FigureError when a
    column is missing.
    """
    require(frame, "attention_heads", "head", "frequency", "fve")
    require(pattern, "attention_heads", "head", "a", "attention", "fitted")
    label = {int(r.head): f"head {int(r.head)}: k = {int(r.frequency)}, {r.fve:.0%}" for r in frame.itertuples()}
    rows = pattern.assign(name=pattern["head"].map(lambda h: label[int(h)]))
    base = alt.Chart().encode(x=alt.X("a:Q", axis=alt.Axis(title="token a"), scale=alt.Scale(nice=False)))
    lines = base.mark_line(strokeWidth=1.6).encode(
        y=alt.Y("fitted:Q", axis=alt.Axis(title="attention to a", tickCount=3))
    )
    points = base.mark_point(filled=True, size=16, color=theme.ACCENT, opacity=0.9).encode(
        y="attention:Q",
        tooltip=[
            alt.Tooltip("name:N", title="head"),
            alt.Tooltip("a:Q"),
            alt.Tooltip("attention:Q", format=".3f"),
        ],
    )
    chart = alt.layer(
        lines, points, data=records(rows, "name", "a", "attention", "fitted"), width=theme.NARROW, height=110
    ).facet(facet=alt.Facet("name:N", sort=list(label.values()), header=alt.Header(title=None)), columns=1)
    text = "Attention of each head to the first number as a function of that number: " + "; ".join(label.values()) + " of the variance explained."
    return Figure(
        chart,
        text,
        caption or "Attention of each head (points) and its fit by one frequency (line), with the share that k explains.",
        columns=2,
    )
