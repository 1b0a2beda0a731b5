"""Number embeddings: their spectrum, their spikes against chance, the last digit as a wheel."""

import math

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import records, require
from circles.figures.show import Figure

_SPIKES = alt.condition("datum.spike", alt.value(theme.ACCENT), alt.value(theme.MUTED))


def number_spectra(frame: pd.DataFrame, *, what: str = "the number embeddings", caption: str | None = None) -> Figure:
    """The norm of each Fourier component of `what`, in units of the high band's median, a panel each.

    frame: panel, component, period (numbers), size, spike (whether it is one of the paper's). Raises FigureError when a
    column is missing.
    """
    require(frame, "number_spectra", "panel", "component", "period", "size", "spike")
    panels = list(dict.fromkeys(frame["panel"]))
    top = 1.12 * float(frame["size"].max())
    span = [0, int(frame["component"].max()) + 6]
    base = alt.Chart().encode(
        x=alt.X(
            "component:Q", axis=alt.Axis(title="component k", tickCount=6), scale=alt.Scale(domain=span, nice=False)
        ),
        y=alt.Y(
            "size:Q",
            scale=alt.Scale(domain=[0, float(f"{top:.3g}")], nice=False),
            axis=alt.Axis(title="norm, in medians", tickCount=5),
        ),
    )
    bars = base.mark_bar(width=2).encode(
        color=_SPIKES,
        tooltip=[
            alt.Tooltip("panel:N", title="basis"),
            alt.Tooltip("component:Q", title="component k"),
            alt.Tooltip("period:Q", format=".4~g"),
            alt.Tooltip("size:Q", title="norm, in medians", format=".3g"),
        ],
    )
    names = (
        base.transform_filter("datum.spike")
        .transform_calculate(name="format(datum.period, '.3~g')")
        .mark_text(dy=-7, style="note", fontWeight=600)
        .encode(text="name:N")
    )
    data = records(frame, "panel", "component", "period", "size", "spike")
    if len(panels) == 1:
        chart = alt.layer(bars, names, data=data, width="container", height=230)
    else:
        chart = alt.layer(bars, names, data=data, width=theme.NARROW, height=150).facet(
            facet=alt.Facet("panel:N", sort=panels, header=alt.Header(title=None)), columns=1
        )
    seen = "; ".join(
        f"{panel}: " + ", ".join(f"period {number(r.period)} at {r.size:.1f}" for r in part[part["spike"]].itertuples())
        for panel, part in frame.groupby("panel", sort=False)
    )
    return Figure(
        chart,
        f"Bars of the norm of each Fourier component of {what}, over the median. {seen}.",
        caption or "Number embeddings in the Fourier basis. The figures on the bars are periods, in numbers.",
        columns=2 if len(panels) > 1 else 1,
    )


