"""Ridge regression with a kernel whose frequencies the reader chooses, or whose number: kernel, fit, error."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import FigureError, records, require
from circles.figures.living import Living, named

_RIDGE = {"min": -4, "max": 0, "step": 0.5, "name": "ridge λ, power of ten "}


def chosen_frequencies(
    kernel: pd.DataFrame, matrix: pd.DataFrame, truth: pd.DataFrame, seen: pd.DataFrame, fit: pd.DataFrame, errors: pd.DataFrame,
    *, chosen: tuple[int, ...], ridge: float, net: str, tables: Mapping[str, np.ndarray],
) -> Living:  # fmt: skip
    """A switch a frequency: the kernel k(d) on a circle of p points, its circulant matrix, a fit with it, two errors.

    kernel: difference, value. matrix: i, j, value. truth, seen (the noisy points of the regression) and fit: x, value.
    errors: what, value. All with the frequencies `chosen` and the ridge 10^`ridge`; `tables` are those of
    ``hashimoto2023.chosen``. Raises FigureError when a column is missing.
    """
    require(kernel, "chosen_frequencies", "difference", "value")
    require(matrix, "chosen_frequencies", "i", "j", "value")
    for frame in (truth, seen, fit):
        require(frame, "chosen_frequencies", "x", "value")
    require(errors, "chosen_frequencies", "what", "value")
    p = len(truth)
    controls = [
        *(alt.param(name=f"f{f}", value=f in chosen, bind=alt.binding_checkbox(name=f"f = {f}")) for f in range(p // 2 + 1)),
        alt.param(name="ridge", value=ridge, bind=alt.binding_range(**_RIDGE)),
    ]
    views = [_column(kernel), _matrix(matrix, p), _circle_fit(truth, seen, fit), _bars(errors)]
    chart = alt.concat(*views, columns=1, spacing=18).resolve_scale(color="independent").add_params(*controls)
    said = ", ".join(f"{number(row.value)} ({row.what})" for row in errors.itertuples())
    text = (
        f"A kernel on a circle of {p} points with a switch for each of its frequencies, 0 to {p // 2}; here "
        f"{', '.join(map(str, chosen))} are on. Its values by difference, its circulant matrix as a coloured map, and a ridge "
        f"regression with it on {len(seen)} noisy points of a curve. Root mean square errors: {said}."
    )
    words = (
        "Choose the frequencies of the kernel; each that is on has the same eigenvalue. In the fit the grey line is the truth, "
        "the open points are what the regression saw, and the orange line is what it says. The errors are root mean squares."
    )
    return Living(chart, text, words, columns=2, margin=110, program="circulant", net=net, tables=tables)


def sampled_frequencies(
    kernel_lines: pd.DataFrame, fit_lines: pd.DataFrame, seen: pd.DataFrame, drawn: pd.DataFrame, errors: pd.DataFrame,
    *, kernels: tuple[str, ...], size: int, draws: int, ridge: float, net: str, tables: Mapping[str, np.ndarray],
) -> Living:  # fmt: skip
    """A choice of kernel, of the number of features and of the draw: kernel, fit, frequencies, errors by number.

    kernel_lines, fit_lines: x, of ("the kernel" or "random features"), value. seen: x, value. drawn: omega. errors: D, what,
    value. All for the first of `kernels`, draw 0 of `draws`, D = `size` and the ridge 10^`ridge`; `tables` are those of
    ``samareh2018.fitted``. Raises FigureError when a column is missing or `size` has no error.
    """
    for frame in (kernel_lines, fit_lines):
        require(frame, "sampled_frequencies", "x", "of", "value")
    require(seen, "sampled_frequencies", "x", "value")
    require(drawn, "sampled_frequencies", "omega")
    require(errors, "sampled_frequencies", "D", "what", "value")
    sizes = sorted(int(D) for D in errors["D"].unique())
    if size not in sizes:
        raise FigureError(f"sampled_frequencies: size is {size}; expected one of {', '.join(map(str, sizes))}")
    controls = [
        alt.param(name="kernel", value=kernels[0], bind=alt.binding_radio(options=list(kernels), name="kernel: ")),
        alt.param(name="D", value=size, bind=alt.binding_radio(options=sizes, name="features D: ")),
        alt.param(name="draw", value=0, bind=alt.binding_radio(options=list(range(draws)), name="draw: ")),
        alt.param(name="ridge", value=ridge, bind=alt.binding_range(**_RIDGE)),
    ]
    views = [
        _estimate(kernel_lines), _line_fit(fit_lines, seen), _omega(drawn), _by_size(errors),
    ]  # fmt: skip
    chart = alt.concat(*views, columns=1, spacing=18).resolve_scale(color="independent").add_params(*controls)
    mine = errors[errors["D"] == size].set_index("what")["value"]
    said = ", ".join(f"{number(value)} of {what}" for what, value in mine.items())
    text = (
        f"A choice of the kernel ({' or '.join(kernels)}), of the number of random features, {sizes[0]} to {sizes[-1]:,}, and of "
        f"the draw. The kernel and its estimate on a line, ridge regressions with both on {len(seen)} noisy points, the "
        f"frequencies that were drawn, and the largest errors by number of features; with {size} features {said}."
    )
    words = (
        "Choose the number of features. The kernel and the fit with it are grey, what the features make of both is orange; D "
        "features have D/2 frequencies, a mark each, those beyond the axis left out. The errors are the largest differences "
        "between orange and grey in the first two panels, of this draw."
    )
    return Living(chart, text, words, columns=2, program="features", net=net, tables=tables)


def _column(kernel: pd.DataFrame) -> alt.Chart:
    rows = records(kernel, "difference", "value", digits=5).values
    return (
        alt.Chart(named(rows, "kernel"))
        .mark_line(point={"size": 22}, color=theme.ACCENT)
        .encode(
            x=alt.X("difference:Q", scale=alt.Scale(nice=False), axis=alt.Axis(title="i − j", tickCount=7)),
            y=alt.Y("value:Q", scale=alt.Scale(domain=[-1, 1.05], nice=False), axis=alt.Axis(title="k(i − j)", tickCount=5)),
            tooltip=[alt.Tooltip("difference:Q"), alt.Tooltip("value:Q", format=".3~g")],
        )
        .properties(width=theme.NARROW, height=200, title=alt.Title("The kernel"))
    )


def _matrix(matrix: pd.DataFrame, p: int) -> alt.Chart:
    rows = records(matrix, "i", "j", "value", digits=3).values
    ticks = list(range(0, p, 4))
    return (
        alt.Chart(named(rows, "matrix"))
        .mark_rect()
        .encode(
            x=alt.X("j:O", axis=alt.Axis(title="j", labelAngle=0, values=ticks)),
            y=alt.Y("i:O", axis=alt.Axis(title="i", values=ticks)),
            color=alt.Color(
                "value:Q", scale=alt.Scale(domain=[-1, 1], range="diverging"),
                legend=alt.Legend(title="k(i − j)", gradientLength=120, tickCount=3),
            ),
            tooltip=[alt.Tooltip("i:O"), alt.Tooltip("j:O"), alt.Tooltip("value:Q", format=".3~g")],
        )
        .properties(width=theme.NARROW, height=theme.NARROW, title=alt.Title("Its matrix, a circulant"))
    )  # fmt: skip


def _circle_fit(truth: pd.DataFrame, seen: pd.DataFrame, fit: pd.DataFrame) -> alt.LayerChart:
    x = alt.X("x:Q", scale=alt.Scale(nice=False), axis=alt.Axis(title="point of the circle", tickCount=6))
    y = alt.Y("value:Q", axis=alt.Axis(title="value", tickCount=5))
    tip = [alt.Tooltip("x:Q"), alt.Tooltip("value:Q", format=".3~g")]
    true = alt.Chart(records(truth, "x", "value", digits=4)).mark_line(color=theme.MUTED, strokeWidth=3)
    line = alt.Chart(named(records(fit, "x", "value", digits=5).values, "fit"))
    says = line.mark_line(color=theme.ACCENT, point={"size": 22, "color": theme.ACCENT})
    dots = alt.Chart(records(seen, "x", "value", digits=4)).mark_point(filled=False, size=70, strokeWidth=2)
    layers = [layer.encode(x=x, y=y, tooltip=tip) for layer in (true, says, dots)]
    return alt.layer(*layers, width=theme.NARROW, height=200, title=alt.Title("The fit"))


def _bars(errors: pd.DataFrame) -> alt.Chart:
    names = errors["what"].tolist()
    return (
        alt.Chart(named(records(errors, "what", "value", digits=5).values, "errors"))
        .mark_bar(height={"band": 0.6})
        .encode(
            x=alt.X("value:Q", scale=alt.Scale(zero=True), axis=alt.Axis(title="root mean square error", tickCount=5)),
            y=alt.Y("what:N", sort=names, scale=alt.Scale(domain=names), axis=alt.Axis(title=None, labelLimit=130, grid=False)),
            tooltip=[alt.Tooltip("what:N"), alt.Tooltip("value:Q", format=".3~g")],
        )
        .properties(width=theme.NARROW, height=120, title=alt.Title("Its errors"))
    )


def _both(frame: pd.DataFrame, name: str, across: str, up: str) -> alt.Chart:
    """The kernel's line, thick, and that of the features."""
    kinds = list(dict.fromkeys(frame["of"]))
    legend = alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3, columns=2)
    return alt.Chart(named(records(frame, "x", "of", "value", digits=5).values, name)).mark_line().encode(
        x=alt.X("x:Q", scale=alt.Scale(nice=False), axis=alt.Axis(title=across, tickCount=5)),
        y=alt.Y("value:Q", axis=alt.Axis(title=up, tickCount=5)),
        color=alt.Color("of:N", scale=alt.Scale(domain=kinds, range=[theme.MUTED, theme.ACCENT]), legend=legend),
        strokeWidth=alt.condition(f"datum.of == '{kinds[0]}'", alt.value(3.5), alt.value(1.8)),
        tooltip=[alt.Tooltip("of:N"), alt.Tooltip("x:Q", format=".2f"), alt.Tooltip("value:Q", format=".3~g")],
    )  # fmt: skip


