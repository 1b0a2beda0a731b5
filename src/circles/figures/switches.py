"""A net with switches: what it answers, its loss and its table of right answers when parts of it are off."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from circles.figures.answered import logit_bars, right_table
from circles.figures.frames import FigureError, require
from circles.figures.living import Living


def switches(
    logits: pd.DataFrame, right: np.ndarray, *, pair: tuple[int, int], keys: tuple[int, ...], heads: int, loss: float,
    net: str, tables: Mapping[str, np.ndarray] | None = None,
) -> Living:  # fmt: skip
    """The logits of one pair and the table of right answers; a switch for each key frequency, head, and the rest.

    logits: c (0 to p - 1), logit, of the `pair` (a, b) with all on. `right` [p, p] tells of each (a, b) whether the whole
    net answers it, `loss` is its mean over all pairs (nats). `tables` are those of ``analysis.tabled``, left out where
    another figure of `net` has them. Raises FigureError when a column is missing or `right` has other pairs.
    """
    require(logits, "switches", "c", "logit")
    p = len(logits)
    if right.shape != (p, p):
        raise FigureError(f"switches: right has shape {right.shape}; expected ({p}, {p})")
    a, b = pair
    controls = [
        *typed(pair),
        *(switch(f"key{k}", f"frequency {k}") for k in keys),
        switch("rest", "all else in the neurons"),
        *(switch(f"head{h}", f"head {h}") for h in range(heads)),
    ]
    answer = (a + b) % p
    chart = alt.concat(logit_bars(logits, answer), right_table(right, pair), columns=1, spacing=18).add_params(*controls)
    count = int(right.sum())
    text = (
        f"A trained net of addition modulo {p} with switches: for each key frequency ({', '.join(map(str, keys))}), for all "
        f"else that its neurons write, and for each of its {heads} heads. With all of them on its logits of {a} + {b} are "
        f"largest at {int(logits.loc[logits['logit'].idxmax(), 'c'])}, its loss over all pairs is {loss:.2g} nats, and "
        f"{count:,} of {p * p:,} pairs are right, a square with a dot for each."
    )
    words = (
        "Type a and b, and switch parts of the net off. Left: its logits, the answer dashed. Right: all pairs, orange where it is "
        "wrong. A frequency that is off is taken from what the neurons write; a head that is off says its mean over all pairs."
    )
    return Living(chart, text, words, columns=2, program="switches", net=net, tables=tables or {}, keys=tuple(keys))


def typed(pair: tuple[int, int]) -> list[alt.Parameter]:
    """Fields for a and b."""
    return [alt.param(name=n, value=v, bind=alt.BindInput(input="number", name=f"{n} ")) for n, v in zip("ab", pair, strict=True)]


def switch(name: str, words: str) -> alt.Parameter:
    """A switch that is on."""
    return alt.param(name=name, value=True, bind=alt.binding_checkbox(name=words))
