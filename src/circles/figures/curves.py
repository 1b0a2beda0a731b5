"""Loss and accuracy through training."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import epoch_axis, log_scale, number, power_axis
from circles.figures.frames import require, series
from circles.figures.phases import bands, seed_choice
from circles.figures.show import Figure


def training_curves(frame: pd.DataFrame, phases: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Loss (logarithmic) and accuracy of each seed by epoch, the phases of the chosen seed shaded.

    frame: seed, epoch, split ("train", "test"), loss (nats), accuracy (0 to 1). phases: seed, phase, start, end (epochs).
    Raises FigureError when a column is missing.
    """
    require(frame, "training_curves", "seed", "epoch", "split", "loss", "accuracy")
    seed = seed_choice(frame, phases)
    split = alt.selection_point(name="split", fields=["split"], bind="legend")
    data = series(frame, by=["seed", "split"], over=["epoch", "loss", "accuracy"])
    shaded = bands(phases, chart="training_curves", seed=seed)
    lines = (
        alt.Chart(data)
        .transform_flatten(["epoch", "loss", "accuracy"])
        .mark_line(clip=True, interpolate="linear")
        .encode(
            x=alt.X("epoch:Q", axis=epoch_axis()),
            color=alt.Color(
                "split:N",
                sort=["train", "test"],
                scale=alt.Scale(domain=["train", "test"]),
                legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3),
            ),
            detail="seed:N",
            size=alt.condition(f"datum.seed == {seed.name}", alt.value(2.4), alt.value(1)),
            opacity=alt.condition(split, alt.value(0.85), alt.value(0.08)),
            tooltip=[
                alt.Tooltip("seed:N"),
                alt.Tooltip("split:N"),
                alt.Tooltip("epoch:Q", format=",d"),
                alt.Tooltip("loss:Q", format=".3g"),
                alt.Tooltip("accuracy:Q", format=".1%"),
            ],
        )
    )
    loss = lines.encode(
        y=alt.Y("loss:Q", scale=log_scale(frame["loss"]), axis=power_axis(frame["loss"], "loss (nats)"))
    )
    accuracy = lines.encode(
        y=alt.Y(
            "accuracy:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(title="accuracy", format="%", tickCount=5),
        )
    )
    size = {"width": theme.NARROW, "height": 210}
    chart = alt.concat(
        alt.layer(shaded, loss.add_params(split), **size),
        alt.layer(shaded, accuracy, **size),
        columns=1,
        spacing=18,
    ).add_params(seed)
    last = frame[frame["epoch"] == frame["epoch"].max()].groupby("split")["loss"].median()
    ends = ", ".join(f"{name} {number(value)}" for name, value in last.items())
    seeds = frame["seed"].nunique()
    text = (
        f"Loss on a logarithmic scale and accuracy by epoch for {seeds} seed{'s' * (seeds > 1)}, up to epoch "
        f"{int(frame['epoch'].max()):,}. Median loss at the end: {ends}. The phases of one seed are shaded."
    )
    return Figure(
        chart,
        text,
        caption or "Loss and accuracy through training. Click train or test to see one alone.",
        columns=2,
    )
