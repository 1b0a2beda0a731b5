"""Random Fourier features and the kernel that they estimate, their number chosen by the reader."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import FigureError, require, series
from circles.figures.show import Figure

EXACT = "the kernel itself"


def kernel_slider(frame: pd.DataFrame, *, caption: str) -> Figure:
    """A choice of D: the kernel against x - y, and what random features make of it, a thin line a draw.

    frame: kernel, D, draw, difference, value; rows with a missing D are the kernel itself. Every kernel must have the same D.
    Raises FigureError when a column is missing, or a kernel lacks itself or a D.
    """
    require(frame, "kernel_slider", "kernel", "D", "draw", "difference", "value")
    kernels = list(dict.fromkeys(frame["kernel"]))
    sampled, true = frame[frame["D"].notna()], frame[frame["D"].isna()]
    sizes = sorted(int(v) for v in sampled["D"].unique())
    for kernel in kernels:
        found = sorted(int(v) for v in sampled[sampled["kernel"] == kernel]["D"].unique())
        if found != sizes or kernel not in set(true["kernel"]):
            raise FigureError(f"kernel_slider: {kernel} has D {found} and itself; expected D {sizes} and itself")
    size = alt.param(name="D", value=sizes[1], bind=alt.binding_radio(options=sizes, name="features D: "))
    low = min(-0.5, float(f"{1.05 * frame['value'].min():.2g}"))
    views = [_kernel(sampled, true, kernel, low, first=i == 0) for i, kernel in enumerate(kernels)]
    chart = alt.concat(*views, columns=1, spacing=20).add_params(size)
    errors = "; ".join(
        f"{k}: {_errors(sampled[sampled['kernel'] == k], true[true['kernel'] == k], sizes)}" for k in kernels
    )
    return Figure(
        chart,
        f"A choice of the number of features D, {sizes[0]} to {sizes[-1]:,}: the kernel against x - y as a thick line, and "
        f"{sampled['draw'].nunique()} estimates by random features as thin lines. Largest error over the draws: {errors}.",
        caption,
        columns=2,
    )


def _kernel(sampled: pd.DataFrame, true: pd.DataFrame, kernel: str, low: float, *, first: bool) -> alt.LayerChart:
    names = [EXACT, "random features, one line per draw"]
    x = alt.X("difference:Q", axis=alt.Axis(title="x - y", tickCount=5))
    y = alt.Y("value:Q", scale=alt.Scale(domain=[low, 1.1], nice=False), axis=alt.Axis(title="k", tickCount=5))
    legend = alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3, columns=1) if first else None
    colour = alt.Color("name:N", scale=alt.Scale(domain=names, range=[theme.MUTED, theme.ACCENT]), legend=legend)
    thin = (
        alt.Chart(
            series(sampled[sampled["kernel"] == kernel], by=["D", "draw"], over=["difference", "value"], digits=3)
        )
        .transform_filter("datum.D == D")
        .transform_flatten(["difference", "value"])
        .transform_calculate(name=f"'{names[1]}'")
        .mark_line(strokeWidth=1.2, opacity=0.75)
        .encode(x=x, y=y, color=colour, detail="draw:N")
    )
    thick = (
        alt.Chart(
            series(
                true[true["kernel"] == kernel].assign(name=EXACT), by=["name"], over=["difference", "value"], digits=3
            )
        )
        .transform_flatten(["difference", "value"])
        .mark_line(strokeWidth=5, opacity=0.6)
        .encode(x=x, y=y, color=colour)
    )
    title = alt.Title(alt.ExprRef(f"'{kernel} kernel, D = ' + format(D, ',')"))
    return alt.layer(thick, thin).properties(width=theme.NARROW, height=190, title=title)


def _errors(sampled: pd.DataFrame, true: pd.DataFrame, sizes: list[int]) -> str:
    exact = true.set_index("difference")["value"]
    off = (sampled["value"] - sampled["difference"].map(exact)).abs()
    worst = off.groupby(sampled["D"]).max()
    return f"{number(worst[sizes[0]])} at D = {sizes[0]}, {number(worst[sizes[-1]])} at D = {sizes[-1]:,}"
