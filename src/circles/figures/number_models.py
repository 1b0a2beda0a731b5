"""The high components of several number embeddings, each against what chance gives there."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import records, require
from circles.figures.show import Figure


def spikes_by_model(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """The energy of each high component over the median, a panel for each of ``of``, with the largest by chance.

    frame: of, N, component, period (numbers), size, p, limit (the 95th percentile of the largest of permutations),
    digit (whether it is a wave of the last digit). Raises FigureError when a column is missing.
    """
    require(frame, "spikes_by_model", "of", "N", "component", "period", "size", "p", "limit", "digit")
    frame = frame.assign(frequency=1 / frame["period"])
    panels = list(dict.fromkeys(frame["of"]))
    base = alt.Chart().encode(
        x=alt.X("frequency:Q", axis=alt.Axis(title="waves a number", tickCount=5), scale=alt.Scale(domain=[0.09, 0.51])),
        y=alt.Y("size:Q", axis=alt.Axis(title="energy, in medians", tickCount=4)),
    )
    bars = base.mark_bar(width=2).encode(
        color=alt.condition("datum.digit", alt.value(theme.ACCENT), alt.value(theme.MUTED)),
        tooltip=[
            alt.Tooltip("period:Q", format=".4~g"),
            alt.Tooltip("size:Q", title="energy, in medians", format=".3g"),
            alt.Tooltip("p:Q", title="p, corrected", format=".2g"),
        ],
    )
    names = (
        base.transform_filter("datum.digit")
        .transform_calculate(name="format(datum.period, '.3~g')")
        .mark_text(dy=-7, style="note", fontWeight=600)
        .encode(text="name:N")
    )
    rule = base.transform_aggregate(limit="max(limit)", groupby=["of"]).mark_rule(style="guide")
    rule = rule.encode(x=alt.value(0), x2=alt.value("width"), y=alt.Y("limit:Q"))
    data = records(frame, "of", "period", "frequency", "size", "p", "limit", "digit", digits=3)
    chart = (
        alt.layer(bars, names, rule, data=data, width=theme.NARROW, height=120)
        .facet(facet=alt.Facet("of:N", sort=panels, header=alt.Header(title=None)), columns=1)
        .resolve_scale(y="independent")
        .resolve_axis(x="independent")  # else the axis of a last row stands under an empty place
    )
    return Figure(
        chart,
        "Bars of the energy of each high component, one panel per model, with a rule at what the largest of permuted "
        f"numbers stays below in 95% of cases. {' '.join(_above(frame, panel) for panel in panels)}",
        caption or "High components of number embeddings. Marked: the waves of the last digit, with their periods. "
        "The rule: the largest by chance, 95%.",
        columns=2,
    )  # fmt: skip


def _above(frame: pd.DataFrame, panel: str) -> str:
    part = frame[(frame["of"] == panel) & (frame["p"] <= 0.05)]
    return f"{panel}: above it {', '.join(number(t) for t in part['period']) or 'none'}."
