"""A slider through one neuron's training: its latent weights, their signs, its activation over (a, b)."""

import altair as alt
import pandas as pd

from circles.figures import controls, theme
from circles.figures.frames import FigureError, require, short
from circles.figures.show import Figure


def latent_slider(weights: pd.DataFrame, maps: pd.DataFrame, *, name: str) -> Figure:
    """One slider over checkpoints moves a neuron's weights, before and after the map, and its activation map.

    weights: epoch, input (0, 1, ...), latent, used. maps: epoch, a, b, activation; the same epochs, the same a and b in
    each. `name` says which neuron. Raises FigureError when a column is missing or the epochs differ.
    """
    require(weights, "latent_slider", "epoch", "input", "latent", "used")
    require(maps, "latent_slider", "epoch", "a", "b", "activation")
    moments = sorted(int(e) for e in weights["epoch"].unique())
    other = sorted(int(e) for e in maps["epoch"].unique())
    if moments != other:
        raise FigureError(f"latent_slider: maps has epochs {other}; expected those of weights, {moments}")
    through = controls.along(moments, name="epoch →", now="epoch", start=-1)
    chart = (
        alt.concat(_weights(weights, moments), _map(maps, moments), columns=1, spacing=20)
        .resolve_scale(color="independent")
        .add_params(*through)
    )
    ends = [weights[weights["epoch"] == e].sort_values("input")["used"].to_numpy() for e in (moments[0], moments[-1])]
    flipped = float((ends[0] != ends[1]).mean())
    return Figure(
        chart,
        f"A slider through training, epoch {moments[0]:,} to {moments[-1]:,}, for {name}: its latent weights, sorted as they "
        f"end, with the values used in the forward pass, and its activation over all pairs (a, b). "
        f"{flipped:.0%} of the used values differ between the first epoch and the last.",
        f"Move the slider through training: the weights of {name} and its activation. {flipped:.0%} of the values used "
        "in the forward pass end otherwise than they began.",
        columns=2,
        still={"at": controls.place(moments, -1)},
        canvas=True,
    )


def _weights(weights: pd.DataFrame, moments: list[int]) -> alt.Chart:
    last = weights[weights["epoch"] == moments[-1]].sort_values("latent")
    place = {int(n): i for i, n in enumerate(last["input"])}
    rows = []
    for i, e in enumerate(moments):
        part = weights[weights["epoch"] == e].assign(place=lambda x: x["input"].map(place)).sort_values("place")
        rows.append({
            "i": i,
            "latent": [short(v, 3) for v in part["latent"]],
            "used": [short(v, 3) for v in part["used"]],
        })  # fmt: skip
    top = float(f"{1.05 * weights['latent'].abs().max():.2g}")
    title = alt.Title(alt.ExprRef("'Epoch ' + format(epoch, ',') + ': its latent weights'"))
    return (
        alt.Chart(alt.InlineData(values=rows))
        .transform_filter("datum.i == moment")
        .transform_calculate(place=f"sequence({len(place)})")
        .transform_flatten(["place", "latent", "used"])
        .transform_calculate(sign="datum.used > 0 ? 'positive' : datum.used < 0 ? 'negative' : 'zero'")
        .mark_bar(width=2)
        .encode(
            x=alt.X("place:Q", axis=alt.Axis(title="inputs, sorted by the weight at the end", labels=False, ticks=False)),
            y=alt.Y(
                "latent:Q",
                scale=alt.Scale(domain=[-top, top], nice=False),
                axis=alt.Axis(title="latent weight", tickCount=5),
            ),
            color=alt.Color(
                "sign:N",
                scale=alt.Scale(domain=["positive", "negative", "zero"]),
                legend=alt.Legend(title="used in the forward pass as"),
            ),
            tooltip=[alt.Tooltip("latent:Q", format=".3g"), alt.Tooltip("used:Q", format=".3g")],
        )
        .properties(width=theme.NARROW, height=theme.NARROW, title=title)
    )


def _map(maps: pd.DataFrame, moments: list[int]) -> alt.Chart:
    names = sorted(int(a) for a in maps["a"].unique())
    n, step = len(names), names[1] - names[0] if len(names) > 1 else 1
    rows = []
    for i, e in enumerate(moments):
        part = maps[maps["epoch"] == e].sort_values(["a", "b"])
        if len(part) != n * n:
            raise FigureError(f"latent_slider: epoch {e} has {len(part)} cells; expected {n * n}")
        top = float(part["activation"].abs().max()) or 1.0
        rows.append({"i": i, "v": [round(99 * float(v) / top) for v in part["activation"]]})
    end = names[-1] + step
    cell, next_cell = f"{step} * floor(datum.cell / {n})", f"{step} * (datum.cell % {n})"
    domain = alt.Scale(domain=[0, end], nice=False)
    return (
        alt.Chart(alt.InlineData(values=rows))
        .transform_filter("datum.i == moment")
        .transform_calculate(cell=f"sequence({n * n})")
        .transform_flatten(["cell", "v"])
        .transform_calculate(
            a=cell, b=next_cell, a2=f"{cell} + {step}", b2=f"{next_cell} + {step}", share="datum.v / 99"
        )
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X("a:Q", scale=domain, axis=alt.Axis(title="a", tickCount=4)),
            x2="a2:Q",
            y=alt.Y("b:Q", scale=domain, axis=alt.Axis(title="b", tickCount=4, grid=False)),
            y2="b2:Q",
            color=alt.Color(
                "share:Q",
                scale=alt.Scale(domain=[0, 1]),
                legend=alt.Legend(title="activation, of its largest", gradientLength=160, format=".0%"),
            ),
            tooltip=[alt.Tooltip("a:Q"), alt.Tooltip("b:Q"), alt.Tooltip("share:Q", format=".0%")],
        )
        .properties(width=theme.NARROW, height=theme.NARROW, title=alt.Title("Its activation over (a, b)"))
    )
