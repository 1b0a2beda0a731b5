"""Stability: twin runs under their bound, the gap between test and training, the step that breaks the bound."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import log_scale, number, power_axis
from circles.figures.frames import records, require, series
from circles.figures.show import Figure


def twin_runs(frame: pd.DataFrame, *, bound: str, y: str = "mean over pairs", caption: str | None = None) -> Figure:
    """How far twin runs are apart by step, a panel a data set, a line a loss, both axes logarithmic.

    frame: dataset, line (a loss, or the name ``bound``), step, value; zeros are left out. Raises FigureError when a column is
    missing.
    """
    require(frame, "twin_runs", "dataset", "line", "step", "value")
    frame = frame[(frame["value"] > 0) & (frame["step"] > 0)].reset_index(drop=True)
    losses = [n for n in dict.fromkeys(frame["line"]) if n != bound]
    views = []
    for dataset, part in frame.groupby("dataset", sort=False):
        rows = alt.Chart(series(part[part["line"] != bound], by=["line"], over=["step", "value"], digits=3))
        limit = part[part["line"] == bound].sort_values("step")
        at_x = alt.X("step:Q", scale=log_scale(part["step"]), axis=power_axis(part["step"], "step t"))
        at_y = alt.Y("value:Q", scale=log_scale(part["value"]), axis=power_axis(part["value"], y))
        legend = alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3)
        lines = (
            rows.transform_flatten(["step", "value"])
            .mark_line(strokeWidth=2, clip=True)
            .encode(
                x=at_x,
                y=at_y,
                color=alt.Color("line:N", scale=alt.Scale(domain=losses), legend=legend),
                tooltip=[
                    alt.Tooltip("line:N"),
                    alt.Tooltip("step:Q", format=",d"),
                    alt.Tooltip("value:Q", format=".3g"),
                ],
            )
        )
        dashed = alt.Chart(records(limit, "step", "value", digits=3)).mark_line(
            color=theme.MUTED, strokeWidth=2, strokeDash=[6, 3]
        )
        note = alt.Chart(records(limit.iloc[[len(limit) // 2]].assign(name=bound), "step", "value", "name", digits=3))
        views.append(
            alt.layer(
                lines,
                dashed.encode(x=at_x, y=at_y),
                note.mark_text(style="quiet", align="right", dx=-4, dy=-8).encode(x=at_x, y=at_y, text="name:N"),
            ).properties(width=theme.NARROW, height=170, title=str(dataset))
        )
    last = frame.loc[frame.groupby(["dataset", "line"])["step"].idxmax()]
    ends = "; ".join(
        f"{d}: " + ", ".join(f"{r['line']} {number(r['value'])}" for _, r in part.iterrows())
        for d, part in last.groupby("dataset", sort=False)
    )
    return Figure(
        alt.concat(*views, columns=1, spacing=18),
        f"Lines by step on logarithmic axes, a panel a data set, under a dashed bound. At the end: {ends}.",
        caption or "Twin runs stay under their bound.",
        columns=2,
    )


def gap_curves(frame: pd.DataFrame, *, x: str, caption: str | None = None) -> Figure:
    """|test - training| against one setting, a column a measure, a line a data set: mean and standard error over seeds.

    frame: dataset, measure, value (of the setting), gap, low, high. ``x`` names the setting. Raises FigureError when a column
    is missing.
    """
    require(frame, "gap_curves", "dataset", "measure", "value", "gap", "low", "high")
    sets, values = list(dict.fromkeys(frame["dataset"])), sorted(frame["value"].unique())
    ticks = values if len(values) < 7 else values[::2]
    views = []
    for measure, part in frame.groupby("measure", sort=False):
        base = alt.Chart(records(part, "dataset", "value", "gap", "low", "high", digits=3)).encode(
            x=alt.X(
                "value:Q", scale=alt.Scale(type="log", nice=False, domain=[values[0] / 1.15, values[-1] * 1.15]),
                axis=alt.Axis(title=x, values=ticks, format="~g" if values[-1] <= 1 else "~s"),
            ),
            color=alt.Color("dataset:N", scale=alt.Scale(domain=sets), legend=alt.Legend(title=None, symbolOpacity=1)),
        )  # fmt: skip
        axis = alt.Axis(title=f"gap in {measure}", tickCount=5)
        views.append(
            alt.layer(
                base.mark_rule(strokeWidth=2, opacity=0.4).encode(y=alt.Y("low:Q", axis=axis), y2="high:Q"),
                base.mark_line(strokeWidth=1.5, point=alt.OverlayMarkDef(filled=True, size=30)).encode(
                    y=alt.Y("gap:Q", axis=axis),
                    tooltip=[
                        alt.Tooltip("dataset:N"),
                        alt.Tooltip("value:Q", title=x),
                        alt.Tooltip("gap:Q", format=".3g"),
                    ],
                ),
            ).properties(width=theme.NARROW, height=190)
        )
    ends = "; ".join(
        f"{measure}, {d}: {number(part['gap'].iloc[0])} to {number(part['gap'].iloc[-1])}"
        for (measure, d), part in frame.sort_values("value").groupby(["measure", "dataset"], sort=False)
    )
    return Figure(
        alt.concat(*views, columns=1, spacing=18),
        f"The mean gap between test and training against {x}, from its least value to its largest: {ends}.",
        caption or f"The generalisation gap against {x}; bars are a standard error over seeds.",
        columns=2,
    )


def breaking_step(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Distance over bound against the step in units of 1 / beta, a line a loss; the rules stand at the bound and at 2 / beta.

    frame: loss, times, ratio. Raises FigureError when a column is missing.
    """
    require(frame, "breaking_step", "loss", "times", "ratio")
    losses, times = list(dict.fromkeys(frame["loss"])), sorted(frame["times"].unique())
    x = alt.X(
        "times:Q", scale=alt.Scale(type="log", domain=[times[0], times[-1]], nice=False),
        axis=alt.Axis(title="step, in units of 1 / beta", values=times, format="~g"),
    )  # fmt: skip
    top = float(f"{1.1 * frame['ratio'].max():.2g}")
    y = alt.Y(
        "ratio:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(title="distance / bound", tickCount=5)
    )
    marks = pd.DataFrame({"at": [2.0], "one": [1.0], "name": ["2 / beta"]})
    guide = alt.Chart(records(marks, "at", "one", "name"))
    chart = alt.layer(
        alt.Chart(records(frame, "loss", "times", "ratio"))
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(filled=True, size=36))
        .encode(
            x=x,
            y=y,
            color=alt.Color("loss:N", scale=alt.Scale(domain=losses), legend=alt.Legend(title=None)),
            tooltip=[alt.Tooltip("loss:N"), alt.Tooltip("times:Q"), alt.Tooltip("ratio:Q", format=".3g")],
        ),
        guide.mark_rule(style="guide").encode(x=alt.X("at:Q")),
        guide.mark_rule(style="guide").encode(y=alt.Y("one:Q")),
        guide.mark_text(style="quiet", align="left", dx=5, baseline="bottom").encode(
            x=alt.X("at:Q"), y=alt.value(250), text="name:N"
        ),
    ).properties(width="container", height=260)
    seen = "; ".join(
        f"{n}: {number(p['ratio'].iloc[0])} at {number(p['times'].iloc[0])} / beta, {number(p['ratio'].iloc[-1])} at {number(p['times'].iloc[-1])} / beta"
        for n, p in frame.sort_values("times").groupby("loss", sort=False)
    )
    return Figure(
        chart,
        f"Largest ratio of the twins' distance to its bound against the step size, with rules at ratio 1 and at the step 2 / beta. {seen}.",
        caption or "The sample made to drive twins apart: where the bound breaks.",
    )
