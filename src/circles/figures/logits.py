"""The logits in the Fourier basis: one coefficient a frequency, and the map of all."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import records, require
from circles.figures.show import Figure


def logits_fit(frame: pd.DataFrame, *, fve: float | int | None = None, caption: str | None = None) -> Figure:
    """The coefficient alpha_k of cos(w_k(a+b-c)) in the logits, for each frequency.

    frame: frequency, alpha, key (bool). `fve`: the share of variance that the key frequencies explain. Raises FigureError
    when a column is missing.
    """
    require(frame, "logits_fit", "frequency", "alpha", "key")
    end = float(frame["frequency"].max()) + 1
    base = alt.Chart(records(frame, "frequency", "alpha", "key")).encode(
        x=alt.X(
            "frequency:Q",
            scale=alt.Scale(domain=[0, end], nice=False),
            axis=alt.Axis(title="frequency k", tickCount=8),
        ),
        y=alt.Y("alpha:Q", axis=alt.Axis(title="α_k (logit)", tickCount=5)),
        tooltip=[alt.Tooltip("frequency:Q"), alt.Tooltip("alpha:Q", format=".3g")],
        opacity=alt.condition("datum.key", alt.value(1), alt.value(0.45)),
    )
    stems = base.mark_rule(strokeWidth=2, color=theme.MUTED).encode(y2=alt.datum(0))
    dots = base.mark_point(filled=True, size=60)
    labels = (
        base.transform_filter("datum.key").mark_text(dy=-11, style="note", fontWeight=600).encode(text="frequency:Q")
    )
    chosen = frame[frame["key"].astype(bool)]
    text = (
        "Coefficients of cos(w_k(a+b-c)) in the logits: "
        + ", ".join(f"{number(a)} at {int(k)}" for k, a in zip(chosen["frequency"], chosen["alpha"], strict=True))
        + "; the others are near zero."
    )
    if fve is not None:
        text += f" Together they explain {fve:.1%} of the variance."
    return Figure(
        alt.layer(stems, dots, labels, width="container", height=230),
        text,
        caption or "The logits as a sum of cosines: one coefficient a frequency.",
    )


def logits_map(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Norm of the logits' components in the two-dimensional Fourier basis, a square for each pair of frequencies.

    frame: frequency_a, frequency_b, norm. Raises FigureError when a column is missing.
    """
    require(frame, "logits_map", "frequency_a", "frequency_b", "norm")
    size = float(max(frame["frequency_a"].max(), frame["frequency_b"].max()))
    rows = frame.assign(a2=frame["frequency_a"] + 1, b2=frame["frequency_b"] + 1)
    axis = alt.Scale(domain=[0, size + 1], nice=False)
    chart = (
        alt.Chart(records(rows, "frequency_a", "frequency_b", "a2", "b2", "norm", digits=3))
        .mark_rect()
        .encode(
            x=alt.X("frequency_a:Q", scale=axis, axis=alt.Axis(title="frequency of a", grid=False)),
            x2="a2:Q",
            y=alt.Y("frequency_b:Q", scale=axis, axis=alt.Axis(title="frequency of b", grid=False)),
            y2="b2:Q",
            color=alt.Color("norm:Q", legend=alt.Legend(title="norm", gradientLength=180)),
            tooltip=[
                alt.Tooltip("frequency_a:Q", title="frequency of a"),
                alt.Tooltip("frequency_b:Q", title="frequency of b"),
                alt.Tooltip("norm:Q", format=".3g"),
            ],
        )
        .properties(width=270, height=270)
    )
    top = frame[(frame["frequency_a"] > 0) | (frame["frequency_b"] > 0)].nlargest(5, "norm")
    pairs = ", ".join(f"({int(a)}, {int(b)})" for a, b in zip(top["frequency_a"], top["frequency_b"], strict=True))
    text = f"Heat map of the logits in the two-dimensional Fourier basis. The largest components besides the constant are at {pairs}."
    return Figure(chart, text, caption or "The logits in the two-dimensional Fourier basis.", canvas=True)
