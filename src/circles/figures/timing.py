"""Step time through training: the denormal trap."""

import altair as alt
import pandas as pd

from circles.figures.axes import epoch_axis, number
from circles.figures.frames import require, series
from circles.figures.show import Figure


def step_time(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Milliseconds a training step takes by epoch, with and without flushing of subnormal numbers.

    frame: epoch, milliseconds, flushing (bool). Raises FigureError when a column is missing.
    """
    require(frame, "step_time", "epoch", "milliseconds", "flushing")
    names = ["subnormals flushed to zero", "not flushed"]
    rows = frame.assign(setting=frame["flushing"].astype(bool).map({True: names[0], False: names[1]}))
    chart = (
        alt.Chart(series(rows, by=["setting"], over=["epoch", "milliseconds"]))
        .transform_flatten(["epoch", "milliseconds"])
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=36))
        .encode(
            x=alt.X("epoch:Q", axis=epoch_axis()),
            y=alt.Y(
                "milliseconds:Q",
                scale=alt.Scale(domainMin=0),
                axis=alt.Axis(title="time of a step (ms)", tickCount=5),
            ),
            color=alt.Color("setting:N", sort=names, scale=alt.Scale(domain=names), legend=alt.Legend(title=None)),
            tooltip=[
                alt.Tooltip("setting:N"),
                alt.Tooltip("epoch:Q", format=",d"),
                alt.Tooltip("milliseconds:Q", format=".3g"),
            ],
        )
        .properties(width="container", height=240)
    )
    ends = "; ".join(
        f"{name}: {number(part['milliseconds'].iloc[0])} to {number(part['milliseconds'].iloc[-1])} ms"
        for name, part in rows.sort_values("epoch").groupby("setting", sort=False)
    )
    text = f"Time of a training step by epoch. From the first to the last epoch, {ends}."
    return Figure(
        chart,
        text,
        caption or "The denormal trap: a confident net trains slower unless subnormals are flushed.",
    )
