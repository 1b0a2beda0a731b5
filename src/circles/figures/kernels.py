"""Kernels against kernels: boxes over seeds, curves over a setting, bounds over gaps, times over sizes."""

import altair as alt
import pandas as pd

from circles.figures.axes import log_scale, number, power_axis
from circles.figures.frames import records, require
from circles.figures.show import Figure


def error_boxes(
    frame: pd.DataFrame, *, value: str = "test", title: str = "test error", caption: str | None = None
) -> Figure:
    """A box and its points for each method over the seeds, best on top, one colour a family.

    frame: method, family, seed and the value's column. Raises FigureError when a column is missing.
    """
    require(frame, "error_boxes", "method", "family", "seed", value)
    medians = frame.groupby("method")[value].median().sort_values()
    order, families = list(medians.index), list(dict.fromkeys(frame["family"]))
    base = alt.Chart(records(frame, "method", "family", "seed", value)).encode(
        x=alt.X(f"{value}:Q", axis=alt.Axis(title=title, tickCount=5), scale=alt.Scale(zero=False)),
        y=alt.Y("method:N", sort=order, axis=alt.Axis(title=None, labelLimit=170)),
        color=alt.Color("family:N", scale=alt.Scale(domain=families), legend=alt.Legend(title=None, columns=1)),
    )
    boxes = base.mark_boxplot(size=12, outliers=False, opacity=0.45, extent="min-max")
    points = base.mark_circle(size=14, opacity=0.7).encode(
        tooltip=[alt.Tooltip("method:N"), alt.Tooltip("seed:N"), alt.Tooltip(f"{value}:Q", format=".3f")]
    )
    seen = ", ".join(f"{name} {number(v)}" for name, v in medians.items())
    return Figure(
        alt.layer(boxes, points, width="container", height=24 * len(order) + 20),
        f"Boxes of the {title} over {frame['seed'].nunique()} seeds, one a method. Medians: {seen}.",
        caption or f"The {title} of each method over {frame['seed'].nunique()} seeds.",
    )


def errors_over(
    frame: pd.DataFrame,
    *,
    over: str,
    title: str,
    y: str = "mean test error",
    log: bool = True,
    caption: str | None = None,
) -> Figure:
    """The mean of each method along a setting, with a bar of one standard deviation over the seeds.

    frame: method, seed, test, panel (one chart each) and the setting's column. Raises FigureError when a column is missing.
    """
    require(frame, "errors_over", "method", "seed", "test", "panel", over)
    methods = list(dict.fromkeys(frame["method"]))
    views, seen = [], []
    for panel, part in frame.groupby("panel", sort=False):
        rows = part.groupby(["method", over], sort=False)["test"].agg(["mean", "std"]).reset_index()
        rows["low"], rows["high"] = rows["mean"] - rows["std"].fillna(0), rows["mean"] + rows["std"].fillna(0)
        rows["low"] = rows["low"].clip(lower=0.5 * rows["mean"])
        scale = log_scale([*rows["low"], *rows["high"]]) if log else alt.Scale(zero=False)
        sort = [*dict.fromkeys(rows[over])]
        base = alt.Chart(records(rows, "method", over, "mean", "low", "high", digits=3)).encode(
            x=alt.X(f"{over}:O", sort=sort, axis=alt.Axis(title=title, labelAngle=0)),
            color=alt.Color("method:N", scale=alt.Scale(domain=methods), legend=alt.Legend(title=None, columns=1)),
        )
        lines = base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=36)).encode(
            y=alt.Y("mean:Q", scale=scale, axis=alt.Axis(title=y, tickCount=5, format="~g")),
            tooltip=[alt.Tooltip("method:N"), alt.Tooltip(f"{over}:O"), alt.Tooltip("mean:Q", format=".3g")],
        )
        bars = base.mark_rule(opacity=0.5).encode(y=alt.Y("low:Q", scale=scale, title=y), y2="high:Q")
        views.append(alt.layer(bars, lines, width=250, height=210, title=str(panel)))
        ends = rows[rows[over] == sort[-1]]
        seen.append(f"{panel}, at {sort[-1]}: " + ", ".join(f"{r.method} {number(r.mean)}" for r in ends.itertuples()))
    return Figure(
        alt.concat(*views, columns=1, spacing=18),
        f"The {y} of each method against {title}. {'; '.join(seen)}.",
        caption or f"The {y} against {title}; bars are one standard deviation over the seeds.",
        columns=2,
    )


