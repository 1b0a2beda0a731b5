"""Spectra: the embedding by frequency, and the singular values of W_L."""

from collections.abc import Iterable

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import log_scale, number, power_axis
from circles.figures.frames import records, require
from circles.figures.show import Figure


def _names(values) -> str:
    return ", ".join(str(int(v)) for v in sorted(set(values)))


def spectrum(frame: pd.DataFrame, *, key: Iterable | None = None, caption: str | None = None) -> Figure:
    """Norm of each Fourier component of an embedding, cos and sin side by side, the key frequencies in full colour.

    frame: frequency, norm, kind ("cos", "sin", "constant"), net (one panel each). Raises FigureError when a column is missing.
    """
    require(frame, "spectrum", "frequency", "norm", "kind", "net")
    key = sorted(int(k) for k in ([] if key is None else key))
    kinds = [k for k in ("cos", "sin") if k in set(frame["kind"])]
    kinds += [k for k in dict.fromkeys(frame["kind"]) if k not in kinds]
    rows = frame[["frequency", "norm", "kind", "net"]].copy()
    rows["key"] = rows["frequency"].isin(key) | (not key)
    # Two bars share the unit of width that a frequency has.
    shift = {kind: i / len(kinds) - 0.5 for i, kind in enumerate(kinds)}
    rows["left"] = rows["frequency"] + 0.92 * rows["kind"].map(shift)
    rows["right"] = rows["left"] + 0.92 / len(kinds)
    nets = list(dict.fromkeys(rows["net"]))
    data = records(rows, "frequency", "norm", "kind", "net", "key", "left", "right")
    end = float(rows["frequency"].max()) + 1
    bars = (
        alt.Chart()
        .mark_bar()
        .encode(
            x=alt.X(
                "left:Q",
                scale=alt.Scale(domain=[-0.5, end], nice=False),
                axis=alt.Axis(title="frequency k", tickCount=8),
            ),
            x2="right:Q",
            y=alt.Y("norm:Q", axis=alt.Axis(title="norm of the component", tickCount=5)),
            y2=alt.datum(0),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds), legend=alt.Legend(title=None)),
            opacity=alt.condition("datum.key", alt.value(1), alt.value(0.4)),
            tooltip=[
                alt.Tooltip("frequency:Q"),
                alt.Tooltip("kind:N"),
                alt.Tooltip("norm:Q", format=".3g"),
                alt.Tooltip("net:N"),
            ],
        )
    )
    labels = (
        alt.Chart()
        .transform_filter("datum.key" if key else "false")
        .transform_aggregate(norm="max(norm)", groupby=["frequency", "net"])
        .mark_text(dy=-7, style="note", fontWeight=600)
        .encode(x="frequency:Q", y="norm:Q", text="frequency:Q")
    )
    if len(nets) == 1:
        chart = alt.layer(bars, labels, data=data, width="container", height=240)
    else:
        chart = alt.layer(bars, labels, data=data, width=theme.NARROW, height=170).facet(
            facet=alt.Facet("net:N", sort=nets, header=alt.Header(title=None)), columns=1
        )
    largest = rows.groupby("frequency")["norm"].max().nlargest(6).index
    seen = f"The key frequencies are {_names(key)}." if key else f"The largest are at frequencies {_names(largest)}."
    text = f"Bars of the norm of each cos and sin component against frequency, {_names([1, rows['frequency'].max()]).replace(', ', ' to ')}, for {', '.join(map(str, nets))}. {seen}"
    return Figure(
        chart,
        text,
        caption or "The embedding in the Fourier basis; key frequencies in full colour.",
        columns=2 if len(nets) % 2 == 0 else 1,
    )


def singular_values(frame: pd.DataFrame, *, rank: int | None = None, caption: str | None = None) -> Figure:
    """Singular values of W_L on a logarithmic axis, with a rule after the first `rank`.

    frame: index (from 1), value, net. Raises FigureError when a column is missing.
    """
    require(frame, "singular_values", "index", "value", "net")
    nets = list(dict.fromkeys(frame["net"]))
    base = alt.Chart(records(frame, "index", "value", "net")).encode(
        x=alt.X(
            "index:Q",
            axis=alt.Axis(title="index of the singular value", tickMinStep=1),
            scale=alt.Scale(nice=False),
        ),
        y=alt.Y("value:Q", scale=log_scale(frame["value"]), axis=power_axis(frame["value"], "singular value")),
        color=alt.Color(
            "net:N", scale=alt.Scale(domain=nets), legend=alt.Legend(title=None) if len(nets) > 1 else None
        ),
        tooltip=[alt.Tooltip("net:N"), alt.Tooltip("index:Q"), alt.Tooltip("value:Q", format=".3g")],
    )
    layers = [base.mark_line(strokeWidth=1, opacity=0.5), base.mark_point(filled=True, size=26, opacity=1)]
    if rank is not None:
        layers.append(
            alt.Chart(alt.InlineData(values=[{"at": rank + 0.5, "name": f"rank {rank}"}]))
            .mark_rule(style="guide")
            .encode(x="at:Q")
        )
        layers.append(
            alt.Chart(alt.InlineData(values=[{"at": rank + 0.5, "name": f"rank {rank}"}]))
            .mark_text(style="note", align="left", dx=6, baseline="top")
            .encode(x="at:Q", y=alt.value(4), text="name:N")
        )
    first = frame[frame["net"] == nets[0]].sort_values("index")["value"].to_list()
    text = f"Singular values of W_L in falling order on a logarithmic scale, from {number(first[0])} to {number(first[-1])}."
    if rank is not None and rank < len(first):
        text += f" Value {rank} is {number(first[rank - 1])}, value {rank + 1} is {number(first[rank])}."
    return Figure(
        alt.layer(*layers, width="container", height=240),
        text,
        caption or "Singular values of W_L = W_U W_out.",
    )
