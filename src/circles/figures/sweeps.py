"""Sweeps: when the net groks, as one setting varies."""

import altair as alt
import pandas as pd

from circles.figures.axes import THOUSANDS
from circles.figures.frames import FigureError, records, require, short
from circles.figures.show import Figure

_TITLES = {"fraction": "share of the pairs trained on", "weight_decay": "weight decay", "p": "prime p"}


def sweep(frame: pd.DataFrame, *, over: str, caption: str | None = None) -> Figure:
    """Epochs until the net groks, a point a seed; a net that never did stands at its budget as a cross.

    frame: `over` ("fraction", "weight_decay" or "p"), seed, epochs_to_grok (missing: not within the budget), budget
    (epochs), final_test_accuracy (0 to 1). Raises FigureError when a column is missing or `over` is another setting.
    """
    if over not in _TITLES:
        raise FigureError(f"sweep: over={over!r}; expected one of {', '.join(_TITLES)}")
    require(frame, "sweep", over, "seed", "epochs_to_grok", "budget", "final_test_accuracy")
    grokked = frame["epochs_to_grok"].notna()
    states = ["grokked", "not within the budget"]
    rows = frame.assign(
        setting=frame[over],
        state=grokked.map({True: states[0], False: states[1]}),
        epochs=frame["epochs_to_grok"].where(grokked, frame["budget"]),
    )
    top = float(1.06 * rows["epochs"].max())
    order = [short(v) for v in sorted(frame[over].unique())]
    chart = (
        alt.Chart(records(rows, "setting", "seed", "state", "epochs", "final_test_accuracy"))
        .mark_point(size=70, strokeWidth=2.2)
        .encode(
            x=alt.X("setting:O", sort=order, axis=alt.Axis(title=_TITLES[over], labelAngle=0)),
            xOffset=alt.XOffset("seed:O"),
            y=alt.Y(
                "epochs:Q",
                scale=alt.Scale(domain=[0, top], nice=False),
                axis=alt.Axis(title="epochs until it groks", labelExpr=THOUSANDS, tickCount=5),
            ),
            color=alt.Color("state:N", scale=alt.Scale(domain=states), legend=alt.Legend(title=None)),
            shape=alt.Shape(
                "state:N",
                scale=alt.Scale(domain=states, range=["circle", "cross"]),
                legend=alt.Legend(title=None),
            ),
            tooltip=[
                alt.Tooltip("setting:O", title=_TITLES[over]),
                alt.Tooltip("seed:O"),
                alt.Tooltip("state:N"),
                alt.Tooltip("epochs:Q", format=",d"),
                alt.Tooltip("final_test_accuracy:Q", title="test accuracy at the end", format=".1%"),
            ],
        )
        .properties(width="container", height=240)
    )
    counts = "; ".join(
        f"{short(v)}: {int(part['epochs_to_grok'].notna().sum())} of {len(part)}" for v, part in frame.groupby(over)
    )
    text = (
        f"Epochs until grokking against {_TITLES[over]}, a point a seed. How many grokked within the budget: {counts}."
    )
    return Figure(
        chart,
        text,
        caption or f"When the net groks, by {_TITLES[over]}; crosses did not within their budget.",
    )