def spikes_against_chance(frame: pd.DataFrame, controls: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """The energy of each high component, and the 95th percentile of the largest that permuted numbers give.

    frame: component, period, size (energy a wave over the median), spike. controls: largest, one row a permutation.
    Raises FigureError when a column is missing.
    """
    require(frame, "spikes_against_chance", "component", "period", "size", "spike")
    require(controls, "spikes_against_chance", "largest")
    limit = float(controls["largest"].quantile(0.95))
    base = alt.Chart(records(frame, "component", "period", "size", "spike")).encode(
        x=alt.X(
            "component:Q", axis=alt.Axis(title="component k", tickCount=6), scale=alt.Scale(nice=False, zero=False)
        ),
        y=alt.Y("size:Q", axis=alt.Axis(title="energy, in medians", tickCount=5)),
    )
    bars = base.mark_bar(width=2).encode(
        color=_SPIKES,
        tooltip=[
            alt.Tooltip("component:Q", title="component k"),
            alt.Tooltip("period:Q", format=".4~g"),
            alt.Tooltip("size:Q", title="energy, in medians", format=".3g"),
        ],
    )
    names = (
        base.transform_filter(f"datum.size > {limit}")
        .transform_calculate(name="format(datum.period, '.3~g')")
        .mark_text(dy=-7, style="note", fontWeight=600)
        .encode(text="name:N")
    )
    middle = int(frame["component"].median())
    mark = alt.Chart(alt.InlineData(values=[{"at": limit, "x": middle, "name": "largest by chance, 95%"}]))
    rule = mark.mark_rule(style="guide").encode(y="at:Q")
    label = mark.mark_text(style="quiet", dy=-7).encode(x="x:Q", y="at:Q", text="name:N")
    above = ", ".join(number(r.period) for r in frame[frame["size"] > limit].itertuples())
    return Figure(
        alt.layer(bars, names, rule, label, width="container", height=230),
        f"Bars of the energy of each high component. A rule at {limit:.1f} medians is where the largest component stays "
        f"below in 95% of {len(controls)} permutations. Above it are the periods {above}.",
        caption
        or "Which components chance does not give: the rule comes from permuted numbers, the labels are periods.",
    )


def number_wheel(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Numbers in the plane of a chosen period: each drawn as its last digit, and the mean of each digit.

    frame: number, digit, period, x, y. Raises FigureError when a column is missing.
    """
    require(frame, "number_wheel", "number", "digit", "period", "x", "y")
    periods = [float(f"{t:g}") for t in dict.fromkeys(frame["period"])]
    chosen = alt.param(name="period", value=periods[0], bind=alt.binding_radio(options=periods, name="period: "))
    edge = float(f"{1.1 * frame[['x', 'y']].abs().stack().quantile(0.99):.3g}")
    scale = alt.Scale(domain=[-edge, edge], nice=False)
    base = (
        alt.Chart(records(frame, "number", "digit", "period", "x", "y", digits=3))
        .transform_filter("datum.period == period")
        .encode(
            x=alt.X("x:Q", scale=scale, axis=alt.Axis(title="along the cosine", tickCount=5, grid=False)),
            y=alt.Y("y:Q", scale=scale, axis=alt.Axis(title="along the sine", tickCount=5, grid=False)),
            text="digit:N",
        )
    )
    each = base.mark_text(style="quiet", fontSize=10, opacity=0.75, clip=True).encode(tooltip=[alt.Tooltip("number:Q")])
    means = base.transform_aggregate(x="mean(x)", y="mean(y)", groupby=["digit"])
    discs = means.mark_point(filled=True, size=330, opacity=0.9, color=theme.ACCENT)
    digits = means.mark_text(fontSize=13, fontWeight=700, color="#FFFFFF")
    size = {"width": 285, "height": 285}
    return Figure(
        alt.layer(each, discs, digits, **size).add_params(chosen),
        f"The last digits of {frame['number'].nunique()} numbers scattered in the plane of a chosen period, "
        f"{', '.join(f'{t:g}' for t in periods)}; discs mark the mean of each digit. {_around(frame, periods[0])}",
        caption or "Choose a period. Small: numbers as their last digits. On discs: the mean of each digit.",
    )


def _around(frame: pd.DataFrame, period: float) -> str:
    """The digits in the order in which their means stand around the origin."""
    means = frame[frame["period"] == period].groupby("digit")[["x", "y"]].mean()
    order = means.apply(lambda r: math.atan2(r["y"], r["x"]) % (2 * math.pi), axis=1).sort_values().index
    order = [int(d) for d in order]
    order = order[order.index(min(order)) :] + order[: order.index(min(order))]
    return f"Around the origin of period {period:g} their order is {', '.join(map(str, order))}."


def left_over(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Numbers by the first two principal components of what is left when the last digit's waves are gone.

    frame: number, digits (how many the number has), x, y. Raises FigureError when a column is missing.
    """
    require(frame, "left_over", "number", "digits", "x", "y")
    base = alt.Chart(records(frame, "number", "digits", "x", "y", digits=3)).encode(
        x=alt.X("x:Q", axis=alt.Axis(title="first principal component", tickCount=5, grid=False)),
        y=alt.Y("y:Q", axis=alt.Axis(title="second principal component", tickCount=5, grid=False)),
    )
    dots = base.mark_point(filled=True, size=38, opacity=0.8).encode(
        color=alt.Color("digits:N", legend=alt.Legend(title="digits of the number", columns=3)),
        shape=alt.Shape("digits:N", scale=alt.Scale(range=["diamond", "triangle-up", "circle"])),
        tooltip=[alt.Tooltip("number:Q")],
    )
    some = (
        base.transform_filter("datum.number % 50 == 0 || datum.number == 10")
        .mark_text(style="note", fontWeight=700, dy=-9)
        .encode(text="number:N")
    )
    return Figure(
        alt.layer(dots, some, width="container", height=300),
        f"The {len(frame)} numbers by two principal components: a bent line from the small to the large numbers.",
        caption or "What is left without the waves of the last digit: a line of sizes, bent where digits are added.",
    )
