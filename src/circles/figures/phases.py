"""The three phases of training as shaded bands behind curves."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records, require


def bands(phases: pd.DataFrame, *, chart: str, seed: alt.Parameter) -> alt.Chart:
    """Returns one band for each phase of the seed that `seed` has chosen; columns seed, phase, start, end (epochs)."""
    require(phases, chart, "seed", "phase", "start", "end")
    names = list(dict.fromkeys(phases["phase"]))
    spare = [c for c in theme.LIGHT_COLOURS if c not in theme.PHASE_COLOURS.values()]
    colours = [theme.PHASE_COLOURS.get(name, spare[i % len(spare)]) for i, name in enumerate(names)]
    return (
        alt.Chart(records(phases, "seed", "phase", "start", "end"))
        .transform_filter(f"datum.seed == {seed.name}")
        .mark_rect(opacity=0.2)
        .encode(
            x="start:Q",
            x2="end:Q",
            fill=alt.Fill(
                "phase:N",
                scale=alt.Scale(domain=names, range=colours),
                legend=alt.Legend(title=None, symbolType="square", symbolOpacity=0.5, symbolStrokeWidth=0),
            ),
            tooltip=[
                alt.Tooltip("phase:N"),
                alt.Tooltip("start:Q", title="from epoch", format=",d"),
                alt.Tooltip("end:Q", title="to epoch", format=",d"),
            ],
        )
    )


def shown_seed(frame: pd.DataFrame, phases: pd.DataFrame) -> int:
    """The seed that a chart shows first: the first of the frame's that has phases, else the first."""
    seeds = sorted(int(s) for s in frame["seed"].unique())
    return next((s for s in seeds if (phases["seed"] == s).any()), seeds[0])


def seed_choice(frame: pd.DataFrame, phases: pd.DataFrame) -> alt.Parameter:
    """Returns the parameter `seed`, bound to a list where there is a choice."""
    seeds = sorted(int(s) for s in frame["seed"].unique())
    if len(seeds) == 1:
        return alt.param(name="seed", value=seeds[0])
    choice = alt.binding_select(options=seeds, name="seed shown: ")
    return alt.param(name="seed", value=shown_seed(frame, phases), bind=choice)
