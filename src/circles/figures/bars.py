"""Spectra as bars: one a component, the telling ones in colour and named; and histograms."""

import textwrap
from dataclasses import replace

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import order, panels, records, require
from circles.figures.quantity import Quantity
from circles.figures.show import Figure

TITLE = 34  # letters of a panel's title in a line
APART = 0.08  # of a panel's width and of its height: nearer names would be written over one another


def bars(
    frame: pd.DataFrame, *, over: str, x: Quantity, value: str, y: Quantity, bright: str, name: str,
    panel: str | None = None, kind: str | None = None, stems: bool = False, rule: tuple[float, str] | None = None,
    what: str, caption: str,
) -> Figure:  # fmt: skip
    """A bar for each of `over`, those that are `bright` (bool) in full colour with the number in `name` above them.

    Of bright bars whose names have no room beside each other, the highest has its own; the description has all.

    `kind`, a few names, puts that many bars beside each other, a colour each; `stems` draws stems with dots; `rule` is
    a height and what it means; `what` says of what the bars are. A view for each of `panel`, all of one height. Raises
    FigureError when a column is missing.
    """
    require(frame, "bars", over, value, bright, name, *(n for n in (panel, kind) if n))
    kinds = order(frame[kind]) if kind else []
    left = frame[over] + 0.92 * (frame[kind].map(kinds.index) / len(kinds) - 0.5) if kind else frame[over]
    rows = frame.assign(left=left, right=left + 0.92 / max(1, len(kinds)))
    ends = [*frame[value], *([rule[0]] if rule else [])]
    height = replace(y, span=(min(0.0, 1.12 * min(ends)), float(f"{1.12 * max(ends):.3g}")))
    parts, views = panels(rows, panel), []
    for title, part in parts:
        own = [over, value, bright, name, "left", "right", "named", *([kind] if kind else [])]
        wide, high = frame[over].max() - frame[over].min(), height.span[1] - height.span[0]
        part = part.assign(named=part[over].isin(_apart(part[part[bright].astype(bool)], over, value, wide, high)))
        base = alt.Chart(records(part, *dict.fromkeys(own)))
        tips = [x.tip(over), *([alt.Tooltip(f"{kind}:N")] if kind else []), y.tip(value)]
        tips += [alt.Tooltip(f"{name}:Q", format=".4~g")] if name != over else []
        up = height.y(value, ends)
        if kind:
            colour = alt.Color(f"{kind}:N", scale=alt.Scale(domain=kinds), legend=alt.Legend(title=None))
            mark = base.mark_bar().encode(x=x.x("left", frame[over]), x2="right:Q", y=up, y2=alt.datum(0), color=colour)
            faint = alt.condition(f"datum.{bright}", alt.value(1), alt.value(0.4 if frame[bright].any() else 1))
            layers = [mark.encode(opacity=faint, tooltip=tips)]
        else:
            shade = alt.condition(f"datum.{bright}", alt.value(theme.ACCENT), alt.value(theme.MUTED))
            thin = base.mark_rule(strokeWidth=2) if stems else base.mark_bar(width=2)
            layers = [thin.encode(x=x.x(over, frame[over]), y=up, y2=alt.datum(0), color=shade, tooltip=tips)]
            if stems:
                dots = base.mark_point(filled=True, size=50, opacity=1)
                layers.append(dots.encode(x=x.x(over, frame[over]), y=up, color=shade, tooltip=tips))
        named = base.transform_filter("datum.named").transform_aggregate(top=f"max({value})", groupby=[over, name])
        named = named.transform_calculate(word=f"format(datum.{name}, '.3~g')")
        text = named.mark_text(dy=-8, style="note", fontWeight=600)
        layers.append(text.encode(x=x.x(over, frame[over]), y=height.y("top", ends), text="word:N"))
        size = {"width": "container", "height": 240} if len(parts) == 1 else {"width": theme.NARROW, "height": 160}
        layers += _rule(rule, frame[over], height, ends)
        views.append(alt.layer(*layers, **size, **({"title": alt.Title(title)} if title else {})))
    chart = views[0] if len(views) == 1 else alt.concat(*views, columns=1, spacing=18)
    words = "; ".join(_largest(part, value, bright, name, title, y) for title, part in parts)
    text = f"Bars of the {y.title} of {what}. {words}." + (f" A rule at {number(rule[0])}: {rule[1]}." if rule else "")
    return Figure(chart, text, caption, columns=1 if len(views) == 1 else 2)


