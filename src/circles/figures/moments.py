"""A net with switches at any moment of its training: its losses, what it answers, its table of right answers."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import controls, theme
from circles.figures.answered import logit_bars, right_table
from circles.figures.axes import epoch_axis, log_scale, number, power_axis
from circles.figures.frames import FigureError, require, series
from circles.figures.living import Living, named
from circles.figures.switches import switch, typed

_MOST = 15.0  # nats: with parts of it off a net is worse than at its start
_SIDES = {"train": "training pairs", "test": "test pairs"}


def moments(
    curves: pd.DataFrame, answers: tuple[pd.DataFrame, np.ndarray, np.ndarray], *, epoch: int, pair: tuple[int, int],
    keys: tuple[int, ...], heads: int, net: str, tables: Mapping[str, np.ndarray],
) -> Living:  # fmt: skip
    """A slider over the checkpoints and the switches of ``switches``; large squares of the table are test pairs.

    curves: epoch, measure (train, test), value (nats), with all on. `answers` are, at `epoch`, the logits (c, logit) of
    the `pair`, which pairs [p, p] are right, and which of them are training pairs. `tables` are those of
    ``analysis.tabled`` at each checkpoint, named "epoch/table", and "known". Raises FigureError when a column is
    missing, or `epoch` is no checkpoint.
    """
    require(curves, "moments", "epoch", "measure", "value")
    logits, right, known = answers
    require(logits, "moments", "c", "logit")
    epochs = sorted(int(e) for e in curves["epoch"].unique())
    if epoch not in epochs:
        raise FigureError(f"moments: epoch {epoch} is no checkpoint; expected one of {epochs}")
    p, (a, b) = len(right), pair
    now = curves[curves["epoch"] == epoch].set_index("measure")["value"]
    switched = [
        *(switch(f"key{k}", f"frequency {k}") for k in keys),
        switch("rest", "all else in the neurons"),
        *(switch(f"head{h}", f"head {h}") for h in range(heads)),
    ]
    through = controls.along(epochs, name="epoch →", now="epoch", start=epochs.index(epoch))
    table = right_table(right, pair, known=known).properties(title=alt.Title("Which pairs are right", subtitle="large: test, small: training"))
    chart = alt.concat(_losses(curves, now, epoch), table, logit_bars(logits, (a + b) % p), columns=1, spacing=18)
    chart = chart.resolve_scale(color="independent").add_params(*through, *typed(pair), *switched)
    said = "; ".join(
        f"of {int(mine.sum())} {name} {int(right[mine].sum())} are right, at a loss of {number(now[side])} nats"
        for (side, name), mine in zip(_SIDES.items(), (known, ~known), strict=True)
    )
    text = (
        f"A net of addition modulo {p} at {len(epochs)} moments of its training, epoch {epochs[0]:,} to {epochs[-1]:,}, with "
        f"switches for the frequencies {', '.join(map(str, keys))}, for all else that its neurons write, and for each of its "
        f"{heads} heads. At epoch {epoch:,}, with all of them on, its logits of {a} + {b} are largest at "
        f"{int(logits.loc[logits['logit'].idxmax(), 'c'])}; {said}."
    )
    words = (
        "Move the net through training and switch parts of it off. Lines: its losses (nats) with all on; dots: now, with your switches. "
        "Table: all pairs, orange where the net is wrong, small where it was trained on them. Bars: the logits of a + b, the answer dashed."
    )
    about = {"moments": epochs}
    return Living(chart, text, words, columns=3, program="moments", net=net, tables=tables, keys=tuple(keys), about=about)


def _losses(curves: pd.DataFrame, now: pd.Series, epoch: int) -> alt.LayerChart:
    """Both losses through training, a rule at the slider's moment, and a dot for each, data "now"."""
    measures = list(dict.fromkeys(curves["measure"]))
    values = [*curves["value"], _MOST]
    epochs = sorted(int(e) for e in curves["epoch"].unique())
    span = [epochs[0], epochs[-1]]
    x = alt.X("epoch:Q", axis=epoch_axis(values=epochs[:: max(1, len(epochs) // 2)]), scale=alt.Scale(domain=span, nice=False))
    y = alt.Y("value:Q", scale=log_scale(values), axis=power_axis(values, "loss (nats)"))
    legend = alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=3, columns=2)
    color = alt.Color("measure:N", sort=measures, scale=alt.Scale(domain=measures), legend=legend)
    tip = [alt.Tooltip("measure:N"), alt.Tooltip("epoch:Q", format=",d"), alt.Tooltip("value:Q", format=".3g")]
    lines = (
        alt.Chart(series(curves, by=["measure"], over=["epoch", "value"]))
        .transform_flatten(["epoch", "value"])
        .mark_line(clip=True, strokeWidth=1.8)
        .encode(x=x, y=y, color=color, tooltip=tip)
    )
    rule = alt.Chart(alt.InlineData(values=[{}])).transform_calculate(now="epoch").mark_rule(style="guide").encode(x="now:Q")
    rows = [{"epoch": epoch, "measure": m, "value": float(f"{now[m]:.6g}")} for m in measures]
    dots = alt.Chart(named(rows, "now")).mark_point(filled=True, size=90, opacity=1).encode(x=x, y=y, color=color, tooltip=tip)
    return alt.layer(rule, lines, dots, width=theme.NARROW, height=150, title=alt.Title("The losses"))
