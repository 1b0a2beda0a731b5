"""What one net is ahead of another by, as one thing about both is changed at a time."""

import math

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records, require
from circles.figures.show import Figure


def gains(frame: pd.DataFrame, *, title: str, caption: str) -> Figure:
    """A panel for each thing that is changed, a dot a seed, a line through the medians, a rule at no gain.

    frame: what (what is changed), value, seed, gain (-1 to 1, in accuracy). The panels share their height. Raises
    FigureError when a column is missing.
    """
    require(frame, "gains", "what", "value", "seed", "gain")
    middle = frame.groupby(["what", "value"], sort=False)["gain"].median().rename("median").reset_index()
    least, most = min(0.0, float(frame["gain"].min())), max(0.0, float(frame["gain"].max()))
    reach = [math.floor(10 * least - 0.1) / 10, math.ceil(10 * most + 0.1) / 10]  # no dot on the edge
    y = {"scale": alt.Scale(domain=reach), "axis": alt.Axis(title=title, format="+%", tickCount=5)}
    views, words = [], []
    for what, part in frame.groupby("what", sort=False):
        order = sorted(part["value"].unique().tolist())
        x = alt.X("value:O", sort=order, axis=alt.Axis(title=str(what), labelAngle=0))
        own = middle[middle["what"] == what]
        zero = alt.Chart(alt.InlineData(values=[{"none": 0}])).mark_rule(style="guide").encode(y=alt.Y("none:Q", **y))
        line = (
            alt.Chart(records(own, "value", "median"))
            .mark_line(strokeWidth=2.2)
            .encode(x=x, y=alt.Y("median:Q", **y), tooltip=[alt.Tooltip("median:Q", format="+.1%")])
        )
        dots = (
            alt.Chart(records(part, "value", "seed", "gain"))
            .mark_point(filled=True, size=55, opacity=0.75)
            .encode(
                x=x,
                y=alt.Y("gain:Q", **y),
                tooltip=[
                    alt.Tooltip("value:O", title=str(what)),
                    alt.Tooltip("seed:N"),
                    alt.Tooltip("gain:Q", format="+.1%"),
                ],
            )
        )
        views.append(alt.layer(zero, line, dots, width=theme.NARROW - 90, height=190))
        ends = own.set_index("value")["median"]
        words.append(f"{what}: " + ", ".join(f"{value} {ends[value]:+.0%}" for value in order))
    return Figure(
        alt.concat(*views, columns=1, spacing=20),
        f"Dots and lines of the {title}, medians over seeds. {'; '.join(words)}.",
        caption,
        columns=len(views),
    )
