"""Several nets through the same measures: curves in one panel, histograms and spectra in columns."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import THOUSANDS, epoch_axis, log_scale, number, power_axis
from circles.figures.frames import FigureError, records, require, series
from circles.figures.pairs import pairs
from circles.figures.show import Figure


def nets_through_training(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """One panel a measure, one colour a net, one line a seed; a panel whose name holds "loss" is logarithmic.

    frame: net, seed, epoch, panel (the title of the y axis), value. Raises FigureError when a column is missing.
    """
    require(frame, "nets_through_training", "net", "seed", "epoch", "panel", "value")
    nets = list(dict.fromkeys(frame["net"]))
    pick = alt.selection_point(name="net", fields=["net"], bind="legend")
    views = []
    for panel, part in frame.groupby("panel", sort=False):
        if "loss" in str(panel):
            y = alt.Y("value:Q", scale=log_scale(part["value"]), axis=power_axis(part["value"], str(panel)))
        else:
            y = alt.Y("value:Q", axis=alt.Axis(title=str(panel), tickCount=5, labelExpr=THOUSANDS))
        views.append(
            alt.Chart(series(part, by=["net", "seed"], over=["epoch", "value"], digits=3))
            .transform_flatten(["epoch", "value"])
            .mark_line(clip=True, strokeWidth=1.5)
            .encode(
                x=alt.X("epoch:Q", axis=epoch_axis()),
                y=y,
                color=alt.Color(
                    "net:N",
                    scale=alt.Scale(domain=nets),
                    legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3),
                ),
                detail="seed:N",
                opacity=alt.condition(pick, alt.value(0.85), alt.value(0.08)),
                tooltip=[
                    alt.Tooltip("net:N"),
                    alt.Tooltip("seed:N"),
                    alt.Tooltip("epoch:Q", format=",d"),
                    alt.Tooltip("value:Q", format=".3g"),
                ],
            )
            .properties(width=theme.NARROW, height=190)
        )
    views[0] = views[0].add_params(pick)
    last = frame.loc[frame.groupby(["net", "seed", "panel"])["epoch"].idxmax()]
    ends = "; ".join(
        f"{panel}: " + ", ".join(f"{net} {number(part[part['net'] == net]['value'].median())}" for net in nets)
        for panel, part in last.groupby("panel", sort=False)
    )
    return Figure(
        alt.concat(*views, columns=1, spacing=20),
        f"Curves by epoch for {', '.join(map(str, nets))}, a line a seed. Medians at the end: {ends}.",
        caption or "Through training, a line a seed. Click a net in the legend to see it alone.",
        columns=2,
    )


def variance_histograms(frame: pd.DataFrame, *, threshold: float = 0.85, caption: str | None = None) -> Figure:
    """How much of each neuron's variance one frequency explains: 20 bins, a column a net, shares of its neurons.

    frame: net, fve (0 to 1), a row a neuron. Raises FigureError when a column is missing.
    """
    require(frame, "variance_histograms", "net", "fve")
    nets = list(dict.fromkeys(frame["net"]))
    left = (frame["fve"].clip(0, 0.999999) * 20).astype(int) / 20
    counts = frame.assign(left=left).groupby(["net", "left"], sort=False).size().rename("neurons").reset_index()
    counts["share"] = counts["neurons"] / counts["net"].map(frame["net"].value_counts())
    counts["right"] = counts["left"] + 0.05
    bars = (
        alt.Chart()
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X(
                "left:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title="variance explained", format=".0%", values=[0, 0.5, 1]),
            ),
            x2="right:Q",
            y=alt.Y("share:Q", axis=alt.Axis(title="share of the neurons", format=".0%", tickCount=4)),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("net:N"),
                alt.Tooltip("left:Q", title="from", format=".0%"),
                alt.Tooltip("neurons:Q"),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
    )
    limit = alt.Chart().mark_rule(style="guide").encode(x=alt.datum(threshold))
    chart = alt.layer(
        bars, limit, data=records(counts, "net", "left", "right", "share", "neurons"), width=165, height=150
    ).facet(facet=alt.Facet("net:N", sort=nets, header=alt.Header(title=None)), columns=1)
    over = ", ".join(f"{net} {(frame[frame['net'] == net]['fve'] > threshold).mean():.0%}" for net in nets)
    return Figure(
        chart,
        f"Histograms of the variance of each neuron that one frequency explains. Over {threshold:.0%}: {over}.",
        caption or "How much of each neuron one frequency explains.",
        columns=3,
    )


def block_maps(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """The norm of all neurons in each block (k_a, k_b) of the 2-D Fourier basis, a heat map a net, each to its largest.

    frame: net, frequency_a, frequency_b, norm; every pair of frequencies once a net. Raises FigureError when a column
    or a block is missing.
    """
    require(frame, "block_maps", "net", "frequency_a", "frequency_b", "norm")
    side = int(frame["frequency_a"].max()) + 1
    rows, seen = [], []
    for net, part in frame.groupby("net", sort=False):
        part = part.sort_values(["frequency_a", "frequency_b"])
        if len(part) != side * side:
            raise FigureError(f"block_maps: {net} has {len(part)} blocks; expected {side * side}")
        top = float(part["norm"].max()) or 1.0
        rows.append({"net": net, "v": [round(99 * float(v) / top) for v in part["norm"]]})
        first = part.nlargest(4, "norm")
        blocks = ", ".join(
            f"({int(a)}, {int(b)})" for a, b in zip(first["frequency_a"], first["frequency_b"], strict=True)
        )
        seen.append(f"{net}: the largest blocks are {blocks}")
    cells = (
        pairs(rows, side, title="frequency of {}", ticks=4, share="datum.v / 99")
        .encode(
            color=alt.Color(
                "share:Q", legend=alt.Legend(title="norm, of the largest", gradientLength=160, format=".0%")
            ),
            tooltip=[
                alt.Tooltip("net:N"),
                alt.Tooltip("a:Q", title="frequency of a"),
                alt.Tooltip("b:Q", title="frequency of b"),
                alt.Tooltip("share:Q", title="of the largest", format=".0%"),
            ],
        )
        .properties(width=165, height=165)
        .facet(facet=alt.Facet("net:N", sort=[r["net"] for r in rows], header=alt.Header(title=None)), columns=1)
    )
    return Figure(
        cells,
        "Heat maps of the neurons' norms in the two-dimensional Fourier basis. " + "; ".join(seen) + ".",
        caption or "The neurons in the two-dimensional Fourier basis; the constant is left out.",
        columns=len(rows),
        canvas=True,
    )
