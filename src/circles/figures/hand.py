"""A clock hand that the reader turns, and its code in several latent spaces beside what each decoder makes of it."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.frames import FigureError, require, short
from circles.figures.living import Living, named
from circles.figures.turning import picture_panel


def clock_hand(
    codes: pd.DataFrame, pictures: Mapping[str, Sequence[float]], *, at: int, spaces: Mapping[str, str], net: str,
    tables: Mapping[str, np.ndarray],
) -> Living:  # fmt: skip
    """The hand, and for each net its code on the path of all codes, and what it decodes.

    codes: net, degrees (of the hand, from the top to the right), x, y; on a line x is the degrees. `pictures`: of "hand",
    and what each net makes of it, at the hand's first place `at` (degrees). `spaces`: each net's latent space
    ("sphere1", "euclidean1" or "euclidean2"), in order. `tables`: weights under names such as ``line/encode0.weight``.
    Raises FigureError when a column is missing or a net has no codes.
    """
    require(codes, "clock_hand", "net", "degrees", "x", "y")
    for name in spaces:
        if name not in set(codes["net"]):
            raise FigureError(f"clock_hand: {name} has no codes; expected some of each net")
    slider = alt.param(name="hand", value=at, bind=alt.binding_range(min=0, max=359, step=1, name="the hand, degrees "))
    views: list[alt.Chart | alt.ConcatChart] = [picture_panel("hand", pictures["hand"], "The hand")]
    for i, (name, space) in enumerate(spaces.items()):
        path = _path(codes[codes["net"] == name].sort_values("degrees"), name, i, at, space)
        views.append(alt.concat(path, picture_panel(f"decoded{i}", pictures[name], f"Decoded, {name}"), columns=1, spacing=10))
    chart = alt.concat(*views, columns=1, spacing=16).resolve_scale(color="independent").add_params(slider)
    text = (
        f"A clock hand that can be turned, and for each of {len(spaces)} nets ({', '.join(spaces)}) its code, a point on the path of the codes "
        f"of all hands, and the picture decoded from it. The hand stands at {at} degrees at first."
    )
    words = (
        "Drag the hand, or move the slider. The line joins the codes of neighbouring hands, closed after the last; the orange point is "
        "the code of the hand shown. Below each is what the decoder draws from it."
    )
    return Living(
        chart, text, words, columns=3, program="clock", net=net, tables=tables, about={"spaces": list(spaces.items())}
    )


def _path(part: pd.DataFrame, name: str, i: int, at: int, space: str) -> alt.LayerChart:
    line = space == "euclidean1"
    rows = [{"i": n, "x": short(r.x, 3), "y": short(r.y, 3)} for n, r in enumerate(part.itertuples())]
    if not line:
        rows.append({**rows[0], "i": len(rows)})  # a loop comes home
    edge = float(f"{1.15 * part[['x', 'y'][line:]].abs().to_numpy().max():.3g}")
    both = alt.Scale(domain=[-edge, edge], nice=False)
    across = alt.Scale(domain=[0, 360], nice=False) if line else both
    x = alt.X("x:Q", scale=across, axis=alt.Axis(title="the hand, degrees" if line else "z₁", tickCount=3, grid=False))
    y = alt.Y("y:Q", scale=both, axis=alt.Axis(title="z" if line else "z₂", tickCount=3, grid=False))
    path = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
    here = part.iloc[(part["degrees"] - at).abs().argmin()]
    now = alt.Chart(named([{"x": float(here["x"]), "y": float(here["y"])}], f"code{i}")).encode(x=x, y=y)
    return alt.layer(
        path.mark_line(strokeWidth=1, color=theme.MUTED, opacity=0.8, interpolate="linear").encode(order="i:Q"),
        path.mark_point(filled=True, size=9, color=theme.MUTED, opacity=0.9),
        now.mark_point(filled=True, size=110, color=theme.ACCENT, opacity=1),
        width=theme.NARROW, height=theme.NARROW, title=alt.Title(f"Code, {name}"),
    )  # fmt: skip
