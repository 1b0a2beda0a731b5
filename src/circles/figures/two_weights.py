"""A layer with two weights: which one learns, and in which one there is a pattern."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import records, require, series, thin
from circles.figures.show import Figure


def two_weights(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """How far each weight of the layer moves from its start, step by step.

    frame: step, weight, change (||W - W_0|| / ||W_0||). Raises FigureError when a column is missing.
    """
    require(frame, "two_weights", "step", "weight", "change")
    names = list(dict.fromkeys(frame["weight"]))
    lines = (
        alt.Chart(series(thin(frame, column="step", most=80), by=["weight"], over=["step", "change"], digits=3))
        .transform_flatten(["step", "change"])
        .mark_line(strokeWidth=2.2)
        .encode(
            x=alt.X("step:Q", axis=alt.Axis(title="training step"), scale=alt.Scale(nice=False)),
            y=alt.Y("change:Q", axis=alt.Axis(title="change, of the norm at the start", tickCount=5)),
            color=alt.Color(
                "weight:N",
                scale=alt.Scale(domain=names),
                legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3),
            ),
            tooltip=[
                alt.Tooltip("weight:N"),
                alt.Tooltip("step:Q"),
                alt.Tooltip("change:Q", format=".3g"),
            ],
        )
    )
    last = frame[frame["step"] == frame["step"].max()]
    ends = ", ".join(f"{r.weight} {number(r.change)}" for r in last.itertuples())
    return Figure(
        lines.properties(width="container", height=220),
        f"Change of each weight from its start, relative to its norm, by step. At the end: {ends}.",
        caption or "The weight that the layer computes with moves; the one that was pictured does not.",
    )


def against_controls(
    frame: pd.DataFrame, controls: pd.DataFrame, *, unit: str, caption: str | None = None
) -> Figure:
    """A statistic of several matrices (rules) against the same statistic of shuffled controls (histograms).

    frame: weight, observed. controls: weight, value. `unit` names the statistic. Raises FigureError when a column is
    missing.
    """
    require(frame, "against_controls", "weight", "observed")
    require(controls, "against_controls", "weight", "value")
    names = list(dict.fromkeys(frame["weight"]))
    edge = max(float(frame["observed"].max()), float(controls["value"].max())) * 1.05
    step = edge / 100
    binned = controls.assign(left=(controls["value"] / step).astype(int) * step)
    counts = binned.groupby(["weight", "left"], sort=False).size().rename("number").reset_index()
    counts["right"] = counts["left"] + step
    axis = alt.Axis(title=unit, tickCount=5)
    panels = []
    for name in names:
        bars = (
            alt.Chart(records(counts[counts["weight"] == name], "left", "right", "number"))
            .mark_bar(color=theme.MUTED)
            .encode(
                x=alt.X("left:Q", scale=alt.Scale(domain=[0, edge], nice=False), axis=axis),
                x2="right:Q",
                y=alt.Y("number:Q", axis=alt.Axis(title="shuffled controls", tickCount=3)),
                y2=alt.datum(0),
                tooltip=[alt.Tooltip("left:Q", format=".3g"), alt.Tooltip("number:Q")],
            )
        )
        rule = (
            alt.Chart(records(frame[frame["weight"] == name], "observed"))
            .mark_rule(strokeWidth=3, color=theme.ACCENT)
            .encode(x="observed:Q", tooltip=[alt.Tooltip("observed:Q", format=".3g")])
        )
        panels.append(alt.layer(bars, rule, width=theme.NARROW, height=120, title=str(name)))
    seen = "; ".join(
        f"{r.weight}: {number(r.observed)} against {number(controls[controls['weight'] == r.weight]['value'].mean())} "
        "on average in the controls"
        for r in frame.itertuples()
    )
    return Figure(
        alt.concat(*panels, columns=1, spacing=18),
        f"The {unit} of each matrix, a rule, beside a histogram of shuffled controls. {seen}.",
        caption or "Each matrix (orange) against copies of itself with shuffled rows (grey).",
        columns=2,
    )
