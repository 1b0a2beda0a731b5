"""Rows: what is compared by name, a dot a seed, a colour and a shape a kind; or a bar; or a box."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import nameless_rows, names_above, number
from circles.figures.frames import order, panels, records, require
from circles.figures.quantity import Quantity
from circles.figures.show import Figure

PAPER = "paper"  # a kind of this name is a diamond
RANGE = "M-1,-.25H1V.25H-1ZM-.12,-.6H.12V.6H-.12Z"  # in a legend: a bar with a tick, as ranges are drawn


def rows(
    frame: pd.DataFrame, *, value: str = "value", x: Quantity, row: str = "row", by: str | None = None,
    panel: str | None = None, rule: tuple[float, str] | None = None, boxes: bool = False, above: bool = True,
    sort: bool = False, ranges: tuple[str, ...] = (), colours: tuple[str, ...] = (), caption: str,
) -> Figure:  # fmt: skip
    """A row a name, a dot a seed, a colour and a shape for each of `by`, a view for each of `panel`.

    Of the kinds named in `ranges` a bar from the least to the greatest value is drawn, with a tick at the median;
    `colours` are kinds in the order of the palette, whether they are there or not.

    `rule` is a value that all are held against, and what it means. `boxes` lays a box over the dots; `sort` puts the
    least median on top; `above` writes names over their rows, for which a phone has more room, else beside them.
    frame: row, seed, value and the columns named. Raises FigureError when a column is missing.
    """
    require(frame, "rows", row, "seed", value, *(n for n in (by, panel) if n))
    parts = panels(frame, panel)
    kinds = order(frame[by]) if by else []
    look = (kinds, ranges, colours or tuple(kinds))
    views = []
    for name, part in parts:
        medians = part.groupby(row, sort=False)[value].median()
        names = list(medians.sort_values().index) if sort else list(medians.index)
        height = (46 if above else 26) * len(names) + (0 if above else 20)
        against = _rule(rule, x, frame[value], height, row, names if above else [])
        layers = [*against, *_dots(part, value, x, frame[value], row, names, by, look, boxes, above)]
        size = {"width": "container"} if len(parts) == 1 else {"width": theme.NARROW - 30}
        title = {"title": alt.Title(name)} if name else {}
        views.append(alt.layer(*layers, height=height, **size, **title))
    chart = views[0] if len(views) == 1 else alt.concat(*views, columns=1, spacing=18)
    keys = [k for k in (panel, row, by) if k]
    middle = frame.dropna(subset=[value]).groupby(keys, sort=False)[value].median()
    seen = "; ".join(f"{_named(keys)} {x.words(v)}" for keys, v in middle.items())
    kind = "Boxes and dots" if boxes else "Dots"
    text = f"{kind} of the {x.title}{' on a logarithmic scale' if x.log else ''}. Medians over seeds: {seen}."
    if rule:
        text += f" A rule at {number(rule[0])}: {rule[1]}."
    return Figure(chart, text, caption, columns=1 if len(views) == 1 else 2, margin=70 if above else 130)


def _named(keys) -> str:
    return ", ".join(map(str, keys)) if isinstance(keys, tuple) else str(keys)


def _place(row: str, names: list[str], above: bool) -> alt.Y:
    if above:
        return nameless_rows(row, names)
    axis = alt.Axis(title=None, labelLimit=170, grid=True, ticks=False, domain=False)
    return alt.Y(f"{row}:N", sort=names, axis=axis)


def _dots(part, value, x, values, row, names, by, look, boxes, above) -> list[alt.Chart]:
    place, along, (kinds, ranges, colours) = _place(row, names, above), x.x(value, values, grid=False), look
    single = part[~part[by].isin(ranges)] if ranges else part
    base = alt.Chart(records(single.dropna(subset=[value]), row, "seed", value, *([by] if by else []))).encode(x=along, y=place)
    if by:
        legend = alt.Legend(title=None, columns=1 if max(map(len, map(str, kinds))) > 16 else 2)
        legend.values = kinds
        base = base.encode(color=alt.Color(f"{by}:N", scale=alt.Scale(domain=list(colours)), legend=legend))
    tips = [alt.Tooltip(f"{row}:N"), *([alt.Tooltip(f"{by}:N")] if by else []), alt.Tooltip("seed:N"), x.tip(value)]
    layers = [base.mark_boxplot(size=12, outliers=False, opacity=0.45, extent="min-max")] if boxes else []
    for i, kind in enumerate(ranges):
        found = part[part[by] == kind].groupby([row, by], sort=False)[value].agg(low="min", middle="median", high="max")
        spread = alt.Chart(records(found.reset_index(), row, by, "low", "middle", "high", digits=3)).encode(
            y=place, color=base.encoding.color
        )
        beside = 6 * (i - (len(ranges) - 1) / 2)
        layers.append(spread.mark_rule(strokeWidth=5, opacity=0.45, yOffset=beside).encode(x=x.x("low", values, grid=False), x2="high:Q"))
        layers.append(spread.mark_tick(thickness=2, size=11, yOffset=beside).encode(x=x.x("middle", values, grid=False)))
    dots = base.mark_point(filled=True, size=22 if boxes else 70, opacity=0.8).encode(tooltip=tips)
    if by and not boxes:
        shapes = ["circle", "square", "triangle-up", "cross", "triangle-down", "stroke", "triangle-right"]
        own = {PAPER: "diamond", **dict.fromkeys(ranges, RANGE)}
        given = [own.get(kind, shapes[i % len(shapes)]) for i, kind in enumerate(colours)]
        dots = dots.encode(shape=alt.Shape(f"{by}:N", scale=alt.Scale(domain=list(colours), range=given), legend=legend))
    layers.append(dots)
    return [*layers, names_above(names, row, place, dy=-15)] if above else layers


def _rule(rule: tuple[float, str] | None, x: Quantity, values, height: int, row: str, written: list[str]) -> list[alt.Chart]:
    """The value that all are held against, and its words; it does not run through the names `written` above rows."""
    if rule is None:
        return []
    mark = alt.Chart(alt.InlineData(values=[{"value": rule[0], "means": rule[1]}]))
    along = x.x("value", [*values, rule[0]], grid=False)
    note = mark.mark_text(style="note", align="left", baseline="bottom", dx=5)
    line = mark.mark_rule(style="guide").encode(x=along)
    if written:
        pieces = alt.Chart(alt.InlineData(values=[{"value": rule[0], row: name} for name in written]))
        line = pieces.mark_rule(style="guide", yOffset=-8, y2Offset=20).encode(x=along, y=nameless_rows(row, written), y2=f"{row}:N")
    return [line, note.encode(x=along, y=alt.value(height - 3), text="means:N")]


def signed_bars(frame: pd.DataFrame, *, value: str, x: Quantity, row: str, small: float, caption: str) -> Figure:
    """A bar a row from zero, to the right or to the left, its value at its end; those within `small` of zero are grey.

    Raises FigureError when a column is missing.
    """
    require(frame, "signed_bars", row, value)
    labels = [x.words(round(v, 2)) if abs(v) > small else "0" for v in frame[value]]
    base = alt.Chart(records(frame.assign(label=labels), row, value, "label")).encode(
        y=alt.Y(f"{row}:N", sort=order(frame[row]), axis=alt.Axis(title=None, ticks=False, domain=False)),
        x=x.x(value, frame[value]),
    )
    big = alt.condition(f"abs(datum.{value}) > {small}", alt.value(theme.ACCENT), alt.value(theme.MUTED))
    layers = [base.mark_bar(height=14).encode(color=big)]
    for align, test in (("left", ">="), ("right", "<")):
        end = base.transform_filter(f"datum.{value} {test} {-small}")
        layers.append(end.mark_text(align=align, dx=5 if align == "left" else -5, style="note").encode(text="label:N"))
    seen = "; ".join(f"{r[row]}: {r[value]:+.3f}" for _, r in frame.iterrows())
    chart = alt.layer(*layers).properties(width="container", height=26 * len(frame))
    return Figure(chart, f"Bars of the {x.title}. {seen}.", caption, margin=130)