def _apart(bright: pd.DataFrame, over: str, value: str, wide: float, high: float) -> list[float]:
    """The places of bright bars whose names have room, higher ones first."""
    kept: list[tuple[float, float]] = []
    for place, top in bright.groupby(over)[value].max().sort_values(ascending=False).items():
        if all(abs(place - x) > APART * wide or abs(top - y) > APART * high for x, y in kept):
            kept.append((place, top))
    return [place for place, _ in kept]


def _rule(rule: tuple[float, str] | None, along: pd.Series, y: Quantity, ends: list[float]) -> list[alt.Chart]:
    if rule is None:
        return []
    middle = (along.min() + along.max()) / 2
    mark = alt.Chart(alt.InlineData(values=[{"at": rule[0], "x": middle, "name": rule[1]}]))
    line, note = mark.mark_rule(style="guide"), mark.mark_text(style="quiet", dy=-7)
    return [line.encode(y=y.y("at", ends)), note.encode(x="x:Q", y=y.y("at", ends), text="name:N")]


def _largest(part: pd.DataFrame, value: str, bright: str, name: str, title: str, y: Quantity) -> str:
    """The bright bars by name, the largest first; where none is, the six largest."""
    rows = part[part[bright].astype(bool)]
    rows = rows if len(rows) else part.nlargest(6, value)
    top = rows.groupby(name)[value].max().sort_values(ascending=False)
    return f"{f'{title}: ' if title else ''}" + ", ".join(f"{y.words(v)} at {number(k)}" for k, v in top.items())


def histograms(
    counts: pd.DataFrame, *, x: Quantity, y: Quantity, panel: str = "panel", kind: str | None = None,
    rules: pd.DataFrame | None = None, height: int = 120, columns: int = 2, text: str, caption: str,
) -> Figure:  # fmt: skip
    """Counted bars from left to right (columns left, right, size), a view for each of `panel`, all on the same axes.

    `kind` (two names) colours the second; rules: panel, at, drawn over the bars. Raises FigureError when a column is
    missing.
    """
    require(counts, "histograms", panel, "left", "right", "size", *([kind] if kind else []))
    seen = [*counts["left"], *counts["right"], *([] if rules is None else rules["at"])]
    views = []
    for title, part in panels(counts, panel):
        mark = alt.Chart(records(part, "left", "right", "size", *([kind] if kind else []))).mark_bar(binSpacing=1)
        mark = mark.encode(x=x.x("left", seen), x2="right:Q", y=y.y("size", [0, *counts["size"]]), y2=alt.datum(0),
                           tooltip=[x.tip("left"), y.tip("size")])  # fmt: skip
        if kind:
            names = sorted(order(counts[kind]))
            shade = alt.Scale(domain=names, range=[theme.MUTED, theme.ACCENT])
            mark = mark.encode(color=alt.Color(f"{kind}:N", scale=shade, legend=alt.Legend(title=None)))
        elif rules is not None:
            mark = mark.encode(color=alt.value(theme.MUTED))
        layers = [mark]
        if rules is not None:
            own = alt.Chart(records(rules[rules[panel] == title], "at")).mark_rule(strokeWidth=3, color=theme.ACCENT)
            layers.append(own.encode(x=x.x("at", seen), tooltip=[x.tip("at")]))
        words = textwrap.wrap(title, TITLE)
        views.append(alt.layer(*layers, width=theme.NARROW, height=height, title=alt.Title(words)))
    columns = columns if len(views) % columns == 0 else 1  # no empty place
    return Figure(alt.concat(*views, columns=1, spacing=18), text, caption, columns=columns)
