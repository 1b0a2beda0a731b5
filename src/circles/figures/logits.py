"""The logits in the Fourier basis: one coefficient a frequency."""

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
