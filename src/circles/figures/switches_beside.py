"""Several nets with the same switches, beside each other: what each answers, its loss and its table of right answers."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.answered import logit_bars, right_table
from circles.figures.beside import COLUMN, MARGIN
from circles.figures.frames import FigureError, require
from circles.figures.living import Living, named
from circles.figures.switches import switch, typed

_BITS = 20  # of a number in the large tables: three nets within a megabyte, their logits to 1e-4
Answered = tuple[pd.DataFrame, np.ndarray, float]


def switches_beside(
    answers: Mapping[str, Answered], *, pair: tuple[int, int], keys: Mapping[str, tuple[int, ...]], heads: int, seed: int,
    net: str, tables: Mapping[str, np.ndarray],
) -> Living:  # fmt: skip
    """A column a net: the logits of one pair, the loss, the right answers; one frequency, a head, the rest may be off.

    `answers` has of each net, with all on, the logits (c, logit) of the `pair` (a, b), which pairs [p, p] are right, and
    the mean loss over all pairs (nats); `keys` its key frequencies. `tables` are those of ``analysis.tabled``, each
    named "net/table". Raises FigureError when a column is missing, a net has no keys, or there is none.
    """
    if not answers or keys.keys() != answers.keys():
        raise FigureError(f"switches_beside: answers of {list(answers)}, keys of {list(keys)}; expected the same nets, at least one")
    for logits, _, _ in answers.values():
        require(logits, "switches_beside", "c", "logit")
    (a, b), p = pair, len(next(iter(answers.values()))[0])
    edges = [min(loss for _, _, loss in answers.values()) / 5, 60.0]
    columns = [
        alt.vconcat(
            logit_bars(logits, (a + b) % p, of=str(i), width=COLUMN, title=name[0].upper() + name[1:]),
            _loss(loss, int(right.sum()), edges, of=str(i)),
            right_table(right, pair, of=str(i), side=COLUMN),
            spacing=12,
        )
        for i, (name, (logits, right, loss)) in enumerate(answers.items())
    ]
    controls = [*typed(pair), _without(keys), switch("rest", "all else in the neurons"), *(switch(f"head{h}", f"head {h}") for h in range(heads))]
    chart = alt.concat(*columns, columns=1, spacing=24).add_params(*controls)
    said = "; ".join(
        f"{name} says {int(logits.loc[logits['logit'].idxmax(), 'c'])}, has a loss of {loss:.2g} nats and {int(right.sum()):,} right"
        for name, (logits, right, loss) in answers.items()
    )
    text = (
        f"{len(answers)} trained nets of addition modulo {p} beside each other, all with the same switches: one frequency, all "
        f"but the key frequencies of what the neurons write, and each of {heads} heads. With all of them on, of {a} + {b} "
        f"and of all {p * p:,} pairs: {said}."
    )
    words = (
        f"The nets of seed {seed}. Type a and b, choose a frequency to take from what the neurons write, switch parts off. Above: the "
        "logits, the answer dashed. Middle: the loss over all pairs, and a rule where it is with all on. Below: all pairs, orange where the net is wrong."
    )
    about = {"nets": [{"name": name, "keys": list(keys[name])} for name in answers]}
    return Living(chart, text, words, columns=len(answers), margin=MARGIN, program="beside", net=net, tables=tables, about=about, bits=_BITS)


def _without(keys: Mapping[str, tuple[int, ...]]) -> alt.Parameter:
    """A list of all key frequencies, each with the nets that have it."""
    every = sorted({k for found in keys.values() for k in found})
    labels = [f"{k} ({', '.join(name for name, found in keys.items() if k in found)})" for k in every]
    return alt.param(name="without", value=0, bind=alt.binding_select(options=[0, *every], labels=["none", *labels], name="without frequency "))


def _loss(loss: float, count: int, edges: list[float], *, of: str) -> alt.LayerChart:
    """The loss as a point on a line, its number above, a rule at what it is with all on; data "loss" with `of`."""
    scale = alt.Scale(type="log", domain=edges, nice=False, clamp=True)
    x = alt.X("loss:Q", scale=scale, axis=alt.Axis(title="loss over all pairs (nats)", values=[0.01, 0.1, 1, 10], format="~g"))
    base = alt.Chart(named([{"loss": float(f"{loss:.6g}"), "count": count}], f"loss{of}"))
    tip = [alt.Tooltip("loss:Q", format=".3~g"), alt.Tooltip("count:Q", format=",", title="right")]
    rule = alt.Chart(alt.InlineData(values=[{"loss": float(f"{loss:.6g}")}])).mark_rule(style="guide").encode(x=x, y=alt.value(22), y2=alt.value(46))
    point = base.mark_point(filled=True, size=80, color=theme.ACCENT, opacity=1).encode(x=x, y=alt.value(34), tooltip=tip)
    words = base.transform_calculate(words="format(datum.loss, '.3~g') + ', ' + format(datum.count, ',') + ' right'")
    text = words.mark_text(style="note", fontWeight=700, align="left").encode(x=alt.value(2), y=alt.value(12), text="words:N")
    return alt.layer(rule, point, text, width=COLUMN, height=46)
