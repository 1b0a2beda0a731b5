"""Curves of several nets with the spread over their seeds: the median, and all that lies between least and most."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import epoch_axis
from circles.figures.frames import require, series
from circles.figures.show import Figure


def curves_with_spread(frame: pd.DataFrame, *, title: str = "held-out accuracy", caption: str | None = None) -> Figure:
    """A panel for each value of `panel`, a colour a net: the median over seeds, a band from least to most, thin lines
    for the seeds.

    frame: net, seed, epoch, panel, value (0 to 1); within a panel all seeds of a net have the same epochs. Raises
    FigureError when a column is missing.
    """
    require(frame, "curves_with_spread", "net", "seed", "epoch", "panel", "value")
    nets, panels = list(dict.fromkeys(frame["net"])), list(dict.fromkeys(frame["panel"]))
    over = frame.groupby(["panel", "net", "epoch"], sort=False)["value"]
    middle = over.agg(least="min", median="median", most="max").reset_index()
    colour = alt.Color(
        "net:N",
        scale=alt.Scale(domain=nets),
        legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3, symbolOpacity=1),
    )
    x = alt.X("epoch:Q", axis=epoch_axis())
    y = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(title=title, format="%", tickCount=5)}
    views = []
    for panel in panels:
        columns = ["epoch", "least", "median", "most"]
        summary = series(middle[middle["panel"] == panel], by=["net"], over=columns, digits=3)
        seeds = series(frame[frame["panel"] == panel], by=["net", "seed"], over=["epoch", "value"], digits=3)
        thin = (
            alt.Chart(seeds)
            .transform_flatten(["epoch", "value"])
            .mark_line(strokeWidth=0.8, opacity=0.55)
            .encode(x=x, y=alt.Y("value:Q", **y), color=colour, detail="seed:N")
        )
        base = alt.Chart(summary).transform_flatten(columns)
        band = base.mark_area(opacity=0.15).encode(x=x, y=alt.Y("least:Q", **y), y2="most:Q", color=colour)
        tips = [
            alt.Tooltip("net:N"),
            alt.Tooltip("epoch:Q", format=",d"),
            alt.Tooltip("median:Q", format=".1%"),
            alt.Tooltip("least:Q", format=".1%"),
            alt.Tooltip("most:Q", format=".1%"),
        ]
        line = base.mark_line(strokeWidth=2.6, point=alt.OverlayMarkDef(size=60, opacity=0)).encode(
            x=x, y=alt.Y("median:Q", **y), color=colour, tooltip=tips
        )
        views.append(alt.layer(band, thin, line, width=theme.NARROW, height=190, title=str(panel)))
    last = middle.loc[middle.groupby(["panel", "net"], sort=False)["epoch"].idxmax()]
    ends = "; ".join(
        f"{panel}: "
        + ", ".join(f"{r.net} {r.median:.0%} ({r.least:.0%} to {r.most:.0%})" for r in part.itertuples(index=False))
        for panel, part in last.groupby("panel", sort=False)
    )
    return Figure(
        alt.concat(*views, columns=1, spacing=20),
        f"Curves of the {title} by epoch, with their spread over seeds. At the end, median (least to most): {ends}.",
        caption or f"The {title}: medians over the seeds, a thin line a seed, bands from the least to the most.",
        columns=2,
    )
