"""Points on a surface in space that the reader turns, and the picture that the decoder draws at each."""

import math

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import FigureError, require, short
from circles.figures.plane import TEN
from circles.figures.show import Figure


def turning(frame: pd.DataFrame, *, name: str, caption: str | None = None) -> Figure:
    """Two sliders turn the surface; a point under the pointer shows its picture beside it.

    frame: x, y, z (on the surface as drawn), label, picture (side * side values from 0 to 1). `name` says what the
    surface is. Raises FigureError when a column is missing or the pictures are not square.
    """
    require(frame, "turning", "x", "y", "z", "label", "picture")
    pixels = len(frame["picture"].iloc[0])
    side = math.isqrt(pixels)
    if side * side != pixels:
        raise FigureError(f"turning: a picture of {pixels} pixels; expected a square number")
    rows = [
        {
            "i": i,
            "x": short(r.x, 3),
            "y": short(r.y, 3),
            "z": short(r.z, 3),
            "label": str(r.label),
            "p": _hex(r.picture),
        }
        for i, r in enumerate(frame.itertuples())
    ]
    data = alt.InlineData(values=rows)
    around = alt.param(name="around", value=30, bind=alt.binding_range(min=0, max=360, step=2, name="turn → "))
    tilt = alt.param(name="tilt", value=25, bind=alt.binding_range(min=-90, max=90, step=2, name="tilt → "))
    under = alt.selection_point(
        name="under", on="pointerover", nearest=True, fields=["i"], empty=False, value=[{"i": 0}]
    )
    chart = (
        alt.concat(_surface(data, rows, under), _picture(data, side, under), columns=1, spacing=20)
        .resolve_scale(color="independent")
        .add_params(around, tilt)
    )
    labels = ", ".join(sorted(frame["label"].astype(str).unique()))
    return Figure(
        chart,
        f"{len(rows)} pictures at their places on {name}, each written as its class ({labels}). Two sliders turn the "
        f"surface, and the picture decoded at the point under the pointer is drawn beside it.",
        caption or f"Turn {name} with the sliders; touch a point to see what the decoder draws there.",
        columns=2,
    )


def _surface(data: alt.InlineData, rows: list[dict], under: alt.Parameter) -> alt.LayerChart:
    reach = 1.05 * max(math.hypot(r["x"], r["y"], r["z"]) for r in rows)
    a, b = "around * PI / 180", "tilt * PI / 180"
    near = f"(datum.x * cos({a}) + datum.y * sin({a}))"
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    labels = sorted({r["label"] for r in rows})
    base = (
        alt.Chart(data)
        .transform_calculate(
            u=f"datum.y * cos({a}) - datum.x * sin({a})",
            v=f"datum.z * cos({b}) - {near} * sin({b})",
            depth=f"{near} * cos({b}) + datum.z * sin({b})",
        )
        .encode(x=alt.X("u:Q", scale=scale, axis=None), y=alt.Y("v:Q", scale=scale, axis=None))
    )
    text = base.mark_text(fontWeight=600).encode(
        text="label:N",
        color=alt.Color("label:N", scale=alt.Scale(domain=labels, range=TEN), legend=None),
        opacity=alt.Opacity("depth:Q", scale=alt.Scale(domain=[-reach, reach], range=[0.06, 1]), legend=None),
        size=alt.Size("depth:Q", scale=alt.Scale(domain=[-reach, reach], range=[7, 13]), legend=None),
    )
    points = base.mark_point(size=90, opacity=0).encode(tooltip=alt.Tooltip("label:N", title="class")).add_params(under)
    ring = base.transform_filter(under).mark_point(size=190, strokeWidth=2, color=theme.ACCENT, filled=False)
    return alt.layer(text, points, ring, width=theme.NARROW + 40, height=theme.NARROW + 40)


def _picture(data: alt.InlineData, side: int, under: alt.Parameter) -> alt.Chart:
    axis = alt.Scale(domain=[0, side], nice=False)
    cell, digit = (
        f"sequence({side * side})",
        "indexof('0123456789abcdef', substring(datum.p, datum.c, datum.c + 1)) / 15",
    )
    return (
        alt.Chart(data)
        .transform_filter(under)
        .transform_calculate(c=cell)
        .transform_flatten(["c"])
        .transform_calculate(
            ink=digit,
            x=f"datum.c % {side}",
            x2=f"datum.c % {side} + 1",
            y=f"{side} - floor(datum.c / {side})",
            y2=f"{side} - floor(datum.c / {side}) - 1",
        )
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X("x:Q", scale=axis, axis=None),
            x2="x2:Q",
            y=alt.Y("y:Q", scale=axis, axis=None),
            y2="y2:Q",
            color=alt.Color("ink:Q", scale=alt.Scale(domain=[0, 1]), legend=None),
        )
        .properties(width=150, height=150, title=alt.Title("Decoded at the marked point"))
    )


def _hex(picture) -> str:
    return "".join("0123456789abcdef"[round(15 * min(max(float(v), 0.0), 1.0))] for v in picture)
