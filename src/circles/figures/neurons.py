"""Neurons by frequency; a chosen cluster lights up in the histogram."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records, require
from circles.figures.show import Figure


def neuron_clusters(frame: pd.DataFrame, *, threshold: float = 0.85, caption: str | None = None) -> Figure:
    """Neurons for each frequency; a click on a bar lights up that cluster in the histogram of variance explained.

    frame: neuron, frequency (of its best fit), fve (0 to 1). Raises FigureError when a column is missing.
    """
    require(frame, "neuron_clusters", "neuron", "frequency", "fve")
    data = records(frame, "neuron", "frequency", "fve")
    order = [int(k) for k in sorted(frame["frequency"].unique())]
    pick = alt.selection_point(name="cluster", fields=["frequency"], empty=True)
    size = {"width": theme.NARROW, "height": 190}
    bars = (
        alt.Chart()
        .transform_calculate(strong=f"datum.fve > {threshold} ? 1 : 0")
        .transform_aggregate(neurons="count()", strong="sum(strong)", groupby=["frequency"])
        .mark_bar(cursor="pointer")
        .encode(
            x=alt.X(
                "frequency:O",
                sort=order,
                axis=alt.Axis(title="frequency k of the best fit (click)", labelAngle=0),
            ),
            y=alt.Y("neurons:Q", axis=alt.Axis(title="neurons", tickCount=5)),
            opacity=alt.condition(pick, alt.value(1), alt.value(0.25)),
            tooltip=[
                alt.Tooltip("frequency:O"),
                alt.Tooltip("neurons:Q"),
                alt.Tooltip("strong:Q", title=f"of them over {threshold:.0%}"),
            ],
        )
        .properties(**size)
        .add_params(pick)
    )
    bins = alt.X(
        "fve:Q",
        bin=alt.Bin(step=0.05, extent=[0, 1]),
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(title="variance explained by one frequency", format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
    )
    histogram = alt.Chart().encode(x=bins, y=alt.Y("count():Q", axis=alt.Axis(title="neurons", tickCount=5)))
    every = histogram.mark_bar(color=theme.MUTED, opacity=0.35)
    chosen = (
        histogram.transform_filter(pick)
        .mark_bar()
        .encode(
            tooltip=[
                alt.Tooltip("count():Q", title="neurons"),
                alt.Tooltip("fve:Q", bin=alt.Bin(step=0.05, extent=[0, 1]), title="variance explained", format=".0%"),
            ]
        )
    )
    limit = alt.Chart(alt.InlineData(values=[{"at": threshold}])).mark_rule(style="guide").encode(x="at:Q")
    chart = alt.concat(bars, alt.layer(every, chosen, limit, **size), data=data, columns=1, spacing=18)
    strong = frame[frame["fve"] > threshold]
    counts = ", ".join(f"{n} at frequency {int(k)}" for k, n in strong["frequency"].value_counts().sort_index().items())
    text = (
        f"{len(strong)} of {len(frame)} neurons have more than {threshold:.0%} of their variance explained by one frequency: "
        f"{counts or 'none'}. A histogram shows the variance explained of all neurons."
    )
    return Figure(
        chart,
        text,
        caption or "Neurons by frequency. Click a bar to see its neurons in the histogram.",
        columns=2,
    )
