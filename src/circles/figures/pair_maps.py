"""One unit over all pairs (a, b), and beside it the blocks of the two-dimensional Fourier basis that make it up."""

import base64
from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import FigureError, records, require
from circles.figures.mosaic import png
from circles.figures.show import Figure

_DOT, _STEPS = 3, 24  # pixels of a pair, shades of a picture
_INK = (0, 114, 178)


def pair_maps(maps: Mapping[str, np.ndarray], blocks: pd.DataFrame, *, caption: str) -> Figure:
    """A chosen unit over (a, b), pale where least, and a square for each of its Fourier blocks, as large as its share.

    maps: [p, p] of each unit's name, row a. blocks: unit, frequency_a, frequency_b, share (0 to 1). Raises FigureError when
    a column is missing or a unit has no map.
    """
    require(blocks, "pair_maps", "unit", "frequency_a", "frequency_b", "share")
    names = list(maps)
    if strange := sorted(set(blocks["unit"]) - set(names)):
        raise FigureError(f"pair_maps: {strange[0]} has blocks and no map; expected one of {', '.join(names)}")
    p = len(maps[names[0]])
    shown = alt.param(name="unit", value=names[0], bind=alt.binding_radio(options=names, name="unit: "))
    chart = alt.concat(_map(maps, p), _blocks(blocks, p), columns=1, spacing=18).add_params(shown)
    seen = "; ".join(f"{name}: {_largest(blocks[blocks['unit'] == name])}" for name in names)
    text = (
        f"A trained net's heads (attention to a) and neurons as functions of both numbers, one at a time: a square of {p} by {p} pairs, "
        f"and the shares of its variance by frequency of a and frequency of b. The largest are, {seen}."
    )
    return Figure(chart, text, caption, columns=2)


def _largest(blocks: pd.DataFrame) -> str:
    top = blocks.nlargest(2, "share")
    return ", ".join(f"{number(r.share)} at ({r.frequency_a}, {r.frequency_b})" for r in top.itertuples())


def _map(maps: Mapping[str, np.ndarray], p: int) -> alt.LayerChart:
    rows = [{"unit": name, "url": _picture(x), "x": p / 2, "y": p / 2} for name, x in maps.items()]
    side = theme.NARROW
    scale = alt.Scale(domain=[0, p], nice=False)
    image = (
        alt.Chart(alt.InlineData(values=rows))
        .transform_filter("datum.unit == unit")
        .mark_image(width=side, height=side, aspect=False)
        .encode(
            x=alt.X("x:Q", scale=scale, axis=alt.Axis(title="b", tickCount=5, grid=False)),
            y=alt.Y("y:Q", scale=scale, axis=alt.Axis(title="a", tickCount=5, grid=False)),
            url="url:N",
        )
    )
    title = alt.Title(alt.ExprRef("unit + ' over all pairs'"))
    return alt.layer(image, width=side, height=side, title=title)


def _picture(values: np.ndarray) -> str:
    """A picture whose ink is as strong as the value: it stands on a light ground and on a dark one."""
    low, high = float(values.min()), float(values.max())
    shade = np.rint((values[::-1] - low) / ((high - low) or 1.0) * _STEPS) / _STEPS
    opacity = np.kron(np.rint(255 * shade), np.ones((_DOT, _DOT))).astype(np.uint8)
    pixels = np.concatenate([np.broadcast_to(np.array(_INK, np.uint8), (*opacity.shape, 3)), opacity[..., None]], -1)
    return "data:image/png;base64," + base64.b64encode(png([bytearray(row.tobytes()) for row in pixels], channels=4)).decode()


def _blocks(blocks: pd.DataFrame, p: int) -> alt.LayerChart:
    scale = alt.Scale(domain=[-2, p // 2 + 2], nice=False)
    base = (
        alt.Chart(records(blocks, "unit", "frequency_a", "frequency_b", "share", digits=3))
        .transform_filter("datum.unit == unit")
        .encode(
            x=alt.X("frequency_b:Q", scale=scale, axis=alt.Axis(title="frequency of b", tickCount=6, grid=True)),
            y=alt.Y("frequency_a:Q", scale=scale, axis=alt.Axis(title="frequency of a", tickCount=6, grid=True)),
        )
    )
    squares = base.mark_square(opacity=0.9).encode(
        size=alt.Size("share:Q", scale=alt.Scale(domain=[0, 1], range=[0, 900]), legend=None),
        tooltip=[
            alt.Tooltip("frequency_a:Q", title="frequency of a"),
            alt.Tooltip("frequency_b:Q", title="frequency of b"),
            alt.Tooltip("share:Q", title="of the variance", format=".1%"),
        ],
    )
    words = base.transform_filter("datum.share > 0.03").transform_calculate(text="format(datum.share, '.0%')")
    label = words.mark_text(style="note", dy=-16, fontSize=10).encode(text="text:N")
    return alt.layer(squares, label, width=theme.NARROW, height=theme.NARROW, title=alt.Title("Its variance by frequency"))
