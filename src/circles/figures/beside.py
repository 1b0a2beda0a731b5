"""The same figure of several nets, a column each on a wide page, one below the other on a phone."""

import warnings
from collections.abc import Mapping

import altair as alt

from circles.figures.frames import FigureError
from circles.figures.show import Figure

COLUMN = 138
MARGIN = 78  # pixels of an axis and the space beside it


def beside(columns: Mapping[str, Figure], *, caption: str, same_y: bool = False) -> Figure:
    """Figures that one function drew of several nets, narrowed and named, as one.

    `same_y` gives all of them one y axis, where each figure is a single view. Raises FigureError without a figure.
    """
    if not columns:
        raise FigureError("beside: there are 0 figures; expected at least one")
    views = [_narrow(figure.chart, name) for name, figure in columns.items()]
    with warnings.catch_warnings():  # equal selections become one, which is wanted: a click counts in all columns
        warnings.filterwarnings("ignore", message="Automatically deduplicated selection parameter")
        chart = alt.concat(*views, columns=1, spacing=24)
    if same_y:
        chart = chart.resolve_scale(y="shared")
    return Figure(
        chart,
        " ".join(f"{name[0].upper()}{name[1:]}: {figure.alt}" for name, figure in columns.items()),
        caption,
        columns=len(columns),
        canvas=any(figure.canvas for figure in columns.values()),
        margin=MARGIN,
    )


def _narrow(chart: alt.TopLevelMixin, name: str) -> alt.TopLevelMixin:
    chart = chart.copy(deep=True)
    _set_width(chart)
    _stack_legends(chart)
    return chart.properties(title=alt.Title(name))


def _stack_legends(chart: alt.TopLevelMixin) -> None:
    """One name below the other: two beside each other are wider than a column."""
    for inner in (*getattr(chart, "concat", ()), *getattr(chart, "layer", ())):
        _stack_legends(inner)
    colour = getattr(getattr(chart, "encoding", None), "color", None)
    if isinstance(colour, alt.Color) and isinstance(colour["legend"], alt.Legend):
        colour["legend"].columns = 1


def _set_width(chart: alt.TopLevelMixin) -> None:
    if isinstance(chart, alt.ConcatChart):
        for view in chart.concat:
            _set_width(view)
    elif isinstance(chart, alt.FacetChart):
        chart.spec.width = COLUMN
    else:
        chart.width = COLUMN
