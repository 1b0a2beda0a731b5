"""A grid of verdicts: each claim asked of several runs."""

import altair as alt
import pandas as pd

from circles.figures.frames import records, require
from circles.figures.show import Figure

VERDICTS = {  # colour-blind safe, and told apart by shape as well
    "reproduced": ("#009E73", "circle"),
    "held": ("#56B4E9", "circle"),
    "met": ("#0072B2", "circle"),
    "partly": ("#E69F00", "triangle-up"),
    "not reproduced": ("#D55E00", "cross"),
    "failed": ("#CC79A7", "cross"),
    "missed": ("#999999", "cross"),
}


def verdict_grid(frame: pd.DataFrame, *, over: str = "seed", caption: str | None = None) -> Figure:
    """A row a claim, a column a run: the verdict that the run earns; hover for its value.

    frame: claim, verdict, ours (text), and ``over``. Raises FigureError when a column is missing.
    """
    require(frame, "verdict_grid", over, "claim", "verdict", "ours")
    claims, shown = list(dict.fromkeys(frame["claim"])), [v for v in VERDICTS if v in set(frame["verdict"])]
    scale = alt.Scale(domain=shown, range=[VERDICTS[v][0] for v in shown])
    shapes = alt.Scale(domain=shown, range=[VERDICTS[v][1] for v in shown])
    chart = (
        alt.Chart(records(frame, over, "claim", "verdict", "ours"))
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x=alt.X(f"{over}:N", axis=alt.Axis(orient="top", labelAngle=0, title=over, grid=False)),
            y=alt.Y("claim:N", sort=claims, axis=alt.Axis(title=None, labelLimit=180, grid=True, labelOverlap=False)),
            color=alt.Color("verdict:N", scale=scale, legend=alt.Legend(title=None, columns=1)),
            shape=alt.Shape("verdict:N", scale=shapes, legend=alt.Legend(title=None, columns=1)),
            tooltip=[alt.Tooltip(f"{over}:N"), alt.Tooltip("claim:N"), alt.Tooltip("verdict:N"), alt.Tooltip("ours:N")],
        )
        .properties(width="container", height=17 * len(claims))
    )
    counts = frame.groupby(over, sort=False)["verdict"].value_counts().unstack(fill_value=0)
    text = f"{len(claims)} claims, a column a {over}. " + "; ".join(
        f"{over} {name}: " + ", ".join(f"{row[v]} {v}" for v in shown if row.get(v, 0))
        for name, row in counts.iterrows()
    )
    return Figure(chart, f"{text}.", caption or f"Verdicts by claim and {over}.")