def _estimate(lines: pd.DataFrame) -> alt.Chart:
    both = _both(lines, "kernel_lines", "x − y", "k(x, y)")
    return both.properties(width=theme.NARROW, height=200, title=alt.Title("The kernel and its estimate"))


def _line_fit(lines: pd.DataFrame, seen: pd.DataFrame) -> alt.LayerChart:
    tip = [alt.Tooltip("x:Q", format=".2f"), alt.Tooltip("value:Q", format=".3~g")]
    dots = alt.Chart(records(seen, "x", "value", digits=4)).mark_point(filled=False, size=60, strokeWidth=2)
    layers = [_both(lines, "fit_lines", "x", "value"), dots.encode(x="x:Q", y="value:Q", tooltip=tip)]
    return alt.layer(*layers, width=theme.NARROW, height=200, title=alt.Title("The fits"))


def _omega(drawn: pd.DataFrame) -> alt.Chart:
    return (
        alt.Chart(named(records(drawn, "omega", digits=4).values, "drawn"))
        .mark_tick(clip=True, thickness=1.5, color=theme.ACCENT, opacity=0.6, height=60)
        .encode(
            x=alt.X("omega:Q", scale=alt.Scale(domain=[-8, 8], nice=False), axis=alt.Axis(title="frequency ω", tickCount=5)),
            tooltip=[alt.Tooltip("omega:Q", format=".3~g")],
        )
        .properties(width=theme.NARROW, height=90, title=alt.Title("The frequencies drawn"))
    )


