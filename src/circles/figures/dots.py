"""A dot a seed in each row, beside one value that all are held against."""

import altair as alt
import pandas as pd

from circles.figures.axes import nameless_rows, names_above, number
from circles.figures.frames import records, require
from circles.figures.show import Figure


def dots(frame: pd.DataFrame, *, unit: str, rule: float, means: str, caption: str) -> Figure:
    """Rows of dots on one linear axis, a dot a seed, and a rule that ``means`` something.

    frame: row, seed, value, in the order to be shown. Raises FigureError when a column is missing.
    """
    require(frame, "dots", "row", "seed", "value")
    order = list(dict.fromkeys(frame["row"]))
    x = alt.X("value:Q", scale=alt.Scale(zero=False, padding=12), axis=alt.Axis(title=unit, tickCount=6, grid=False))
    place = nameless_rows("row", order)
    height = 48 * len(order)  # names stand above their rows, what the rule means below the last
    mark = alt.Chart(alt.InlineData(values=[{"value": rule, "means": means}]))
    points = (
        alt.Chart(records(frame, "row", "seed", "value"))
        .mark_point(filled=True, size=75, opacity=0.85)
        .encode(x=x, y=place, tooltip=["row:N", "seed:N", alt.Tooltip("value:Q", title=unit, format=".3g")])
    )
    chart = alt.layer(
        mark.mark_rule(style="guide").encode(x=x),
        mark.mark_text(style="note", align="left", baseline="bottom", dx=5).encode(
            x=x, y=alt.value(height - 3), text="means:N"
        ),
        points,
        names_above(order, "row", place, dy=-15),
    ).properties(width="container", height=height)
    seen = frame.groupby("row", sort=False)["value"].agg(["min", "max"])
    rows = "; ".join(f"{row} {number(r['min'])} to {number(r['max'])}" for row, r in seen.iterrows())
    return Figure(chart, f"Dots of the {unit}, a dot a seed: {rows}. A rule at {number(rule)}: {means}.", caption)
