"""The loss of several seeds through training, with the points that a published log has."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import require, series
from circles.figures.show import Figure


def losses_against_log(frame: pd.DataFrame, log: pd.DataFrame, *, end: int, caption: str) -> Figure:
    """Loss by epoch, a line a seed, and the log's points; below, the same from epoch ``end`` on.

    frame: seed, epoch, loss (nats). log: epoch, loss. Raises FigureError when a column is missing.
    """
    require(frame, "losses_against_log", "seed", "epoch", "loss")
    require(log, "losses_against_log", "epoch", "loss")
    late = frame[frame["epoch"] >= end]
    views = [
        _view(frame, log, "All of training", alt.Scale(type="log", nice=False), [1, 2, 5, 10, 20, 50, 100]),
        _view(late, log[log["epoch"] >= end], f"From epoch {end} on", alt.Scale(nice=False), None),
    ]
    last = frame[frame["epoch"] == frame["epoch"].max()]
    ends = ", ".join(f"seed {r.seed} {r.loss:.1f}" for r in last.itertuples())
    theirs = ", ".join(f"{r.loss:.1f} at epoch {r.epoch}" for r in log.itertuples())
    text = (
        f"Mean training loss in nats by epoch, a line a seed. At the last epoch: {ends}. The published log: {theirs}."
    )
    return Figure(alt.concat(*views, columns=1, spacing=18), text, caption, columns=2)


def _view(
    frame: pd.DataFrame, log: pd.DataFrame, title: str, scale: alt.Scale, ticks: list[int] | None
) -> alt.LayerChart:
    seeds = [f"seed {s}" for s in sorted(frame["seed"].unique())]
    names = [*seeds, "the authors' log"]
    colour = alt.Color("who:N", scale=alt.Scale(domain=names), legend=alt.Legend(title=None, columns=2))
    options = {"values": ticks} if ticks else {"tickCount": 5}
    x = alt.X("epoch:Q", scale=scale, axis=alt.Axis(title="epoch", **options))
    y = alt.Y("loss:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title="mean loss (nats)", tickCount=6))
    lines = (
        alt.Chart(
            series(frame.assign(who=[f"seed {s}" for s in frame["seed"]]), by=["who"], over=["epoch", "loss"], digits=5)
        )
        .transform_flatten(["epoch", "loss"])
        .mark_line(strokeWidth=1.8)
        .encode(x=x, y=y, color=colour, tooltip=["who:N", "epoch:Q", alt.Tooltip("loss:Q", format=".2f")])
    )
    values = [{"who": names[-1], "epoch": int(r.epoch), "loss": float(r.loss)} for r in log.itertuples()]
    points = (
        alt.Chart(alt.InlineData(values=values))
        .mark_point(filled=True, size=110, shape="diamond", opacity=1)
        .encode(x=x, y=y, color=colour, tooltip=["who:N", "epoch:Q", alt.Tooltip("loss:Q", format=".2f")])
    )
    return alt.layer(lines, points, width=theme.NARROW, height=210, title=alt.Title(title))
