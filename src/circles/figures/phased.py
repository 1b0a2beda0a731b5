"""Measures through training, with the phases of the chosen seed as shaded bands behind them."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import order, panels, records, require, series
from circles.figures.lines import LEGEND
from circles.figures.quantity import EPOCH, Quantity, of_panel
from circles.figures.show import Figure

ACCURACY = Quantity("accuracy", span=(0, 1), percent=True)


def phased(frame: pd.DataFrame, phases: pd.DataFrame, *, every_seed: bool = False, caption: str) -> Figure:
    """Curves of the measures of one chosen seed by epoch, a view a panel, the seed's phases shaded.

    frame: seed, epoch, panel (the title of the y axis, such as "loss (nats)", "Gini coefficient"), measure (the curve's
    name), value; a panel whose name holds "loss" is logarithmic, "accuracy" is a share. phases: seed, phase, start, end
    (epochs). `every_seed` draws the others as thin lines. Raises FigureError when a column is missing.
    """
    require(frame, "phased", "seed", "epoch", "panel", "measure", "value")
    seed = _choice(frame, phases)
    shaded = bands(phases, seed)
    along = Quantity("epoch", ticks=6, span=(float(frame["epoch"].min()), float(frame["epoch"].max())))
    x = along.x("epoch", frame["epoch"])
    views = []
    for panel, part in panels(frame, "panel"):
        names = order(part["measure"])
        y = ACCURACY if panel == "accuracy" else of_panel(panel)
        lines = alt.Chart(series(part, by=["seed", "measure"], over=["epoch", "value"]))
        if not every_seed:
            lines = lines.transform_filter(f"datum.seed == {seed.name}")
        legend = alt.Legend(**LEGEND, columns=2) if len(names) > 1 else None
        lines = (
            lines.transform_flatten(["epoch", "value"])
            .mark_line(clip=True, strokeWidth=1.8)
            .encode(
                x=x,
                y=y.y("value", part["value"]),
                color=alt.Color("measure:N", sort=names, scale=alt.Scale(domain=names), legend=legend),
                tooltip=[*_seeds(every_seed), alt.Tooltip("measure:N"), EPOCH.tip("epoch"), y.tip("value")],
            )
        )
        if every_seed:
            mine = alt.condition(f"datum.seed == {seed.name}", alt.value(2.4), alt.value(1))
            lines = lines.encode(detail="seed:N", size=mine)
        views.append(alt.layer(shaded, lines, width=theme.NARROW, height=190).resolve_scale(color="independent"))
    chart = alt.concat(*views, columns=1, spacing=20).resolve_scale(color="independent", fill="shared").add_params(seed)
    return Figure(chart, _text(frame, phases), caption, columns=len(views) if len(views) < 3 else 2)


def _seeds(every_seed: bool) -> list[alt.Tooltip]:
    return [alt.Tooltip("seed:N")] if every_seed else []


def _text(frame: pd.DataFrame, phases: pd.DataFrame) -> str:
    first = _shown(frame, phases)
    own = frame[frame["seed"] == first]
    ends = ", ".join(f"{r.measure} {number(r.value)}" if p != "accuracy" else f"{r.measure} accuracy {r.value:.0%}"
                     for p, part in panels(own[own["epoch"] == own["epoch"].max()], "panel") for r in part.itertuples())  # fmt: skip
    seeds = frame["seed"].nunique()
    return (
        f"Curves by epoch up to {int(frame['epoch'].max()):,} for {seeds} seed{'s' * (seeds > 1)}, "
        f"{', '.join(order(frame['panel']))}; phases shaded. At the last epoch of seed {first}: {ends}."
    )


def bands(phases: pd.DataFrame, seed: alt.Parameter) -> alt.Chart:
    """Returns one band for each phase of the seed that `seed` has chosen; columns seed, phase, start, end (epochs)."""
    require(phases, "bands", "seed", "phase", "start", "end")
    names = order(phases["phase"])
    spare = [c for c in theme.LIGHT_COLOURS if c not in theme.PHASE_COLOURS.values()]
    colours = [theme.PHASE_COLOURS.get(name, spare[i % len(spare)]) for i, name in enumerate(names)]
    legend = alt.Legend(title=None, symbolType="square", symbolOpacity=0.5, symbolStrokeWidth=0)
    start = alt.Tooltip("start:Q", title="from epoch", format=",d")
    end = alt.Tooltip("end:Q", title="to epoch", format=",d")
    return (
        alt.Chart(records(phases, "seed", "phase", "start", "end"))
        .transform_filter(f"datum.seed == {seed.name}")
        .mark_rect(opacity=0.2)
        .encode(
            x="start:Q",
            x2="end:Q",
            fill=alt.Fill("phase:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
            tooltip=[alt.Tooltip("phase:N"), start, end],
        )
    )


def _shown(frame: pd.DataFrame, phases: pd.DataFrame) -> int:
    """The seed shown first: the first of the frame's that has phases, else the first."""
    seeds = sorted(int(s) for s in frame["seed"].unique())
    return next((s for s in seeds if (phases["seed"] == s).any()), seeds[0])


def _choice(frame: pd.DataFrame, phases: pd.DataFrame) -> alt.Parameter:
    """The parameter `seed`, bound to a list where there is a choice."""
    seeds = sorted(int(s) for s in frame["seed"].unique())
    if len(seeds) == 1:
        return alt.param(name="seed", value=seeds[0])
    choice = alt.binding_select(options=seeds, name="seed shown: ")
    return alt.param(name="seed", value=_shown(frame, phases), bind=choice)
