"""A circulant matrix beside its spectrum, with a frequency to choose."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import records, require
from circles.figures.show import Figure


def circulant_slider(matrix: pd.DataFrame, spectrum: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """A slider over frequencies: the matrix keeps those up to the chosen one; beside it the size of each eigenvalue.

    matrix: kept, row, column, value. spectrum: frequency, size. Raises FigureError when a column is missing.
    """
    require(matrix, "circulant_slider", "kept", "row", "column", "value")
    require(spectrum, "circulant_slider", "frequency", "size")
    top = int(matrix["kept"].max())
    kept = alt.param(
        name="kept", value=top, bind=alt.binding_range(min=0, max=top, step=1, name="frequencies kept, up to → ")
    )
    edge = float(matrix["value"].abs().max())
    cells = (
        alt.Chart(records(matrix, "kept", "row", "column", "value", digits=3))
        .transform_filter("datum.kept == kept")
        .mark_rect()
        .encode(
            x=alt.X("column:O", axis=alt.Axis(title="column j", labelAngle=0, values=_every(matrix["column"]))),
            y=alt.Y("row:O", axis=alt.Axis(title="row i", values=_every(matrix["row"]))),
            color=alt.Color(
                "value:Q",
                scale=alt.Scale(domain=[-edge, edge], range="diverging"),
                legend=alt.Legend(title="entry", gradientLength=120, tickCount=3),
            ),
            tooltip=[alt.Tooltip("row:O"), alt.Tooltip("column:O"), alt.Tooltip("value:Q", format=".3g")],
        )
        .properties(width=theme.NARROW - 20, height=theme.NARROW - 20)
    )
    bars = (
        alt.Chart(records(spectrum, "frequency", "size", digits=3))
        .mark_bar()
        .encode(
            x=alt.X("frequency:O", axis=alt.Axis(title="frequency f", labelAngle=0)),
            y=alt.Y("size:Q", axis=alt.Axis(title="size of the eigenvalue", tickCount=5)),
            opacity=alt.condition("datum.frequency <= kept", alt.value(1), alt.value(0.25)),
            tooltip=[alt.Tooltip("frequency:O"), alt.Tooltip("size:Q", format=".3g")],
        )
        .properties(width=theme.NARROW, height=theme.NARROW - 60)
    )
    largest = spectrum.loc[spectrum["size"].idxmax()]
    text = (
        f"A circulant matrix of {matrix['row'].nunique()} rows as a coloured map, every row the one above it moved by one "
        f"place, and bars of its eigenvalues by frequency; the largest is {number(largest['size'])} at frequency "
        f"{int(largest['frequency'])}. A slider keeps the frequencies up to a chosen one."
    )
    return Figure(
        alt.concat(cells, bars, columns=1, spacing=18).resolve_scale(color="independent").add_params(kept),
        text,
        caption or "A circulant matrix and its spectrum. Move the slider: fewer frequencies, a smoother matrix.",
        columns=2,
    )


def _every(values: pd.Series) -> list[int]:
    top = int(values.max())
    return list(range(0, top + 1, max(1, (top + 1) // 6)))
