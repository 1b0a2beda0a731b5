"""Heat on curved spaces at a time that a slider sets, and its divergence from uniform."""

import altair as alt
import pandas as pd

from circles.figures import controls, theme
from circles.figures.axes import number
from circles.figures.frames import records, require, series, short
from circles.figures.quantity import Quantity
from circles.figures.show import Figure


def heat_slider(points: pd.DataFrame, divergence: pd.DataFrame, *, caption: str) -> Figure:
    """A slider over the time: heat on the circle and on the sphere, and its divergence from uniform.

    points: space, t, x, y (the view), share (density over its largest value, 0 to 1). divergence: space, t, kl (nats).
    Raises FigureError when a column is missing.
    """
    require(points, "heat_slider", "space", "t", "x", "y", "share")
    require(divergence, "heat_slider", "space", "t", "kl")
    times = [float(short(t)) for t in sorted(points["t"].unique())]
    middle = len(times) // 2
    params = controls.along(times, name="log₁₀ of the time t →", now="now", start=middle)
    order = {t: i for i, t in enumerate(sorted(points["t"].unique()))}
    rows = points.assign(i=points["t"].map(order))
    views = [_view(rows[rows["space"] == space], space) for space in rows["space"].unique()]
    chart = alt.concat(*views, _divergence(divergence), columns=1, spacing=20).add_params(*params)
    ends = "; ".join(
        f"{space}: {number(part['kl'].iloc[0])} to {number(part['kl'].iloc[-1])} nats"
        for space, part in divergence.groupby("space", sort=False)
    )
    text = (
        f"A slider over the time, {number(times[0])} to {number(times[-1])}. Heat starts at the top of a circle and near "
        f"the top of a sphere and spreads until all points have the same colour. Divergence from uniform falls, {ends}."
    )
    return Figure(chart, text, caption, columns=2)


def _view(rows: pd.DataFrame, space: str) -> alt.Chart:
    data = series(rows.sort_values("i"), by=["i"], over=["x", "y", "share"], digits=3)
    flat = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)
    scale = alt.Scale(domain=[-1.1, 1.1], nice=False)
    return (
        alt.Chart(data)
        .transform_filter("datum.i == moment")
        .transform_flatten(["x", "y", "share"])
        .mark_point(filled=True, size=46, opacity=1, strokeWidth=0.4, stroke=theme.MUTED)
        .encode(
            x=alt.X("x:Q", scale=scale, axis=flat),
            y=alt.Y("y:Q", scale=scale, axis=flat),
            fill=alt.Fill(
                "share:Q",
                scale=alt.Scale(domain=[0, 1]),
                legend=alt.Legend(
                    title="density over its peak", gradientLength=180, tickCount=3, direction="horizontal"
                ),
            ),
            tooltip=[alt.Tooltip("share:Q", format=".3g", title="density over its peak")],
        )
        .properties(width=theme.NARROW, height=theme.NARROW, title=alt.Title(f"Heat on {space}"))
    )


def _divergence(frame: pd.DataFrame) -> alt.LayerChart:
    names = list(dict.fromkeys(frame["space"]))
    x = Quantity("time t", log=True, whole=True).x("t", frame["t"])
    lines = (
        alt.Chart(records(frame, "space", "t", "kl"))
        .mark_line(point=alt.OverlayMarkDef(filled=True, size=30), strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("kl:Q", axis=alt.Axis(title="KL to uniform (nats)", tickCount=5)),
            color=alt.Color("space:N", sort=names, scale=alt.Scale(domain=names), legend=alt.Legend(title=None)),
            tooltip=["space:N", alt.Tooltip("t:Q", format=".3g"), alt.Tooltip("kl:Q", format=".3g")],
        )
    )
    rule = (
        alt.Chart(alt.InlineData(values=[{}]))
        .transform_calculate(t="now")
        .mark_rule(strokeWidth=2, color=theme.ACCENT)
        .encode(x=x)
    )
    return alt.layer(lines, rule, width=theme.NARROW, height=190, title=alt.Title("Distance from uniform, and now"))
