"""The slider through training: spectrum, circle and losses at one moment."""

import altair as alt
import pandas as pd

from circles.figures import controls, theme
from circles.figures.axes import epoch_axis, log_scale, number, power_axis
from circles.figures.frames import FigureError, require, series
from circles.figures.show import Figure
from circles.figures.tokens import circle_at


def _at(moments: list[int]) -> dict[int, int]:
    return {epoch: i for i, epoch in enumerate(moments)}


def slider(spectrum: pd.DataFrame, circle: pd.DataFrame, losses: pd.DataFrame, *, caption: str) -> Figure:
    """One slider over the epochs of the recorded checkpoints moves the circle of a chosen frequency, the spectrum and a rule in the losses.

    spectrum: epoch, frequency, norm. circle: epoch, token (0 to p-1), frequency, x, y (the embedding along its cos and sin).
    losses: epoch, measure, value (nats). Raises FigureError when a column is missing, or when the epochs of `circle`
    and `spectrum` differ.
    """
    require(spectrum, "slider", "epoch", "frequency", "norm")
    require(circle, "slider", "epoch", "token", "frequency", "x", "y")
    require(losses, "slider", "epoch", "measure", "value")
    moments = sorted(int(e) for e in spectrum["epoch"].unique())
    other = sorted(int(e) for e in circle["epoch"].unique())
    if moments != other:
        raise FigureError(
            f"slider: circle has {len(other)} epochs, spectrum {len(moments)}; expected the same epochs in both"
        )
    ks = [int(k) for k in sorted(circle["frequency"].unique())]
    p = int(circle["token"].max()) + 1
    last_norms = spectrum[(spectrum["epoch"] == moments[-1]) & spectrum["frequency"].isin(ks)]
    first_shown = int(last_norms.loc[last_norms["norm"].idxmax(), "frequency"])
    through = controls.along(moments, name="epoch →", now="epoch", start=-1)
    chosen = alt.param(name="k", value=first_shown, bind=alt.binding_radio(options=ks, name="frequency k: "))
    views = [
        circle_at(circle, moments, p),
        _spectrum(spectrum, moments, ks),
        _losses(losses),
        _growth(spectrum, ks),
    ]
    chart = (
        alt.concat(*views, columns=1, spacing=20)
        .resolve_scale(color="independent", fill="independent", stroke="independent")
        .add_params(*through, chosen)
    )
    first, last = moments[0], moments[-1]
    biggest = spectrum[spectrum["epoch"] == last].nlargest(len(ks), "norm")["frequency"]
    ends = ", ".join(
        f"{r.measure} {number(r.value)}" for r in losses[losses["epoch"] == losses["epoch"].max()].itertuples()
    )
    text = (
        f"A slider through training, epoch {first:,} to {last:,}. The {p} tokens, placed by their cosine and sine of one frequency, "
        f"and the spectrum of the embedding move with it; at the end the largest peaks are "
        f"{', '.join(str(int(k)) for k in sorted(biggest))}; a rule marks the moment in the losses (at the end {ends})."
    )
    return Figure(
        chart,
        text,
        caption,
        columns=2,
        still={"at": controls.place(moments, -1)},
    )


def _spectrum(spectrum: pd.DataFrame, moments: list[int], ks: list[int]) -> alt.LayerChart:
    rows = spectrum.sort_values(["epoch", "frequency"]).assign(i=spectrum["epoch"].map(_at(moments)))
    data = series(rows, by=["i"], over=["frequency", "norm"], digits=3)
    top, end = float(rows["norm"].max()), float(rows["frequency"].max()) + 1
    base = (
        alt.Chart(data)
        .transform_filter("datum.i == moment")
        .transform_flatten(["frequency", "norm"])
        .encode(
            x=alt.X(
                "frequency:Q",
                scale=alt.Scale(domain=[0, end], nice=False),
                axis=alt.Axis(title="frequency k", tickCount=6),
            ),
            y=alt.Y(
                "norm:Q",
                scale=alt.Scale(domain=[0, float(f"{1.1 * top:.3g}")], nice=False),
                axis=alt.Axis(title="norm in the embedding", tickCount=4),
            ),
            tooltip=[alt.Tooltip("frequency:Q"), alt.Tooltip("norm:Q", format=".3g")],
        )
    )
    mine = "datum.frequency == k"
    bars = base.mark_bar(width=3).encode(color=alt.condition(mine, alt.value(theme.ACCENT), alt.value(theme.MUTED)))
    label = base.transform_filter(mine).mark_text(dy=-8, style="note", fontWeight=600).encode(text="frequency:Q")
    return alt.layer(
        bars, label, width=theme.NARROW, height=theme.NARROW, title=alt.Title("The spectrum of the embedding")
    )


def _losses(losses: pd.DataFrame) -> alt.LayerChart:
    names = list(dict.fromkeys(losses["measure"]))
    span = [float(losses["epoch"].min()), float(losses["epoch"].max())]
    lines = (
        alt.Chart(series(losses, by=["measure"], over=["epoch", "value"]))
        .transform_flatten(["epoch", "value"])
        .mark_line(clip=True, strokeWidth=1.8)
        .encode(
            x=alt.X("epoch:Q", axis=epoch_axis(), scale=alt.Scale(domain=span, nice=False)),
            y=alt.Y("value:Q", scale=log_scale(losses["value"]), axis=power_axis(losses["value"], "loss (nats)")),
            color=alt.Color(
                "measure:N",
                sort=names,
                scale=alt.Scale(domain=names),
                legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3, columns=2),
            ),
            tooltip=[
                alt.Tooltip("measure:N"),
                alt.Tooltip("epoch:Q", format=",d"),
                alt.Tooltip("value:Q", format=".3g"),
            ],
        )
    )
    return alt.layer(lines, _now(), width=theme.NARROW, height=190, title=alt.Title("The losses, and now"))


def _growth(spectrum: pd.DataFrame, ks: list[int]) -> alt.LayerChart:
    rows = spectrum[spectrum["frequency"].isin(ks)].sort_values("epoch")
    span = [float(rows["epoch"].min()), float(rows["epoch"].max())]
    mine = "datum.frequency == k"
    lines = (
        alt.Chart(series(rows, by=["frequency"], over=["epoch", "norm"]))
        .transform_flatten(["epoch", "norm"])
        .mark_line()
        .encode(
            x=alt.X("epoch:Q", axis=epoch_axis(), scale=alt.Scale(domain=span, nice=False)),
            y=alt.Y("norm:Q", axis=alt.Axis(title="norm in the embedding", tickCount=4)),
            detail="frequency:N",
            color=alt.condition(mine, alt.value(theme.ACCENT), alt.value(theme.MUTED)),
            size=alt.condition(mine, alt.value(2.6), alt.value(1.2)),
            tooltip=[
                alt.Tooltip("frequency:Q"),
                alt.Tooltip("epoch:Q", format=",d"),
                alt.Tooltip("norm:Q", format=".3g"),
            ],
        )
    )
    return alt.layer(lines, _now(), width=theme.NARROW, height=190, title=alt.Title("The norms of the key frequencies"))


def _now() -> alt.Chart:
    """The rule at the slider's moment."""
    moment = alt.Chart(alt.InlineData(values=[{}])).transform_calculate(now="epoch")
    return moment.mark_rule(strokeWidth=2, color=theme.ACCENT).encode(x="now:Q")