def bound_against_gap(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """The bound on the generalisation gap against the measured gap, a point a run, with the line where both are equal.

    frame: method, family, seed, gap, bound. Gaps at or below a thousandth stand at the left edge, bounds above a
    million at the top. Raises FigureError when a column is missing.
    """
    require(frame, "bound_against_gap", "method", "family", "seed", "gap", "bound")
    rows = frame.assign(size=frame["gap"].clip(lower=1e-3), bound=frame["bound"].clip(upper=1e6))
    families = list(dict.fromkeys(frame["family"]))
    points = (
        alt.Chart(records(rows, "method", "family", "seed", "size", "gap", "bound", digits=3))
        .mark_circle(size=26, opacity=0.6)
        .encode(
            x=alt.X("size:Q", scale=log_scale(rows["size"]), axis=power_axis(rows["size"], "measured gap")),
            y=alt.Y(
                "bound:Q", scale=log_scale([1e-3, *rows["bound"]]), axis=power_axis([1e-3, *rows["bound"]], "bound")
            ),
            color=alt.Color("family:N", scale=alt.Scale(domain=families), legend=alt.Legend(title=None, columns=1)),
            tooltip=[
                alt.Tooltip("method:N"),
                alt.Tooltip("seed:N"),
                alt.Tooltip("gap:Q", format=".3g"),
                alt.Tooltip("bound:Q", format=".3g"),
            ],
        )
    )
    ends = [float(rows["size"].min()), float(rows["size"].max())]
    line = (
        alt.Chart(alt.InlineData(values=[{"size": e, "bound": e} for e in ends]))
        .mark_line(color="#8A929C", strokeDash=[4, 3], strokeWidth=1)
        .encode(x="size:Q", y="bound:Q")
    )
    times = (rows["bound"] / rows["size"]).median()
    return Figure(
        alt.layer(line, points, width="container", height=260),
        f"The bound against the measured gap for {len(frame)} runs on logarithmic axes; "
        f"{int((frame['bound'] >= frame['gap']).sum())} lie above the line of equality, "
        f"and the median bound is {number(times)} times the gap.",
        caption
        or "The bound against the gap, a point a run; below the dashed line it would have failed. Gaps up to a thousandth "
        "stand at the left edge, bounds over a million at the top.",
    )


def times_over(frame: pd.DataFrame, *, value: str = "seconds", caption: str | None = None) -> Figure:
    """Seconds, or another cost, of each solver against a size, both logarithmic, a panel a size.

    frame: solver, panel (the size's name), size and the cost's column. Raises FigureError when a column is missing.
    """
    require(frame, "times_over", "solver", "panel", "size", value)
    solvers = list(dict.fromkeys(frame["solver"]))
    views = []
    for panel, part in frame.groupby("panel", sort=False):
        views.append(
            alt.Chart(records(part, "solver", "size", value, digits=3))
            .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=36))
            .encode(
                x=alt.X(
                    "size:Q",
                    scale=alt.Scale(type="log", nice=False),
                    axis=alt.Axis(title=str(panel), values=sorted(int(v) for v in part["size"].unique()), format="~g"),
                ),
                y=alt.Y(f"{value}:Q", scale=log_scale(frame[value]), axis=power_axis(frame[value], value)),
                color=alt.Color("solver:N", scale=alt.Scale(domain=solvers), legend=alt.Legend(title=None)),
                tooltip=[alt.Tooltip("solver:N"), alt.Tooltip("size:Q"), alt.Tooltip(f"{value}:Q", format=".3g")],
            )
            .properties(width=250, height=210)
        )
    last = frame.sort_values("size").groupby(["panel", "solver"], sort=False)[value].last()
    seen = ", ".join(f"{solver} at the largest {panel} {number(v)}" for (panel, solver), v in last.items())
    return Figure(
        alt.concat(*views, columns=1, spacing=18),
        f"{value.capitalize()} of a ridge regression in the module against its sizes, on logarithmic axes: {seen}.",
        caption or f"{value.capitalize()} of the ridge regression, solver by solver.",
        columns=2,
    )
