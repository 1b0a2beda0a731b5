"""What a picture costs in each latent space: the loss, and the likelihood that it bounds."""

import math

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import records, require
from circles.figures.show import Figure


def nats_by_space(frame: pd.DataFrame, *, title: str, caption: str) -> Figure:
    """A panel for each `panel`, a row a latent space, a colour and a shape for each `measure`, a point a seed.

    frame: panel, latent, measure, seed, nats, in the order to be shown. Raises FigureError when a column is missing.
    """
    require(frame, "nats_by_space", "panel", "latent", "measure", "seed", "nats")
    kinds = list(dict.fromkeys(frame["measure"]))
    x = alt.X(
        "nats:Q",
        scale=alt.Scale(domain=[math.floor(frame["nats"].min()) - 1, math.ceil(frame["nats"].max()) + 1], nice=False),
        axis=alt.Axis(title=title, tickCount=5),
    )
    legend = alt.Legend(title=None, columns=1)
    views = []
    for name, part in frame.groupby("panel", sort=False):
        rows = list(dict.fromkeys(part["latent"]))
        views.append(
            alt.Chart(records(part, "latent", "measure", "seed", "nats"))
            .mark_point(filled=True, size=70, opacity=0.75)
            .encode(
                x=x,
                y=alt.Y("latent:N", sort=rows, axis=alt.Axis(title=None, labelLimit=110, minExtent=72, grid=True)),
                color=alt.Color("measure:N", scale=alt.Scale(domain=kinds), legend=legend),
                shape=alt.Shape("measure:N", scale=alt.Scale(domain=kinds), legend=legend),
                tooltip=["latent:N", "measure:N", "seed:N", alt.Tooltip("nats:Q", format=".1f")],
            )
            .properties(width=theme.NARROW - 30, height=30 * len(rows) + 20, title=alt.Title(str(name)))
        )
    middle = frame.groupby(["latent", "measure"], sort=False)["nats"].median()
    seen = "; ".join(f"{latent}, {measure} {number(value)}" for (latent, measure), value in middle.items())
    return Figure(
        alt.concat(*views, columns=1, spacing=18),
        f"{title[0].upper()}{title[1:]} in each latent space, a point a seed. Medians: {seen}.",
        caption,
        columns=2,
    )
