"""The logits of one sum, built from their largest waves one by one."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import records, require, series
from circles.figures.show import Figure


def logit_sums(
    curves: pd.DataFrame, waves: pd.DataFrame, *, answer: int, example: str = "", caption: str | None = None
) -> Figure:
    """A slider over how many of the largest waves are added up, the sum over all numbers, and the waves that are in it.

    curves: waves (how many), number, value (logit). waves: rank, period (numbers), norm. `answer` is marked by a rule.
    Raises FigureError when a column is missing.
    """
    require(curves, "logit_sums", "waves", "number", "value")
    require(waves, "logit_sums", "rank", "period", "norm")
    most = int(curves["waves"].max())
    m = alt.param(name="m", value=min(5, most), bind=alt.binding_range(min=1, max=most, step=1, name="waves → "))
    line = (
        alt.Chart(series(curves, by=["waves"], over=["value"], digits=6))
        .transform_filter("datum.waves == m")
        .transform_flatten(["value"])
        .transform_window(place="row_number()")
        .transform_calculate(number="datum.place - 1")
    )
    top = line.transform_window(rank="rank()", sort=[alt.SortField("value", order="descending")])
    top = top.transform_filter("datum.rank == 1")
    x = alt.X("number:Q", axis=alt.Axis(title="number", tickCount=6), scale=alt.Scale(nice=False))
    y = alt.Y("value:Q", axis=alt.Axis(title="logit from these waves", tickCount=5))
    curve = line.mark_line(strokeWidth=1.2).encode(
        x=x, y=y, tooltip=[alt.Tooltip("number:Q"), alt.Tooltip("value:Q", format=".3g")]
    )
    right = alt.Chart(alt.InlineData(values=[{"at": answer}])).mark_rule(style="guide").encode(x="at:Q")
    point = top.mark_point(filled=True, size=70, color=theme.ACCENT, opacity=1).encode(x=x, y=y)
    name = (
        top.transform_aggregate(ties="count()", number="mean(number)", value="max(value)")
        .transform_calculate(name="datum.ties == 1 ? format(datum.number, 'd') : datum.ties + ' alike'")
        .mark_text(style="note", fontWeight=700, dy=-11)
        .encode(x=x, y=y, text="name:N")
    )
    bars = (
        alt.Chart(records(waves, "rank", "period", "norm"))
        .transform_calculate(name="format(datum.period, '.4~g')")
        .mark_bar()
        .encode(
            y=alt.Y("name:N", sort=alt.SortField("rank"), axis=alt.Axis(title="period, in numbers", grid=False, labelOverlap=False)),
            x=alt.X("norm:Q", axis=alt.Axis(title="norm of the wave", tickCount=4, grid=True)),
            color=alt.condition("datum.rank <= m", alt.value(theme.ACCENT), alt.value(theme.MUTED)),
            tooltip=[
                alt.Tooltip("rank:Q"),
                alt.Tooltip("period:Q", format=".4~g"),
                alt.Tooltip("norm:Q", format=".3g"),
            ],
        )
    )
    size = {"width": theme.NARROW, "height": 220}
    chart = alt.concat(
        alt.layer(right, curve, point, name, **size), bars.properties(**size), columns=1, spacing=18
    ).add_params(m)
    named = [int(part.loc[part["value"].idxmax(), "number"]) for _, part in curves.groupby("waves", sort=True)]
    first = next((i + 1 for i in range(most) if all(n == answer for n in named[i:])), None)
    seen = (
        f"From {first} waves on it is largest at the answer, {answer}."
        if first
        else f"It is not yet largest at {answer}."
    )
    return Figure(
        chart,
        f"The logits{f' of {example}' if example else ''} as a sum of their largest waves, 1 to {most} by a slider. {seen} "
        f"The largest waves have periods {', '.join(number(t) for t in waves['period'][:5])}.",
        caption
        or f"The logits{f' of {example}' if example else ''}: each wave is large at many numbers, their sum at one. The dashed rule is the answer.",
        columns=2,
    )
