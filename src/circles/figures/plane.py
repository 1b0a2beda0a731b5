"""Points in a plane: where things lie, by kind or written as what they are, with lines to hold them against."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import order, panels, records, require
from circles.figures.quantity import Quantity
from circles.figures.show import Figure

# Tableau's ten colours with their order changed so that neighbours differ in lightness; each point is a digit as well,
# so colour is never the only sign.
TEN = ["#4E79A7", "#F28E2B", "#59A14F", "#E15759", "#B07AA1", "#76B7B2", "#B6992D", "#FF9DA7", "#9C755F", "#8A929C"]
SHAPES = ["circle", "triangle-up", "diamond", "square", "cross"]


def plane(
    frame: pd.DataFrame, *, x: str, y: str, across: Quantity, up: Quantity, kind: str, title: str | None = None,
    panel: str | None = None, written: bool = False, name: str | None = None, slopes: tuple[tuple[float, str], ...] = (),
    bare: bool = False, square: int | None = None, tips: tuple[str, ...] = (), columns: int = 2, text: str, caption: str,
) -> Figure:  # fmt: skip
    """A point a row at (x, y), a colour and a shape for each `kind`, a view for each of `panel`.

    `written` writes each point as its kind, in ten colours; `name` is a column of words above some points (others
    empty); `slopes` are lines through the origin with a style; `bare` axes have no numbers; a view's axes without a
    span reach from zero to its own largest where there are slopes. `tips` are what a pointer reads besides. Raises
    FigureError when a column is missing.
    """
    require(frame, "plane", x, y, kind, *tips, *(n for n in (panel, name) if n))
    kinds = sorted(order(frame[kind]), key=str) if written else order(frame[kind])
    parts, views = panels(frame, panel), []
    quiet = {"labels": False, "ticks": False} if bare else {}
    legend = None if written else alt.Legend(title=title, columns=1 if max(len(str(k)) for k in kinds) > 16 else 3)
    shades = {"range": TEN} if written else {}
    for words, part in parts:
        xq, yq = (_own(q, part, x, y) if slopes else q for q in (across, up))
        data = records(part.assign(**{kind: part[kind].astype(str)}), *dict.fromkeys([x, y, kind, *tips, *([name] if name else [])]), digits=3)
        along, high = xq.x(x, part[x], **quiet, grid=False), yq.y(y, part[y], **quiet, grid=False)
        colour = alt.Color(f"{kind}:N", scale=alt.Scale(domain=[str(k) for k in kinds], **shades), legend=legend)
        base = alt.Chart(data).encode(x=along, y=high, color=colour)
        read = [alt.Tooltip(f"{kind}:N"), xq.tip(x), yq.tip(y), *(alt.Tooltip(f"{t}:N") for t in tips)]
        if written:
            points = base.mark_text(fontSize=9, fontWeight=600).encode(text=f"{kind}:N")
        else:
            given = [SHAPES[i % len(SHAPES)] for i in range(len(kinds))]
            shape = alt.Shape(f"{kind}:N", scale=alt.Scale(domain=[str(k) for k in kinds], range=given), legend=legend)
            points = base.mark_point(filled=True, size=38, opacity=0.75).encode(shape=shape, tooltip=read)
        layers = [_slope(s, style, part, x, y, along, high, xq) for s, style in slopes]
        layers.append(points)
        if name:
            layers.append(alt.Chart(data).mark_text(style="note", fontWeight=700, dy=-9).encode(x=along, y=high, text=f"{name}:N"))
        side = square or theme.NARROW
        size = {"width": "container", "height": 300} if len(parts) == 1 else {"width": side, "height": side}
        head = {"title": alt.Title(words, fontSize=13 if columns < 3 else 12)} if words else {}
        views.append(alt.layer(*layers, **size, **head))
    chart = views[0] if len(views) == 1 else alt.concat(*views, columns=1, spacing=18)
    return Figure(chart, text, caption, columns=1 if len(views) == 1 else columns)


def _own(quantity: Quantity, part: pd.DataFrame, x: str, y: str) -> Quantity:
    if quantity.log or quantity.span:
        return quantity
    top = 1.12 * float(part[[x, y]].max().max())
    return Quantity(quantity.title, span=(0.0, top), ticks=4)


def _slope(slope: float, style: str, part: pd.DataFrame, x: str, y: str, along: alt.X, high: alt.Y, xq: Quantity) -> alt.Chart:
    low, end = (float(part[x].min()), float(part[x].max())) if xq.log else xq.span
    ends = [(v, slope * v) for v in (low, end if xq.log else end / max(slope, 1))]
    data = alt.InlineData(values=[{x: round(a, 5), y: round(b, 5)} for a, b in ends])
    return alt.Chart(data).mark_line(style=style).encode(x=along, y=high)