def _by_size(errors: pd.DataFrame) -> alt.LayerChart:
    kinds, sizes = list(dict.fromkeys(errors["what"])), sorted(int(D) for D in errors["D"].unique())
    scale = alt.Scale(type="log", base=2, domain=[sizes[0], sizes[-1]], nice=False)
    x = alt.X("D:Q", scale=scale, axis=alt.Axis(title="number of features D", values=sizes, format=",d", labelOverlap="greedy"))
    legend = alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3, columns=2)
    lines = alt.Chart(named(records(errors, "D", "what", "value", digits=5).values, "errors")).mark_line(point=True).encode(
        x=x,
        y=alt.Y("value:Q", scale=alt.Scale(type="log", nice=True), axis=alt.Axis(title="largest error", tickCount=4, format=".2~g")),
        color=alt.Color("what:N", scale=alt.Scale(domain=kinds), legend=legend),
        tooltip=[alt.Tooltip("what:N"), alt.Tooltip("D:Q", format=",d"), alt.Tooltip("value:Q", format=".3~g")],
    )  # fmt: skip
    here = alt.Chart(alt.InlineData(values=[{}])).transform_calculate(at="D").mark_rule(strokeWidth=1.5, color=theme.ACCENT).encode(x="at:Q")
    return alt.layer(here, lines, width=theme.NARROW, height=200, title=alt.Title("Errors by the number of features"))
