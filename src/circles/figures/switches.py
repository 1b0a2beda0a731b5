"""A net with switches: what it answers, its loss and its table of right answers when parts of it are off."""

import base64
from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.frames import FigureError, records, require
from circles.figures.living import Living, named
from circles.figures.mosaic import png

_RIGHT, _WRONG = (143, 193, 224, 255), (213, 94, 0, 255)
_DOT = 4


def switches(
    logits: pd.DataFrame, right: np.ndarray, *, pair: tuple[int, int], keys: tuple[int, ...], heads: int, loss: float,
    net: str, tables: Mapping[str, np.ndarray] | None = None,
) -> Living:  # fmt: skip
    """The logits of one pair and the table of right answers; a switch for each key frequency, head, and the rest.

    logits: c (0 to p - 1), logit, of the `pair` (a, b) with all on. `right` [p, p] tells of each (a, b) whether the whole
    net answers it, `loss` is its mean over all pairs (nats). `tables` are those of ``analysis.tabled``, left out where
    another figure of `net` has them. Raises FigureError when a column is missing or `right` has other pairs.
    """
    require(logits, "switches", "c", "logit")
    p = len(logits)
    if right.shape != (p, p):
        raise FigureError(f"switches: right has shape {right.shape}; expected ({p}, {p})")
    a, b = pair
    controls = [
        *(alt.param(name=n, value=v, bind=alt.BindInput(input="number", name=f"{n} ")) for n, v in (("a", a), ("b", b))),
        *(_switch(f"key{k}", f"frequency {k}") for k in keys),
        _switch("rest", "all else in the neurons"),
        *(_switch(f"head{h}", f"head {h}") for h in range(heads)),
    ]
    answer = (a + b) % p
    chart = alt.concat(_logits(logits, answer), _table(right, pair), columns=1, spacing=18).add_params(*controls)
    count = int(right.sum())
    text = (
        f"A trained net of addition modulo {p} with switches: for each key frequency ({', '.join(map(str, keys))}), for all "
        f"else that its neurons write, and for each of its {heads} heads. With all of them on its logits of {a} + {b} are "
        f"largest at {int(logits.loc[logits['logit'].idxmax(), 'c'])}, its loss over all pairs is {loss:.2g} nats, and "
        f"{count:,} of {p * p:,} pairs are right, a square with a dot for each."
    )
    words = (
        "Type a and b, and switch parts of the net off. Left: its logits, the answer dashed. Right: all pairs, orange where it is "
        "wrong. A frequency that is off is taken from what the neurons write; a head that is off says its mean over all pairs."
    )
    return Living(chart, text, words, columns=2, program="switches", net=net, tables=tables or {}, keys=tuple(keys))


def _switch(name: str, words: str) -> alt.Parameter:
    return alt.param(name=name, value=True, bind=alt.binding_checkbox(name=words))


def _logits(logits: pd.DataFrame, answer: int) -> alt.LayerChart:
    rows = records(logits, "c", "logit", digits=6).values
    x = alt.X("c:Q", axis=alt.Axis(title="c", tickCount=6), scale=alt.Scale(domain=[-1, len(logits)], nice=False))
    base = alt.Chart(named(rows, "logits")).encode(x=x)
    tip = [alt.Tooltip("c:Q"), alt.Tooltip("logit:Q", format=".4~g")]
    bars = base.mark_bar(width=1.6).encode(y=alt.Y("logit:Q", axis=alt.Axis(title="logit of c", tickCount=5)), tooltip=tip)
    top = base.transform_window(rank="rank()", sort=[alt.SortField("logit", order="descending")]).transform_filter("datum.rank == 1")
    point = top.mark_point(filled=True, size=60, color=theme.ACCENT, opacity=1).encode(y="logit:Q", tooltip=tip)
    name = top.mark_text(style="note", fontWeight=700, dy=-10).encode(y="logit:Q", text="c:Q")
    rule = alt.Chart(named([{"c": answer}], "answer")).mark_rule(style="guide").encode(x=x)
    return alt.layer(rule, bars, point, name, width=theme.NARROW, height=theme.NARROW, title=alt.Title("The logits of a + b"))


def _table(right: np.ndarray, pair: tuple[int, int]) -> alt.LayerChart:
    p, side = len(right), theme.NARROW
    big = np.kron(right[::-1].astype(bool), np.ones((_DOT, _DOT), dtype=bool))
    lines = [bytearray(np.where(row[:, None], _RIGHT, _WRONG).astype(np.uint8).tobytes()) for row in big]
    url = "data:image/png;base64," + base64.b64encode(png(lines, channels=4)).decode()
    scale = alt.Scale(domain=[0, p], nice=False)
    x = alt.X("x:Q", scale=scale, axis=alt.Axis(title="b", tickCount=5, grid=False))
    y = alt.Y("y:Q", scale=scale, axis=alt.Axis(title="a", tickCount=5, grid=False))
    image = (
        alt.Chart(named([{"url": url, "x": p / 2, "y": p / 2}], "table"))
        .mark_image(width=side, height=side, aspect=False)
        .encode(x=x, y=y, url="url:N")
    )
    ring = (
        alt.Chart(named([dict(zip("ab", pair, strict=True))], "pair"))
        .transform_calculate(x="datum.b + 0.5", y="datum.a + 0.5")
        .mark_point(size=90, strokeWidth=2.5, color="#1F2933", opacity=1)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("a:Q"), alt.Tooltip("b:Q")])
    )
    return alt.layer(image, ring, width=side, height=side, title=alt.Title("Which pairs are right"))
