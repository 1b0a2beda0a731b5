"""Progress measures through training, a panel for each kind of measure."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import THOUSANDS, epoch_axis, log_scale, number, power_axis
from circles.figures.frames import require, series
from circles.figures.phases import bands, seed_choice, shown_seed
from circles.figures.show import Figure


def progress_measures(frame: pd.DataFrame, phases: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Curves of the measures of one chosen seed, the phases shaded; a panel whose name holds "loss" is logarithmic.

    frame: seed, epoch, panel (the title of the y axis, such as "loss (nats)", "Gini coefficient"), measure (the curve's
    name), value. phases: seed, phase, start, end (epochs). Raises FigureError when a column is missing.
    """
    require(frame, "progress_measures", "seed", "epoch", "panel", "measure", "value")
    seed = seed_choice(frame, phases)
    shaded = bands(phases, chart="progress_measures", seed=seed)
    domain = [float(frame["epoch"].min()), float(frame["epoch"].max())]
    views = []
    for panel, part in frame.groupby("panel", sort=False):
        names = list(dict.fromkeys(part["measure"]))
        if "loss" in str(panel):
            y = alt.Y("value:Q", scale=log_scale(part["value"]), axis=power_axis(part["value"], str(panel)))
        else:
            y = alt.Y("value:Q", axis=alt.Axis(title=str(panel), tickCount=5, labelExpr=THOUSANDS))
        lines = (
            alt.Chart(series(part, by=["seed", "measure"], over=["epoch", "value"]))
            .transform_filter(f"datum.seed == {seed.name}")
            .transform_flatten(["epoch", "value"])
            .mark_line(clip=True, strokeWidth=1.8)
            .encode(
                x=alt.X("epoch:Q", axis=epoch_axis(), scale=alt.Scale(domain=domain, nice=False)),
                y=y,
                color=alt.Color(
                    "measure:N",
                    sort=names,
                    scale=alt.Scale(domain=names),
                    legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3, columns=2)
                    if len(names) > 1
                    else None,
                ),
                tooltip=[
                    alt.Tooltip("measure:N"),
                    alt.Tooltip("epoch:Q", format=",d"),
                    alt.Tooltip("value:Q", format=".3g"),
                ],
            )
        )
        views.append(alt.layer(shaded, lines, width=theme.NARROW, height=180).resolve_scale(color="independent"))
    chart = alt.concat(*views, columns=1, spacing=22).resolve_scale(color="independent", fill="shared").add_params(seed)
    first = shown_seed(frame, phases)
    last = frame[(frame["seed"] == first) & (frame["epoch"] == frame[frame["seed"] == first]["epoch"].max())]
    ends = ", ".join(f"{r.measure} {number(r.value)}" for r in last.itertuples())
    text = f"Progress measures by epoch, phases shaded. At the last epoch of seed {first}: {ends}."
    return Figure(
        chart,
        text,
        caption or "The measures move smoothly while the test loss still stands still.",
        columns=2,
    )
