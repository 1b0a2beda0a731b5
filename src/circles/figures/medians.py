"""Medians along a setting that grows by factors, with the spread between the quartiles."""

import altair as alt
import pandas as pd

from circles.figures.axes import log_scale, number
from circles.figures.frames import records, require
from circles.figures.show import Figure


def medians_over(
    frame: pd.DataFrame, *, over: str, title: str, y: str = "mean distance", caption: str | None = None
) -> Figure:
    """The median of each method along a setting, a band between the quartiles over the seeds, both axes logarithmic.

    frame: method, seed, test, panel (one chart each) and the setting's column. Raises FigureError when a column is
    missing.
    """
    require(frame, "medians_over", "method", "seed", "test", "panel", over)
    methods, views, seen = list(dict.fromkeys(frame["method"])), [], []
    color = alt.Color(
        "method:N",
        scale=alt.Scale(domain=methods),
        legend=alt.Legend(title=None, columns=1, symbolType="stroke", symbolStrokeWidth=3, symbolOpacity=1),
    )
    for panel, part in frame.groupby("panel", sort=False):
        spread = part.groupby(["method", over], sort=False)["test"]
        rows = spread.quantile([0.25, 0.5, 0.75]).unstack().set_axis(["low", "median", "high"], axis=1).reset_index()
        ticks = sorted(float(v) for v in rows[over].unique())
        base = alt.Chart(records(rows, "method", over, "low", "median", "high", digits=3)).encode(
            x=alt.X(
                f"{over}:Q",
                scale=alt.Scale(type="log", nice=False, domain=[ticks[0] / 1.15, ticks[-1] * 1.15]),
                axis=alt.Axis(title=title, values=ticks, format="~g", labelOverlap=True),
            ),
            color=color,
        )
        scale = log_scale([*rows["low"], *rows["high"]])
        at_y = alt.Axis(title=y, tickCount=5, format="~g")
        band = base.mark_area(opacity=0.18, line=False).encode(y=alt.Y("low:Q", scale=scale, axis=at_y), y2="high:Q")
        lines = base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=30)).encode(
            y=alt.Y("median:Q", scale=scale, axis=at_y),
            tooltip=[
                alt.Tooltip("method:N"),
                alt.Tooltip(f"{over}:Q", format="~g"),
                *(alt.Tooltip(f"{name}:Q", format=".3g") for name in ("median", "low", "high")),
            ],
        )
        views.append(alt.layer(band, lines, width=250, height=210, title=str(panel)))
        for end in (ticks[0], ticks[-1]):
            last = rows[rows[over] == end]
            words = ", ".join(f"{r.method} {number(r.median)}" for r in last.itertuples())
            seen.append(f"{panel}, at {end:g}: {words}")
    return Figure(
        alt.concat(*views, columns=1, spacing=18),
        f"The median {y} of each method against {title}, on logarithmic axes. {'; '.join(seen)}.",
        caption or f"The {y} against {title}: medians over the draws, and bands between the quartiles.",
        columns=2,
    )
