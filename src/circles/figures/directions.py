"""The directions u_k and v_k of the neurons against cos and sin of w_k(a+b)."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records, require, series
from circles.figures.show import Figure


def direction_fit(frame: pd.DataFrame, curves: pd.DataFrame | None = None, *, caption: str | None = None) -> Figure:
    """Variance of u_k.MLP and v_k.MLP explained by cos(w_k(a+b)) and sin(w_k(a+b)); and, chosen by frequency, the curves.

    frame: frequency, part ("cos", "sin"), fve (0 to 1). curves, if any: frequency, part, sum ((a+b) mod p), predicted,
    actual (mean over the pairs with that sum). Raises FigureError when a column is missing.
    """
    require(frame, "direction_fit", "frequency", "part", "fve")
    order = sorted(int(k) for k in frame["frequency"].unique())
    low = min(0.9, float(frame["fve"].min()) - 0.01)
    colour = alt.Color("part:N", scale=alt.Scale(domain=["cos", "sin"]), legend=alt.Legend(title=None))
    dots = (
        alt.Chart(records(frame, "frequency", "part", "fve"))
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x=alt.X(
                "fve:Q",
                scale=alt.Scale(domain=[low, 1]),
                axis=alt.Axis(title="variance explained", format=".0%", tickCount=5, grid=True),
            ),
            y=alt.Y("frequency:O", sort=order, axis=alt.Axis(title="frequency k", grid=True)),
            color=colour,
            shape=alt.Shape(
                "part:N",
                scale=alt.Scale(domain=["cos", "sin"], range=["circle", "diamond"]),
                legend=alt.Legend(title=None),
            ),
            tooltip=[
                alt.Tooltip("frequency:O"),
                alt.Tooltip("part:N"),
                alt.Tooltip("fve:Q", title="variance explained", format=".2%"),
            ],
        )
    )
    text = (
        f"For each of {len(order)} key frequencies ({', '.join(map(str, order))}) the share of variance of u_k.MLP and v_k.MLP "
        f"explained by cos and sin of w_k(a+b): between {frame['fve'].min():.1%} and {frame['fve'].max():.1%}."
    )
    caption = caption or "How well the neurons' directions are cos(w_k(a+b)) and sin(w_k(a+b))."
    if curves is None:
        return Figure(dots.properties(width="container", height=34 * len(order) + 30), text, caption)
    require(curves, "direction_fit", "frequency", "part", "sum", "predicted", "actual")
    chosen = alt.param(name="k", value=order[0], bind=alt.binding_radio(options=order, name="frequency k: "))
    base = (
        alt.Chart(series(curves, by=["frequency", "part"], over=["sum", "predicted", "actual"], digits=3))
        .transform_filter("datum.frequency == k")
        .transform_flatten(["sum", "predicted", "actual"])
        .encode(x=alt.X("sum:Q", axis=alt.Axis(title="(a + b) mod p"), scale=alt.Scale(nice=False)), color=colour)
    )
    lines = base.mark_line(strokeWidth=1.4).encode(
        y=alt.Y("predicted:Q", axis=alt.Axis(title="activation along the direction", tickCount=5))
    )
    points = base.mark_point(filled=True, size=20, opacity=0.9).encode(
        y="actual:Q",
        tooltip=[
            alt.Tooltip("sum:Q", title="(a + b) mod p"),
            alt.Tooltip("actual:Q", format=".3g"),
            alt.Tooltip("predicted:Q", format=".3g"),
        ],
    )
    size = {"width": theme.NARROW, "height": 210}
    chart = alt.concat(dots.properties(**size), alt.layer(lines, points, **size), columns=1, spacing=18).add_params(
        chosen
    )
    return Figure(
        chart,
        text + " Beside it, for one chosen frequency, the measured points lie on the cosine and sine.",
        caption,
        columns=2,
    )
