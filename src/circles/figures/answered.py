"""What a net answers, in two panels that a page can make anew: the logits of one pair, and which pairs are right."""

import base64

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records
from circles.figures.living import named
from circles.figures.mosaic import png

_RIGHT, _WRONG = (143, 193, 224, 255), (213, 94, 0, 255)
_ACROSS = 450  # pixels of the table at least, whatever the number of pairs


def logit_bars(
    logits: pd.DataFrame, answer: int, *, of: str = "", width: int = theme.NARROW, title: str = "The logits of a + b"
) -> alt.LayerChart:
    """A bar for each logit, the largest named, the right answer dashed. logits: c, logit.

    Its data are "logits" and "answer", with what tells this net from others, `of`, at the end.
    """
    rows = records(logits, "c", "logit", digits=6).values
    x = alt.X("c:Q", axis=alt.Axis(title="c", tickCount=6), scale=alt.Scale(domain=[-1, len(logits)], nice=False))
    base = alt.Chart(named(rows, f"logits{of}")).encode(x=x)
    tip = [alt.Tooltip("c:Q"), alt.Tooltip("logit:Q", format=".4~g")]
    bars = base.mark_bar(width=1.6).encode(y=alt.Y("logit:Q", axis=alt.Axis(title="logit of c", tickCount=5)), tooltip=tip)
    top = base.transform_window(rank="rank()", sort=[alt.SortField("logit", order="descending")]).transform_filter("datum.rank == 1")
    point = top.mark_point(filled=True, size=60, color=theme.ACCENT, opacity=1).encode(y="logit:Q", tooltip=tip)
    name = top.mark_text(style="note", fontWeight=700, dy=-10).encode(y="logit:Q", text="c:Q")
    rule = alt.Chart(named([{"c": answer}], f"answer{of}")).mark_rule(style="guide").encode(x=x)
    return alt.layer(rule, bars, point, name, width=width, height=width, title=alt.Title(title))


def right_table(
    right: np.ndarray, pair: tuple[int, int], *, known: np.ndarray | None = None, of: str = "", side: int = theme.NARROW,
    title: str = "Which pairs are right",
) -> alt.LayerChart:  # fmt: skip
    """The table of all pairs, wrong ones in orange, those that are `known` smaller, and a ring at `pair`.

    right: [p, p] by (a, b), and `known` too. Its data are "table" and "pair", with `of` at the end.
    """
    p = len(right)
    url = _picture(right.astype(bool), np.zeros((p, p), dtype=bool) if known is None else known.astype(bool))
    scale = alt.Scale(domain=[0, p], nice=False)
    x = alt.X("x:Q", scale=scale, axis=alt.Axis(title="b", tickCount=5, grid=False))
    y = alt.Y("y:Q", scale=scale, axis=alt.Axis(title="a", tickCount=5, grid=False))
    image = (
        alt.Chart(named([{"url": url, "x": p / 2, "y": p / 2}], f"table{of}"))
        .mark_image(width=side, height=side, aspect=False)
        .encode(x=x, y=y, url="url:N")
    )
    ring = (
        alt.Chart(named([dict(zip("ab", pair, strict=True))], f"pair{of}"))
        .transform_calculate(x="datum.b + 0.5", y="datum.a + 0.5")
        .mark_point(size=90, strokeWidth=2.5, color="#1F2933", opacity=1)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("a:Q"), alt.Tooltip("b:Q")])
    )
    return alt.layer(image, ring, width=side, height=side, title=alt.Title(title))


def _picture(right: np.ndarray, known: np.ndarray) -> str:
    """The address of the table's picture, as ``picture`` of living.js paints it."""
    dot = -(-_ACROSS // len(right))
    edge = round(dot / 4)
    inner = np.zeros((dot, dot), dtype=bool)
    inner[edge : dot - edge, edge : dot - edge] = True
    colours = np.where(np.kron(right, np.ones((dot, dot), dtype=bool))[..., None], _RIGHT, _WRONG)
    colours[~(np.kron(~known, np.ones((dot, dot), dtype=bool)) | np.kron(known, inner))] = 0
    lines = [bytearray(row.astype(np.uint8).tobytes()) for row in np.flipud(colours.reshape(len(right), dot, -1, 4)).reshape(colours.shape)]
    return "data:image/png;base64," + base64.b64encode(png(lines, channels=4)).decode()
