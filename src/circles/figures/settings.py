"""A few settings along, a dot a seed above each: what changes as one thing is changed."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import order, panels, records, require, short
from circles.figures.quantity import Quantity
from circles.figures.show import Figure

STATES = ["circle", "cross"]


def settings(
    frame: pd.DataFrame, *, over: str, value: str, title: str | None = None, y: Quantity | None = None,
    panel: str | None = None, state: str | None = None, medians: bool = True, zero: bool = False, columns: int = 2,
    tips: tuple[str, ...] = (), caption: str,
) -> Figure:  # fmt: skip
    """Dots over the settings in `over`, each at its setting's own place, a line through the medians, a view a `panel`.

    A setting has one place for all its seeds: dots beside it would be read as other settings. `title` names the
    settings, or each panel does; `y` the value, or each panel does. `state` (two names) has a colour and a shape each,
    the second a cross; `zero` draws a rule there; `tips` are columns that a pointer reads besides. frame: seed and the
    columns named. Raises FigureError when a column is missing.
    """
    require(frame, "settings", over, "seed", value, *tips, *(n for n in (panel, state) if n))
    parts, views, said = panels(frame, panel), [], []
    for name, part in parts:
        measure, along = y or Quantity(name), title or name
        places = [short(v, 3) for v in sorted(part[over].unique())]
        heights = [*(frame if y else part)[value], *([0.0] if zero else [])]
        up = measure.y(value, heights)
        columns_ = [over, "seed", value, *tips, *([state] if state else [])]
        x = alt.X(f"{over}:O", sort=places, axis=alt.Axis(title=along, labelAngle=0))
        base = alt.Chart(records(part.assign(**{over: [short(v, 3) for v in part[over]]}), *columns_)).encode(x=x)
        read = [alt.Tooltip(f"{over}:O", title=along), alt.Tooltip("seed:N"), measure.tip(value)]
        dots = base.mark_point(size=60, strokeWidth=2, filled=state is None, opacity=0.8).encode(
            y=up, tooltip=[*read, *(alt.Tooltip(f"{n}:Q", format=".3g") for n in tips)]
        )
        if state:
            names = sorted(order(frame[state]), key=lambda n: str(n).startswith("not"))
            legend = alt.Legend(title=None)
            dots = dots.encode(
                color=alt.Color(f"{state}:N", scale=alt.Scale(domain=names), legend=legend),
                shape=alt.Shape(f"{state}:N", scale=alt.Scale(domain=names, range=STATES[-len(names) :] if
                                len(names) == 1 and str(names[0]).startswith("not") else STATES[: len(names)]), legend=legend),
            )  # fmt: skip
        layers = []
        if zero:
            none = alt.Chart(alt.InlineData(values=[{"none": 0}])).mark_rule(style="guide")
            layers.append(none.encode(y=measure.y("none", heights)))
        if medians:
            layers.append(base.mark_line(strokeWidth=1.8, color=theme.MUTED).encode(y=measure.y(f"median({value})", heights)))
        size = {"width": "container", "height": 240} if len(parts) == 1 else {"width": theme.NARROW - 60 * (columns > 2), "height": 190}
        views.append(alt.layer(*layers, dots, **size))
        each = [f"{number(k)} {_middle(of, value, state, measure)}" for k, of in part.groupby(over)]
        said.append(f"{name or measure.title}: {', '.join(each)}")
    chart = views[0] if len(views) == 1 else alt.concat(*views, columns=1, spacing=20)
    what = f"{(y.title if y else 'Measures')} against {title or 'what is changed'}"
    text = f"{what[0].upper()}{what[1:]}, one dot per seed. Medians: {'; '.join(said)}."
    return Figure(chart, text, caption, columns=1 if len(views) == 1 else min(columns, len(views)))


def _middle(part: pd.DataFrame, value: str, state: str | None, measure: Quantity) -> str:
    """The median in words; of seeds of which half never came there, that they did not."""
    nots = [str(s) for s in part[state] if str(s).startswith("not")] if state else []
    return nots[0] if nots and 2 * len(nots) >= len(part) else measure.words(part[value].median())
