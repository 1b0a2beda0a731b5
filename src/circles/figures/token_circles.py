"""A net's numbers in the planes of its key frequencies: the circles."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import FigureError, records, require
from circles.figures.show import Figure

MOST = 6


def token_circles(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """The numbers along the cosine and the sine of each frequency, a panel each, every few of them named.

    frame: frequency, token, x, y; at most 6 frequencies. Raises FigureError when a column is missing or there are more.
    """
    require(frame, "token_circles", "frequency", "token", "x", "y")
    ks = list(dict.fromkeys(int(k) for k in frame["frequency"]))
    if len(ks) > MOST:
        raise FigureError(f"token_circles: {len(ks)} frequencies; expected at most {MOST}")
    tokens = frame["token"].nunique()
    every = max(1, tokens // 12)
    panels = []
    for k in ks:
        part = frame[frame["frequency"] == k]
        edge = 1.2 * float(part[["x", "y"]].abs().to_numpy().max()) or 1.0
        scale = alt.Scale(domain=[-edge, edge], nice=False)
        base = alt.Chart(records(part, "token", "x", "y", digits=3)).encode(
            x=alt.X("x:Q", scale=scale, axis=alt.Axis(title=f"along cos, k = {k}", tickCount=3, grid=False)),
            y=alt.Y("y:Q", scale=scale, axis=alt.Axis(title="along sin", tickCount=3, grid=False)),
        )
        dots = base.mark_point(filled=True, size=26, opacity=0.9).encode(
            tooltip=[alt.Tooltip("token:Q", title="number")]
        )
        names = (
            base.transform_filter(f"datum.token % {every} == 0")
            .mark_text(style="note", dy=-8)
            .encode(text="token:Q")
        )
        panels.append(alt.layer(dots, names, width=theme.NARROW * 3 // 4, height=theme.NARROW * 3 // 4))
    radius = (frame["x"] ** 2 + frame["y"] ** 2) ** 0.5
    round_ = radius.groupby(frame["frequency"], sort=False).agg(["mean", "std"])
    seen = "; ".join(f"k = {int(k)}: mean radius {number(r['mean'])}, spread {number(r['std'])}" for k, r in round_.iterrows())
    return Figure(
        alt.concat(*panels, columns=1, spacing=18),
        f"{tokens} numbers in the plane of the cosine and sine of each key frequency. {seen}.",
        caption or "The numbers in the embedding, in the plane of each key frequency; some are named.",
        columns=2,
    )
