"""Points on a surface in space that the reader turns, and what the decoder draws at the one in front."""

import math
from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.frames import FigureError, require, short
from circles.figures.living import Living, named
from circles.figures.plane import TEN

HIGHEST = {"sphere2": 90, "flat_torus": 180}  # degrees up to which a surface's second angle goes, and down
_SIDE = theme.NARROW + 40


def turning(
    frame: pd.DataFrame, picture: Sequence[float], *, name: str, space: str, at: tuple[int, int],
    net: str, tables: Mapping[str, np.ndarray], caption: str | None = None,
) -> Living:  # fmt: skip
    """Points on a surface, and the picture that the net `net` decodes at the point in front, or under the pointer.

    frame: x, y, z (on the surface as drawn), label. `space` is "sphere2" or "flat_torus", `name` says what that is. `at`:
    the two angles (degrees) of the point in front at first, `picture`: side * side values from 0 to 1 decoded there.
    `tables`: the decoder's weights, as ``decode0.weight``. Raises FigureError when a column is missing, the space is
    another, or the picture is not square.
    """
    require(frame, "turning", "x", "y", "z", "label")
    if space not in HIGHEST:
        raise FigureError(f"turning: space is {space!r}; expected one of {', '.join(HIGHEST)}")
    rows = [{"x": short(r.x, 3), "y": short(r.y, 3), "z": short(r.z, 3), "label": str(r.label)} for r in frame.itertuples()]
    high = HIGHEST[space]
    around = alt.param(name="around", value=at[0], bind=alt.binding_range(min=0, max=359, step=1, name="around, degrees "))
    up = alt.param(name="up", value=at[1], bind=alt.binding_range(min=-high, max=high, step=1, name="up, degrees "))
    chart = (
        alt.concat(_surface(rows, _front(space, at)), picture_panel("decoded", picture, "Decoded in the ring"), columns=1, spacing=20)
        .resolve_scale(color="independent")
        .add_params(around, up)
    )
    labels = ", ".join(sorted(frame["label"].astype(str).unique()))
    text = (
        f"{len(rows)} pictures at their places on {name}, each written as its class ({labels}). Two sliders turn the surface, and so does "
        f"dragging it. The picture that the decoder draws at the point in front, at first {at[0]} degrees around and {at[1]} up, stands beside it."
    )
    words = (
        f"Drag {name}, or move the sliders: the decoder draws the point in the ring. It draws under a pointer that rests on the "
        "surface, too; a tap brings a point to the front."
    )
    return Living(chart, text, caption or words, columns=2, program="turn", net=net, tables=tables, about={"space": space})


def picture_panel(data: str, picture: Sequence[float], title: str) -> alt.Chart:
    """A square picture in ink, as named data that a program makes anew. Raises FigureError when it is not square."""
    axis = alt.Scale(domain=[0, 1], nice=False)
    return (
        alt.Chart(named(cells(picture), data))
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X("x:Q", scale=axis, axis=None), x2="x2:Q", y=alt.Y("y:Q", scale=axis, axis=None), y2="y2:Q",
            color=alt.Color("ink:Q", scale=alt.Scale(domain=[0, 1]), legend=None),
        )
        .properties(width=theme.NARROW, height=theme.NARROW, title=alt.Title(title))
    )  # fmt: skip


def cells(picture: Sequence[float]) -> list[dict]:
    """The pixels of a square picture as rectangles of a unit square, its first row at the top."""
    side = math.isqrt(len(picture))
    if side * side != len(picture):
        raise FigureError(f"picture: {len(picture)} pixels; expected a square number")
    found = []
    for i, ink in enumerate(picture):
        x, y = (i % side) / side, 1 - (i // side) / side
        found.append({"x": x, "x2": x + 1 / side, "y": y, "y2": y - 1 / side, "ink": short(float(ink), 3)})
    return found


def _front(space: str, at: tuple[int, int]) -> dict:
    """The point with these angles, as the page's own program has it."""
    a, b = (math.radians(angle) for angle in at)
    far, tube = (math.cos(b), 1.0) if space == "sphere2" else (1 + 0.45 * math.cos(b), 0.45)
    return {"x": far * math.cos(a), "y": far * math.sin(a), "z": tube * math.sin(b)}


def _surface(rows: list[dict], front: dict) -> alt.LayerChart:
    reach = 1.05 * (1 if max(math.hypot(r["x"], r["y"], r["z"]) for r in rows) < 1.01 else 1.45)
    a, b = "around * PI / 180", "up * PI / 180"
    near = f"(datum.x * cos({a}) + datum.y * sin({a}))"
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    labels = sorted({r["label"] for r in rows})

    def seen(data: alt.InlineData) -> alt.Chart:
        return (
            alt.Chart(data)
            .transform_calculate(
                u=f"datum.y * cos({a}) - datum.x * sin({a})",
                v=f"datum.z * cos({b}) - {near} * sin({b})",
                depth=f"{near} * cos({b}) + datum.z * sin({b})",
            )
            .encode(x=alt.X("u:Q", scale=scale, axis=None), y=alt.Y("v:Q", scale=scale, axis=None))
        )

    text = (
        seen(named(rows, "points"))
        .mark_text(fontWeight=600)
        .encode(
            text="label:N",
            color=alt.Color("label:N", scale=alt.Scale(domain=labels, range=TEN), legend=None),
            opacity=alt.Opacity("depth:Q", scale=alt.Scale(domain=[-reach, reach], range=[0.06, 1]), legend=None),
            size=alt.Size("depth:Q", scale=alt.Scale(domain=[-reach, reach], range=[7, 13]), legend=None),
        )
    )
    ring = seen(named([front], "mark")).mark_point(size=190, strokeWidth=2, color=theme.ACCENT, filled=False, opacity=1)
    return alt.layer(text, ring, width=_SIDE, height=_SIDE)
