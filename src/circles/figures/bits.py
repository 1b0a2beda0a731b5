"""Bits against algorithm: what changes as the weights have fewer values."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import THOUSANDS, number
from circles.figures.frames import records, require, short
from circles.figures.show import Figure


def bits_against_algorithm(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """One panel a measure, bits of a weight along, a point a seed and a line through the medians.

    frame: bits, seed, panel (the title of the y axis), value. Raises FigureError when a column is missing.
    """
    require(frame, "bits_against_algorithm", "bits", "seed", "panel", "value")
    order = [short(b, 3) for b in sorted(frame["bits"].unique())]
    views, seen = [], []
    for panel, part in frame.groupby("panel", sort=False):
        base = alt.Chart(records(part, "bits", "seed", "value", digits=3)).encode(
            x=alt.X("bits:O", sort=order, axis=alt.Axis(title="bits a weight", labelAngle=0)),
        )
        y = alt.Y("value:Q", axis=alt.Axis(title=str(panel), tickCount=5, labelExpr=THOUSANDS))
        points = base.mark_point(filled=True, size=45, opacity=0.75).encode(
            y=y,
            tooltip=[alt.Tooltip("bits:O"), alt.Tooltip("seed:N"), alt.Tooltip("value:Q", format=".3g")],
        )
        medians = base.mark_line(strokeWidth=1.5, color=theme.MUTED).encode(y="median(value):Q")
        views.append(alt.layer(medians, points, width=theme.NARROW, height=180))
        found = part.groupby("bits")["value"].median().sort_index()
        seen.append(f"{panel}: " + ", ".join(f"{short(b, 3)} bits {number(v)}" for b, v in found.items()))
    return Figure(
        alt.concat(*views, columns=1, spacing=20),
        f"Measures against the bits of a weight, a point a seed. Medians: {'; '.join(seen)}.",
        caption or "Fewer values a weight, and what becomes of the algorithm.",
        columns=2,
    )
