"""Where pictures lie in a two-dimensional latent space, by class; and what a latent of the wrong shape costs."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import log_scale, power_axis
from circles.figures.frames import records, require
from circles.figures.show import Figure
from circles.figures.turning import TEN


def latent_maps(frame: pd.DataFrame, *, caption: str) -> Figure:
    """A panel for each `panel`, with every picture written as its class.

    frame: panel, across, up (each 0 to 1), label. Raises FigureError when a column is missing.
    """
    require(frame, "latent_maps", "panel", "across", "up", "label")
    labels = sorted(frame["label"].astype(str).unique())
    views = []
    for name, part in frame.groupby("panel", sort=False):
        views.append(
            alt.Chart(records(part.assign(label=part["label"].astype(str)), "across", "up", "label", digits=3))
            .mark_text(fontSize=9, fontWeight=600)
            .encode(
                x=alt.X("across:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=_bare("across")),
                y=alt.Y("up:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=_bare("up")),
                text="label:N",
                color=alt.Color("label:N", scale=alt.Scale(domain=labels, range=TEN), legend=None),
            )
            .properties(width=theme.NARROW, height=theme.NARROW, title=alt.Title(str(name)))
        )
    counts = "; ".join(f"{name}: {len(part)} pictures" for name, part in frame.groupby("panel", sort=False))
    return Figure(
        alt.concat(*views, columns=1, spacing=18),
        f"Maps of latent spaces with each picture written as its class, {', '.join(labels)}. {counts}.",
        caption,
        columns=2,
    )


def shape_costs(frame: pd.DataFrame, *, caption: str) -> Figure:
    """A panel for each `data`: the share of variance not explained, a point a seed, a row a latent space.

    frame: data, latent, fits ("fits" or "does not"), seed, unexplained (0 to 1). Raises FigureError when a column
    is missing.
    """
    require(frame, "shape_costs", "data", "latent", "fits", "seed", "unexplained")
    kinds = list(dict.fromkeys(frame["fits"]))
    views = []
    for name, part in frame.groupby("data", sort=False):
        views.append(
            alt.Chart(records(part, "latent", "fits", "seed", "unexplained", digits=3))
            .mark_point(filled=True, size=70, opacity=0.8)
            .encode(
                x=alt.X(
                    "unexplained:Q",
                    scale=log_scale(frame["unexplained"]),
                    axis=power_axis(frame["unexplained"], "share of the variance not explained"),
                ),
                y=alt.Y(
                    "latent:N", sort=list(dict.fromkeys(part["latent"])), axis=alt.Axis(title=None, labelLimit=110)
                ),
                yOffset=alt.YOffset("seed:N"),
                color=alt.Color("fits:N", scale=alt.Scale(domain=kinds), legend=alt.Legend(title="the latent space")),
                shape=alt.Shape("fits:N", scale=alt.Scale(domain=kinds), legend=alt.Legend(title="the latent space")),
                tooltip=[alt.Tooltip("latent:N"), alt.Tooltip("seed:N"), alt.Tooltip("unexplained:Q", format=".3f")],
            )
            .properties(width=theme.NARROW - 30, height=120, title=alt.Title(str(name)))
        )
    median = frame.groupby(["data", "latent"], sort=False)["unexplained"].median()
    text = "; ".join(f"{data} on {latent}: {value:.2f}" for (data, latent), value in median.items())
    return Figure(
        alt.concat(*views, columns=1, spacing=18),
        f"The share of the pictures' variance that reconstruction misses, a point a seed. Medians: {text}.",
        caption,
        columns=2,
    )


def _bare(title: str) -> alt.Axis:
    return alt.Axis(title=title, labels=False, ticks=False, grid=False)
