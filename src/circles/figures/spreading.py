"""Heat on curved spaces: how it spreads, the walk beside it, the divergence from uniform."""

import math
from collections.abc import Iterable

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number, spanning_power_axis
from circles.figures.frames import records, require, series, short
from circles.figures.show import Figure


def heat_slider(points: pd.DataFrame, divergence: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """A slider over the time: heat on the circle and on the sphere, and its divergence from uniform.

    points: space, t, x, y (the view), share (density over its largest value, 0 to 1). divergence: space, t, kl (nats).
    Raises FigureError when a column is missing.
    """
    require(points, "heat_slider", "space", "t", "x", "y", "share")
    require(divergence, "heat_slider", "space", "t", "kl")
    times = [float(short(t)) for t in sorted(points["t"].unique())]
    bind = alt.binding_range(min=0, max=len(times) - 1, step=1, name="time t → ")
    moment = alt.param(name="moment", value=len(times) // 2, bind=bind)
    now = alt.param(name="now", expr=f"{times}[moment]".replace(" ", ""))
    order = {t: i for i, t in enumerate(sorted(points["t"].unique()))}
    rows = points.assign(i=points["t"].map(order))
    views = [_view(rows[rows["space"] == space], space) for space in rows["space"].unique()]
    chart = alt.concat(*views, _divergence(divergence), columns=1, spacing=20).add_params(moment, now)
    ends = "; ".join(
        f"{space}: {number(part['kl'].iloc[0])} to {number(part['kl'].iloc[-1])} nats"
        for space, part in divergence.groupby("space", sort=False)
    )
    text = (
        f"A slider over the time, {number(times[0])} to {number(times[-1])}. Heat starts at the top of a circle and near "
        f"the top of a sphere and spreads until all points have the same colour. Divergence from uniform falls, {ends}."
    )
    words = (
        "Move the slider: heat spreads from one point until no point is preferred. Colours are relative to the peak."
    )
    return Figure(chart, text, caption or words, columns=2)


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
    x = alt.X("t:Q", scale=_decades(frame["t"]), axis=spanning_power_axis(frame["t"], "time t"))
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
        .encode(x=alt.X("t:Q", scale=_decades(frame["t"])))
    )
    return alt.layer(lines, rule, width=theme.NARROW, height=190, title=alt.Title("Distance from uniform, and now"))


def walk_against_heat(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Total variation between the walk and heat against the number of steps, a line a manifold.

    frame: space, steps, total_variation (0 to 1). Raises FigureError when a column is missing.
    """
    require(frame, "walk_against_heat", "space", "steps", "total_variation")
    names = list(dict.fromkeys(frame["space"]))
    chart = (
        alt.Chart(records(frame, "space", "steps", "total_variation"))
        .mark_line(point=alt.OverlayMarkDef(filled=True, size=44), strokeWidth=2)
        .encode(
            x=alt.X(
                "steps:Q",
                scale=alt.Scale(type="log", nice=False),
                axis=alt.Axis(title="steps of the walk", values=sorted(int(n) for n in frame["steps"].unique())),
            ),
            y=alt.Y(
                "total_variation:Q",
                scale=_decades(frame["total_variation"]),
                axis=spanning_power_axis(frame["total_variation"], "total variation"),
            ),
            color=alt.Color(
                "space:N", sort=names, scale=alt.Scale(domain=names), legend=alt.Legend(title=None, columns=3)
            ),
            shape=alt.Shape("space:N", sort=names, scale=alt.Scale(domain=names), legend=None),
            tooltip=["space:N", "steps:Q", alt.Tooltip("total_variation:Q", format=".2e")],
        )
        .properties(width="container", height=280)
    )
    ends = "; ".join(
        f"{space}: {part['total_variation'].iloc[0]:.1e} at {part['steps'].iloc[0]} steps, "
        f"{part['total_variation'].iloc[-1]:.1e} at {part['steps'].iloc[-1]}"
        for space, part in frame.groupby("space", sort=False)
    )
    words = "The walk comes closer to heat with each step: as 1/steps on most spaces, as its square on S³."
    return Figure(chart, f"Total variation between the walk's law and heat. {ends}.", caption or words)


def kl_remainder(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """What curvature adds to the KL, exactly and by two coefficients, a panel a manifold.

    frame: space, t, what, nats. Raises FigureError when a column is missing.
    """
    require(frame, "kl_remainder", "space", "t", "what", "nats")
    kinds = list(dict.fromkeys(frame["what"]))
    data = series(frame, by=["space", "what"], over=["t", "nats"])
    chart = (
        alt.Chart(data)
        .transform_flatten(["t", "nats"])
        .mark_line(strokeWidth=2.2)
        .encode(
            x=alt.X("t:Q", axis=alt.Axis(title="time t", tickCount=4)),
            y=alt.Y("nats:Q", axis=alt.Axis(title="left of the KL (nats)", tickCount=4)),
            color=alt.Color("what:N", sort=kinds, scale=alt.Scale(domain=kinds), legend=alt.Legend(title=None)),
            strokeDash=alt.StrokeDash(
                "what:N", sort=kinds, scale=alt.Scale(domain=kinds, range=[[1, 0], [7, 4], [2, 3]]), legend=None
            ),
            tooltip=["space:N", "what:N", alt.Tooltip("t:Q", format=".3g"), alt.Tooltip("nats:Q", format=".3g")],
        )
        .properties(width=theme.NARROW, height=160)
        .facet(facet=alt.Facet("space:N", title=None, sort=list(dict.fromkeys(frame["space"]))), columns=1)
        .resolve_scale(y="independent")
    )
    last = frame[frame["t"] == frame["t"].max()]
    ends = "; ".join(
        f"{space}: " + ", ".join(f"{r.what} {number(r.nats)}" for r in part.itertuples())
        for space, part in last.groupby("space", sort=False)
    )
    words = "What is left of the KL once volume and time are taken off: the exact kernel follows Sc t / 4."
    return Figure(chart, f"Remainder of the KL in nats at the largest time. {ends}.", caption or words, columns=2)


def kl_faults(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """How many nats too much or too little a published KL term reports, a bar a manifold.

    frame: space, nats. Raises FigureError when a column is missing.
    """
    require(frame, "kl_faults", "space", "nats")
    rows = frame.assign(label=[f"{v:+.2f}" if abs(v) > 5e-3 else "0" for v in frame["nats"]])
    order = list(frame["space"])
    base = alt.Chart(records(rows, "space", "nats", "label")).encode(
        y=alt.Y("space:N", sort=order, axis=alt.Axis(title=None, ticks=False, domain=False)),
        x=alt.X(
            "nats:Q", scale=alt.Scale(domain=[-2.7, 2.7]), axis=alt.Axis(title="published KL less exact KL (nats)")
        ),
    )
    bars = base.mark_bar(height=14).encode(
        color=alt.condition("abs(datum.nats) > 0.005", alt.value(theme.ACCENT), alt.value(theme.MUTED))
    )
    right = (
        base.transform_filter("datum.nats >= -0.005").mark_text(align="left", dx=5, style="note").encode(text="label:N")
    )
    left = (
        base.transform_filter("datum.nats < -0.005")
        .mark_text(align="right", dx=-5, style="note")
        .encode(text="label:N")
    )
    chart = alt.layer(bars, right, left).properties(width="container", height=26 * len(frame))
    text = "Published KL less the exact one in nats. " + "; ".join(
        f"{r.space}: {r.nats:+.3f}" for r in frame.itertuples()
    )
    words = "The KL of the released code against the exact one: right on spheres, not on the tori, SO(3) and O(3)."
    return Figure(chart, text + ".", caption or words)


def _decades(values: Iterable[float]) -> alt.Scale:
    """A logarithmic scale over whole decades, so that every labelled power of ten lies where it belongs."""
    logs = [math.log10(v) for v in values]
    ends = [float(f"1e{math.floor(min(logs))}"), float(f"1e{math.ceil(max(logs))}")]
    return alt.Scale(type="log", domain=ends, nice=False)
