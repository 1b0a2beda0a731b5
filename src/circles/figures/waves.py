"""Waves on a circle: a function rebuilt wave by wave, heat that takes the finest waves first."""

import altair as alt
import pandas as pd

from circles.figures import controls, theme
from circles.figures.axes import number
from circles.figures.frames import require, series
from circles.figures.show import Figure


def partial_sums(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """A function on Z_n and the sum of its waves up to a frequency that a slider sets.

    frame: kept (the highest frequency, 0 to n//2), x (0 to n-1), value; the last sum is the function itself. Raises
    FigureError when a column is missing.
    """
    require(frame, "partial_sums", "kept", "x", "value")
    top = int(frame["kept"].max())
    kept = alt.param(
        name="kept", value=min(3, top), bind=alt.binding_range(min=0, max=top, step=1, name="frequencies up to ")
    )
    sums = alt.Chart(series(frame, by=["kept"], over=["x", "value"])).transform_flatten(["x", "value"])
    x = alt.X("x:Q", axis=alt.Axis(title="x in Z_n", tickMinStep=1), scale=alt.Scale(nice=False))
    y = alt.Y("value:Q", axis=alt.Axis(title="g(x)", tickCount=4))
    tooltip = [alt.Tooltip("x:Q"), alt.Tooltip("value:Q", format=".3g")]
    whole = sums.transform_filter(f"datum.kept == {top}").mark_point(filled=True, size=45, color=theme.MUTED)
    line = sums.transform_filter("datum.kept == kept").mark_line(strokeWidth=2.5)
    chart = alt.layer(whole.encode(x=x, y=y, tooltip=tooltip), line.encode(x=x, y=y), width="container", height=220)
    text = (
        f"Points show a function on the numbers 0 to {int(frame['x'].max())}; a line shows the sum of its waves up to a frequency "
        f"that a slider sets, from 0 (its mean) to {top}, where the line meets every point."
    )
    return Figure(chart.add_params(kept), text, caption or "Add wave after wave: the last one leaves nothing over.")


def heat_on_a_circle(profile: pd.DataFrame, spectrum: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Heat on a circle at a time that a slider sets, and how much of each frequency is left.

    profile: time, angle (radians), value. spectrum: time, frequency, left (0 to 1). Raises FigureError when a column is
    missing.
    """
    require(profile, "heat_on_a_circle", "time", "angle", "value")
    require(spectrum, "heat_on_a_circle", "time", "frequency", "left")
    times = sorted(float(t) for t in profile["time"].unique())
    at = {t: i for i, t in enumerate(times)}
    through = controls.along(times, name="time →", now="now")
    title = alt.Title(alt.ExprRef("'Heat at time ' + format(now, '~g')"))
    warm = (
        alt.Chart(series(profile.assign(i=profile["time"].map(at)), by=["i"], over=["angle", "value"]))
        .transform_filter("datum.i == moment")
        .transform_flatten(["angle", "value"])
        .mark_area(line=True, opacity=0.35)
        .encode(
            x=alt.X("angle:Q", scale=alt.Scale(nice=False), axis=alt.Axis(title="angle (radians)", tickCount=6)),
            y=alt.Y("value:Q", scale=alt.Scale(domain=[0, 1.0]), axis=alt.Axis(title="heat", tickCount=4)),
        )
        .properties(width=theme.NARROW, height=190, title=title)
    )
    bars = (
        alt.Chart(series(spectrum.assign(i=spectrum["time"].map(at)), by=["i"], over=["frequency", "left"]))
        .transform_filter("datum.i == moment")
        .transform_flatten(["frequency", "left"])
        .mark_bar(width=6)
        .encode(
            x=alt.X("frequency:Q", axis=alt.Axis(title="frequency k", tickMinStep=1)),
            y=alt.Y("left:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title="share left", tickCount=4)),
            tooltip=[alt.Tooltip("frequency:Q"), alt.Tooltip("left:Q", format=".3g")],
        )
        .properties(width=theme.NARROW, height=190, title=alt.Title("What is left of each frequency"))
    )
    last = spectrum[spectrum["time"] == times[-1]].sort_values("frequency")["left"]
    text = (
        f"A slider over time, {number(times[0])} to {number(times[-1])}. A narrow peak of heat on a circle spreads until it is level; "
        f"high frequencies fade first. At the end frequency 1 keeps {number(float(last.iloc[1]))} of its size, frequency 3 "
        f"{number(float(last.iloc[3]))}."
    )
    chart = alt.concat(warm, bars, columns=1).add_params(*through)
    return Figure(
        chart,
        text,
        caption or "Heat spreads from a narrow bump: frequency k fades as exp(-k² t/2), so the finest detail goes first.",
        columns=2,
    )
