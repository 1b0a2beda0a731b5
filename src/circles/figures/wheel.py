"""The last digit as a wheel: numbers in the plane of a chosen period, and the mean of each digit."""

import math

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records, require
from circles.figures.plane import TEN
from circles.figures.show import Figure


def number_wheel(frame: pd.DataFrame, *, caption: str) -> Figure:
    """Numbers in the plane of a chosen period, a dot each in its digit's colour; beside it the mean of each digit.

    The means have a scale of their own in each period, for they lie much nearer to one another than the numbers do,
    and a thread from each digit to the next. frame: number, digit, period, x, y. Raises FigureError when a column is missing.
    """
    require(frame, "number_wheel", "number", "digit", "period", "x", "y")
    periods = [float(f"{t:g}") for t in dict.fromkeys(frame["period"])]
    chosen = alt.param(name="period", value=periods[0], bind=alt.binding_radio(options=periods, name="period: "))
    means = frame.groupby(["period", "digit"])[["x", "y"]].mean().reset_index()
    edge = float(f"{1.12 * frame[['x', 'y']].abs().max().max():.3g}")
    fixed = {axis: alt.Scale(domain=[-edge, edge], nice=False) for axis in "xy"}
    views = [
        _view(frame, "number", fixed, "Every number, coloured by its last digit").mark_point(filled=True, size=26, opacity=0.75),
        _view(means, "digit", _close(means), "The mean of each digit"),
    ]
    thread = views[1].mark_line(style="thread", interpolate="linear-closed").encode(order="digit:O", color=alt.value(theme.MUTED))
    discs = views[1].mark_point(filled=True, size=200, opacity=1)
    names = views[1].mark_text(fontSize=11, fontWeight=700).encode(text="digit:N", color=alt.value("#FFFFFF"))
    chart = alt.concat(views[0], alt.layer(thread, discs, names), columns=1, spacing=20).add_params(chosen)
    return Figure(
        chart,
        f"{frame['number'].nunique()} numbers scattered in the plane of a chosen period, "
        f"{', '.join(f'{t:g}' for t in periods)}, and beside it the mean of each last digit. {_around(means, periods[0])}",
        caption,
        columns=2,
    )


def _close(means: pd.DataFrame) -> dict[str, alt.Scale]:
    """For each axis the scale that has the chosen period's means just inside a square."""
    found: dict[str, dict[str, dict[str, float]]] = {axis: {"Min": {}, "Max": {}} for axis in "xy"}
    for period, own in means.groupby("period"):
        half = 0.6 * max(own[axis].max() - own[axis].min() for axis in "xy")
        for axis in "xy":
            middle = (own[axis].max() + own[axis].min()) / 2
            for end, sign in (("Min", -1), ("Max", 1)):
                found[axis][end][f"{period:g}"] = round(float(middle + sign * half), 3)
    return {
        axis: alt.Scale(nice=False, zero=False, **{f"domain{end}": alt.ExprRef(f"({at})[period]") for end, at in ends.items()})
        for axis, ends in found.items()
    }


def _view(frame: pd.DataFrame, name: str, scales: dict[str, alt.Scale], title: str) -> alt.Chart:
    columns = dict.fromkeys([name, "digit", "period", "x", "y"])
    digits = sorted(frame["digit"].unique().tolist())
    return (
        alt.Chart(records(frame, *columns, digits=3))
        .mark_point()
        .transform_filter("datum.period == period")
        .encode(
            x=alt.X("x:Q", scale=scales["x"], axis=alt.Axis(title="along the cosine", tickCount=5, grid=False)),
            y=alt.Y("y:Q", scale=scales["y"], axis=alt.Axis(title="along the sine", tickCount=5, grid=False)),
            color=alt.Color("digit:N", scale=alt.Scale(domain=digits, range=TEN[: len(digits)]), legend=None),
            tooltip=[alt.Tooltip(f"{name}:Q"), alt.Tooltip("digit:Q", title="last digit")],
        )
        .properties(width=theme.NARROW, height=theme.NARROW, title=alt.Title(title))
    )


def _around(means: pd.DataFrame, period: float) -> str:
    """The digits in the order in which their means stand around the origin."""
    own = means[means["period"] == period].set_index("digit")
    order = own.apply(lambda r: math.atan2(r["y"], r["x"]) % (2 * math.pi), axis=1).sort_values().index
    order = [int(d) for d in order]
    order = order[order.index(min(order)) :] + order[: order.index(min(order))]
    return f"Around the origin of period {period:g} their order is {', '.join(map(str, order))}."
