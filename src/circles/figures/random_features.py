"""Random Fourier features: the kernel they estimate, and how the error falls with their number."""

import math

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import log_scale, number, power_axis
from circles.figures.frames import FigureError, require, series, short
from circles.figures.show import Figure

EXACT = "the kernel itself"


def kernel_slider(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """A slider over D: the kernel against x - y, and what random features make of it, a thin line a draw.

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
    moment = alt.param(
        name="moment", value=1, bind=alt.binding_range(min=0, max=len(sizes) - 1, step=1, name="more features → ")
    )
    size = alt.param(name="D", expr=f"{sizes}[moment]".replace(" ", ""))
    low = min(-0.5, float(f"{1.05 * frame['value'].min():.2g}"))
    views = [_kernel(sampled, true, kernel, low, first=i == 0) for i, kernel in enumerate(kernels)]
    chart = alt.concat(*views, columns=1, spacing=20).add_params(moment, size)
    errors = "; ".join(
        f"{k}: {_errors(sampled[sampled['kernel'] == k], true[true['kernel'] == k], sizes)}" for k in kernels
    )
    return Figure(
        chart,
        f"A slider over the number of features D, {sizes[0]} to {sizes[-1]:,}: the kernel against x - y as a thick line, and "
        f"{sampled['draw'].nunique()} estimates by random features as thin lines. Largest error over the draws: {errors}.",
        caption or "Move the slider: with more features, every draw comes closer to the kernel.",
        columns=2,
    )


def _kernel(sampled: pd.DataFrame, true: pd.DataFrame, kernel: str, low: float, *, first: bool) -> alt.LayerChart:
    names = [EXACT, "random features, a line a draw"]
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


def feature_error(frame: pd.DataFrame, bound: pd.DataFrame | None = None, *, caption: str | None = None) -> Figure:
    """The largest error of random features against D, both logarithmic: mean over seeds, a bar from least to most.

    frame: features (a name), D, error, low, high; bound: D, error. Raises FigureError when a column is missing.
    """
    require(frame, "feature_error", "features", "D", "error", "low", "high")
    names, sizes = list(dict.fromkeys(frame["features"])), sorted(int(v) for v in frame["D"].unique())
    seen = [frame["low"], frame["high"]]
    layers = []
    colour = alt.Color("features:N", scale=alt.Scale(domain=names), legend=alt.Legend(title=None, symbolOpacity=1))
    x = alt.X(
        "D:Q", scale=alt.Scale(type="log", domain=[sizes[0] / 1.3, sizes[-1] * 1.3], nice=False),
        axis=alt.Axis(title="number of features D", values=sizes, format=",d"),
    )  # fmt: skip
    if bound is not None:
        require(bound, "feature_error", "D", "error")
        seen.append(bound["error"])
    every = pd.concat(seen)
    scale, axis = log_scale(every), power_axis(every, "largest error of the kernel")
    y = alt.Y("error:Q", scale=scale, axis=axis)
    spread = [{k: short(v) for k, v in row.items()} for row in frame.to_dict("records")]
    base = alt.Chart(alt.InlineData(values=spread)).encode(x=x, color=colour)
    layers.append(
        base.mark_rule(strokeWidth=2, opacity=0.4).encode(y=alt.Y("low:Q", axis=axis, scale=scale), y2="high:Q")
    )
    layers.append(base.mark_line(strokeWidth=1.5, point=alt.OverlayMarkDef(filled=True, size=36)).encode(
        y=y, tooltip=[alt.Tooltip("features:N"), alt.Tooltip("D:Q"), alt.Tooltip("error:Q", format=".3g")]
    ))  # fmt: skip
    if bound is not None:
        top = bound.assign(name="uniform bound")
        rule = alt.Chart(series(top, by=["name"], over=["D", "error"])).transform_flatten(["D", "error"])
        layers.append(
            rule.mark_line(style="guide", color=theme.MUTED, strokeWidth=2, strokeDash=[6, 3]).encode(x=x, y=y)
        )
        last = {
            "D": sizes[len(sizes) // 2],
            "error": float(bound[bound["D"] == sizes[len(sizes) // 2]]["error"].iloc[0]),
        }
        layers.append(
            alt.Chart(alt.InlineData(values=[last | {"name": "uniform bound"}]))
            .mark_text(style="quiet", align="left", dy=-9)
            .encode(x=x, y=y, text="name:N")
        )
    slopes = ", ".join(f"{n} {number(_slope(frame[frame['features'] == n]))}" for n in names)
    text = f"Largest error of random features against D, both axes logarithmic. Slopes of the means: {slopes}."
    if bound is not None:
        text += f" The uniform bound lies above, at {number(bound['error'].iloc[0])} for D = {sizes[0]} and {number(bound['error'].iloc[-1])} for D = {sizes[-1]:,}."
    return Figure(
        alt.layer(*layers).properties(width="container", height=260),
        text,
        caption or "The error falls like the root of the number of features.",
    )


def _slope(part: pd.DataFrame) -> float:
    x, y = [[math.log(v) for v in part[c]] for c in ("D", "error")]
    mean = sum(x) / len(x)
    return sum((a - mean) * b for a, b in zip(x, y, strict=True)) / sum((a - mean) ** 2 for a in x)
