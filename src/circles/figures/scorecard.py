"""The verdicts of each paper as one bar."""

import altair as alt
import pandas as pd

from circles.figures.frames import records, require
from circles.figures.show import Figure

VERDICTS = ["reproduced", "partly", "not reproduced", "beyond the paper", "not run"]


def verdict_counts(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Claims of each paper, stacked by verdict. frame: paper, verdict, a row a claim. Raises FigureError when a column is missing."""
    require(frame, "verdict_counts", "paper", "verdict")
    counts = frame.groupby(["paper", "verdict"], sort=False).size().reset_index(name="claims")
    counts["order"] = counts["verdict"].map({v: i for i, v in enumerate(VERDICTS)})
    papers = list(dict.fromkeys(frame["paper"]))
    chart = (
        alt.Chart(records(counts, "paper", "verdict", "claims", "order"))
        .mark_bar()
        .encode(
            x=alt.X("claims:Q", axis=alt.Axis(title="claims", tickMinStep=1, grid=True)),
            y=alt.Y("paper:N", sort=papers, axis=alt.Axis(title=None, labelLimit=110)),
            color=alt.Color(
                "verdict:N",
                scale=alt.Scale(domain=VERDICTS, range=["#009E73", "#E69F00", "#D55E00", "#56B4E9", "#8A929C"]),
                legend=alt.Legend(title=None, columns=2),
            ),
            order="order:Q",
            tooltip=[alt.Tooltip("paper:N"), alt.Tooltip("verdict:N"), alt.Tooltip("claims:Q")],
        )
        .properties(width="container", height=34 * len(papers))
    )
    total = frame["verdict"].value_counts()
    text = (
        f"{len(frame)} claims of {len(papers)} papers by verdict: "
        + ", ".join(f"{total[v]} {v}" for v in VERDICTS if v in total)
        + "."
    )
    return Figure(chart, text, caption or "Verdicts by paper.")
