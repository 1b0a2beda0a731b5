"""Nets that add: how far off they are, what each embedding or filter is worth, the logit lens."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import nameless_rows, names_above
from circles.figures.frames import records, require
from circles.figures.show import Figure


def error_histograms(frame: pd.DataFrame, *, most: int = 25, caption: str | None = None) -> Figure:
    """How often each error occurs among a net's wrong answers, a panel a net; whole tens have a colour of their own.

    frame: net, error (answer given minus sum; `most` and -`most` stand for all beyond), share (of the wrong answers),
    wrong (how many there are). Raises FigureError when a column is missing.
    """
    require(frame, "error_histograms", "net", "error", "share", "wrong")
    rows = frame.assign(kind=(frame["error"] % 10 == 0).map({True: "whole tens", False: "other errors"}))
    nets = list(dict.fromkeys(frame["net"]))
    bars = (
        alt.Chart(records(rows, "net", "error", "share", "kind", digits=3))
        .mark_bar(width=4)
        .encode(
            x=alt.X(
                "error:Q",
                scale=alt.Scale(domain=[-most - 1, most + 1], nice=False),
                axis=alt.Axis(title="answer minus sum", values=list(range(-most // 10 * 10 + 10, most, 10))),
            ),
            y=alt.Y("share:Q", axis=alt.Axis(title="share of the errors", format="%", tickCount=4)),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=["other errors", "whole tens"], range=[theme.MUTED, theme.ACCENT]),
                legend=alt.Legend(title=None),
            ),
            tooltip=[
                alt.Tooltip("net:N"),
                alt.Tooltip("error:Q", title="answer minus sum"),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
        .properties(width=theme.NARROW, height=110)
        .facet(facet=alt.Facet("net:N", sort=nets, header=alt.Header(title=None, labelLimit=270)), columns=1)
    )
    sums = (
        f"{net} ({int(part['wrong'].iloc[0])} errors): {part[part['error'].abs() == 1]['share'].sum():.0%} off by one, "
        f"{part[part['error'].abs().isin([10, 20])]['share'].sum():.0%} off by 10 or 20"
        for net, part in frame.groupby("net", sort=False)
    )
    return Figure(
        bars,
        f"Histograms of the errors of each net. {'; '.join(sums)}.",
        caption or f"How far off the wrong answers are. The outermost bars hold all errors of {most} and more.",
        columns=2,
    )


def accuracy_dots(frame: pd.DataFrame, *, title: str = "held-out accuracy", caption: str | None = None) -> Figure:
    """A row for each setting, a dot a seed, a colour for each value of `who`; the paper's values are diamonds.

    frame: row, who, seed (missing: none), accuracy (0 to 1), in the order to be shown. Raises FigureError when a column is
    missing.
    """
    require(frame, "accuracy_dots", "row", "who", "seed", "accuracy")
    order, who = list(dict.fromkeys(frame["row"])), list(dict.fromkeys(frame["who"]))
    shapes = ["diamond" if name == "paper" else "circle" for name in who]
    place = nameless_rows("row", order)
    dots = (
        alt.Chart(records(frame, "row", "who", "seed", "accuracy"))
        .mark_point(filled=True, size=65, opacity=0.75)
        .encode(
            x=alt.X(
                "accuracy:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title=title, format="%", tickCount=5, grid=False),
            ),
            y=place,
            color=alt.Color("who:N", scale=alt.Scale(domain=who), legend=alt.Legend(title=None)),
            shape=alt.Shape("who:N", scale=alt.Scale(domain=who, range=shapes), legend=alt.Legend(title=None)),
            tooltip=[
                alt.Tooltip("row:N", title="setting"),
                alt.Tooltip("who:N", title=" "),
                alt.Tooltip("seed:N"),
                alt.Tooltip("accuracy:Q", title=title, format=".1%"),
            ],
        )
    )
    names = names_above(order, "row", place, dy=-14)
    median = frame.groupby(["row", "who"], sort=False)["accuracy"].median()
    text = "; ".join(f"{row}, {name}: {value:.0%}" for (row, name), value in median.items())
    return Figure(
        alt.layer(dots, names, width="container", height=42 * len(order)),
        f"Dot plot of the {title}, medians over seeds: {text}.",
        caption or f"The {title}, a dot a seed.",
    )


def lens_by_layer(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """How near the state after each layer comes to the answer, a line for each distance.

    frame: layer (0: before the first), near (such as "within 2"), share (of the answers). Raises FigureError when a column
    is missing.
    """
    require(frame, "lens_by_layer", "layer", "near", "share")
    near = list(dict.fromkeys(frame["near"]))
    chart = (
        alt.Chart(records(frame, "layer", "near", "share"))
        .mark_line(point=alt.OverlayMarkDef(size=55), strokeWidth=2)
        .encode(
            x=alt.X("layer:O", axis=alt.Axis(title="layers passed", labelAngle=0)),
            y=alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title="share", format="%", tickCount=5)),
            color=alt.Color("near:N", scale=alt.Scale(domain=near), legend=alt.Legend(title=None)),
            tooltip=[alt.Tooltip("layer:O"), alt.Tooltip("near:N"), alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(width="container", height=220)
    )
    ends = "; ".join(
        f"{name} " + ", ".join(f"{s:.0%}" for s in part.sort_values("layer")["share"])
        for name, part in frame.groupby("near", sort=False)
    )
    return Figure(
        chart,
        f"Lines of the logit lens by layer. {ends}.",
        caption or "What the final norm and the unembedding read from the state after each layer.",
    )
