"""Attention heads as functions of one token, unrolled along the circle of their frequency."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records, require
from circles.figures.show import Figure


def attention_heads(frame: pd.DataFrame, pattern: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Each head's attention over the token a, and how much of it one frequency k explains.

    Along is k a mod p: over a itself a wave of 44 periods in 113 tokens is a zigzag to the eye.

    frame: head, frequency, fve (0 to 1). pattern: head, a (0 to p - 1), attention (to the first number), fitted. Raises
    FigureError when a column is missing.
    """
    require(frame, "attention_heads", "head", "frequency", "fve")
    require(pattern, "attention_heads", "head", "a", "attention", "fitted")
    p = int(pattern["a"].max()) + 1
    label = {int(r.head): f"head {int(r.head)}: k = {int(r.frequency)}, {r.fve:.0%}" for r in frame.itertuples()}
    k = frame.set_index("head")["frequency"].clip(lower=1)  # a constant, k = 0, is drawn over a itself
    rows = pattern.assign(
        name=pattern["head"].map(lambda h: label[int(h)]), place=pattern["a"] * pattern["head"].map(k) % p
    ).sort_values(["head", "place"])
    x = alt.X("place:Q", axis=alt.Axis(title="k a mod p", tickCount=5), scale=alt.Scale(domain=[0, p], nice=False))
    base = alt.Chart().encode(x=x)
    lines = base.mark_line(strokeWidth=1.6).encode(
        y=alt.Y("fitted:Q", axis=alt.Axis(title="attention to a", tickCount=3))
    )
    points = base.mark_point(filled=True, size=16, color=theme.ACCENT, opacity=0.9).encode(
        y="attention:Q",
        tooltip=[alt.Tooltip("name:N", title="head"), alt.Tooltip("a:Q"), alt.Tooltip("attention:Q", format=".3f")],
    )
    chart = alt.layer(
        lines, points, data=records(rows, "name", "a", "place", "attention", "fitted"), width=theme.NARROW, height=110
    ).facet(facet=alt.Facet("name:N", sort=list(label.values()), header=alt.Header(title=None)), columns=1)
    text = f"Attention of each head to the first number a against k a mod {p}: {'; '.join(label.values())} of the variance explained."
    words = "Attention of each head (points) and its fit by one frequency (line), along the circle of that frequency."
    return Figure(chart, text, caption or words, columns=2)
