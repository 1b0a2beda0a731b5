"""Ablations: the loss of the net with a part kept or removed, ours beside the paper's."""

import altair as alt
import pandas as pd

from circles.figures.axes import log_scale, nameless_rows, names_above, number, power_axis
from circles.figures.frames import records, require
from circles.figures.show import Figure


def ablation_table(frame: pd.DataFrame, *, unit: str = "test loss (nats)", caption: str | None = None) -> Figure:
    """A row for each ablation: one dot for each of our seeds, a diamond for the paper.

    frame: ablation, seed, ours, paper (may be missing in a row), in the order to be shown. Raises FigureError when a column
    is missing.
    """
    require(frame, "ablation_table", "ablation", "seed", "ours", "paper")
    order = list(dict.fromkeys(frame["ablation"]))
    ours = frame[["ablation", "seed", "ours"]].rename(columns={"ours": "value"}).assign(who="ours (a dot a seed)")
    paper = (
        frame[["ablation", "paper"]]
        .dropna()
        .drop_duplicates()
        .rename(columns={"paper": "value"})
        .assign(who="paper", seed=None)
    )
    rows = pd.concat([ours, paper], ignore_index=True)
    who = ["ours (a dot a seed)", "paper"]
    values = rows["value"].to_list()
    place = nameless_rows("ablation", order)
    dots = (
        alt.Chart(records(rows, "ablation", "who", "value", "seed"))
        .mark_point(filled=True, size=75, opacity=0.85)
        .encode(
            x=alt.X("value:Q", scale=log_scale(values), axis=power_axis(values, unit, grid=False)),
            y=place,
            color=alt.Color("who:N", scale=alt.Scale(domain=who), legend=alt.Legend(title=None)),
            shape=alt.Shape(
                "who:N",
                scale=alt.Scale(domain=who, range=["circle", "diamond"]),
                legend=alt.Legend(title=None),
            ),
            tooltip=[
                alt.Tooltip("ablation:N"),
                alt.Tooltip("who:N", title="whose"),
                alt.Tooltip("seed:N"),
                alt.Tooltip("value:Q", title=unit, format=".3g"),
            ],
        )
    )
    names = names_above(order, "ablation", place, dy=-15)
    median = frame.groupby("ablation", sort=False)[["ours", "paper"]].median()
    text = (
        f"Dot plot of {unit} on a logarithmic scale for {len(order)} ablations, ours (median over seeds) against the paper: "
        + "; ".join(
            f"{name} {number(r.ours)}" + (f" against {number(r.paper)}" if r.paper == r.paper else "")
            for name, r in median.iterrows()
        )
        + "."
    )
    chart = alt.layer(dots, names, width="container", height=44 * len(order))
    return Figure(chart, text, caption or "What the loss becomes when a part is kept or removed.")
